"""Keep the search index, and the counts of `terms`, in step with the articles."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from summaries.model import Analysis
from summaries.store.codec import decode
from summaries.store.engine import Engine
from summaries.store.lexemes import Entry, Kind, Term, entry
from summaries.store.schema import articles, terms

_COUNT = text(
    "INSERT INTO terms (kind, name, articles) VALUES (:kind, :name, :articles) "
    "ON CONFLICT (kind, name) DO UPDATE SET articles = terms.articles + excluded.articles"
)
_FORGET = text("DELETE FROM terms WHERE kind = :kind AND name = :name AND articles <= 0")


class Changes:
    """What a transaction does to the index; its counts are folded in once, at the end."""

    def __init__(self, engine: Engine, connection: AsyncConnection) -> None:
        self._engine = engine
        self._connection = connection
        self._counts: Counter[Term] = Counter()

    async def add(self, rows: Sequence[tuple[Mapping[str, Any], Analysis]]) -> None:
        """Index articles, given their columns, that are stored and not indexed."""
        entries = await asyncio.to_thread(lambda: [entry(row, analysis) for row, analysis in rows])
        if entries:
            await self._engine.index(self._connection, entries)
            self._counts.update(_terms(entries))

    async def remove(self, numbers: Sequence[int]) -> None:
        """Delete the articles of these rows, and what is indexed of them."""
        if not numbers:
            return
        chosen = articles.c.rowid.in_(numbers)
        columns = (articles.c.rowid, articles.c.source, articles.c.language, articles.c.tags)
        query = select(*columns, articles.c.analysis).where(chosen)
        rows = (await self._connection.execute(query)).all()
        entries = await asyncio.to_thread(lambda: [_stored(row) for row in rows])
        await self._engine.unindex(self._connection, entries)
        self._counts.subtract(_terms(entries))
        await self._connection.execute(delete(articles).where(chosen))

    async def fold(self) -> None:
        """Bring the counts up to date."""
        changed = sorted((*term, count) for term, count in self._counts.items() if count)
        rows = [{"kind": kind.value, "name": name, "articles": n} for kind, name, n in changed]
        fewer = [{"kind": kind.value, "name": name} for kind, name, n in changed if n < 0]
        if rows:
            await self._connection.execute(_COUNT, rows)
        if fewer:
            await self._connection.execute(_FORGET, fewer)


async def counts(connection: AsyncConnection, wanted: Iterable[Term]) -> dict[Term, int]:
    """How many articles have each of these terms."""
    keys = [(kind.value, name) for kind, name in sorted(set(wanted))]
    query = select(terms).where(tuple_(terms.c.kind, terms.c.name).in_(keys))
    rows = await connection.execute(query)
    held = {(Kind(row.kind), row.name): row.articles for row in rows}
    return {term: held.get(term, 0) for term in wanted}


def _terms(entries: Iterable[Entry]) -> Iterable[Term]:
    return (term for one in entries for term in one.terms)


def _stored(row: Row[Any, Any, Any, Any, Any]) -> Entry:
    return entry(row._asdict(), decode(row.analysis))
