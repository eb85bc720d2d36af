"""Keep both indexes, and the counts of `terms`, in step with the articles."""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Row, and_, delete, false, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from summaries.model import Article
from summaries.store.codec import decode, to_forward, to_row
from summaries.store.engine import Engine
from summaries.store.lexemes import LENGTH, Columns, Count, Entry, Kind, Term, entry
from summaries.store.schema import articles, forward, terms

_FORGET = text("DELETE FROM terms WHERE kind = :kind AND name = :name AND articles <= 0")


@dataclass(frozen=True, slots=True)
class Record:
    """A clean article with the rows that it becomes: of `articles` and of both indexes."""

    article: Article
    row: Columns
    forward: Columns
    entry: Entry
    indexed: Columns


def record(engine: Engine, article: Article, bump: int = 0) -> Record:
    """Make the rows of an article; `bump` moves its number on, where another one has it.

    Raises ValueError if the article is not analysed.
    """
    row = to_row(article, bump)
    assert article.analysis
    one = entry(row, article.analysis)
    known = to_forward(row, article.analysis)
    return Record(article, row, known, one, engine.indexed(one))


class Changes:
    """What a transaction does to the index; its counts are folded in once, at the end."""

    def __init__(self, engine: Engine, connection: AsyncConnection) -> None:
        self._engine = engine
        self._connection = connection
        self._words: Counter[str] = Counter()
        self._marks: Counter[Term] = Counter()

    async def add(self, records: Sequence[Record]) -> None:
        """Store articles, each under a number of its own, and index them."""
        if not records:
            return
        records = await self._numbered(records)
        await self._connection.execute(insert(articles), [each.row for each in records])
        await self._connection.execute(insert(forward), [each.forward for each in records])
        await self._engine.index(self._connection, [each.indexed for each in records])
        await asyncio.to_thread(self._count, [each.entry for each in records], 1)

    async def remove(self, numbers: Sequence[int]) -> None:
        """Delete the articles of these rows, and what is indexed of them."""
        if not numbers:
            return
        chosen = articles.c.rowid.in_(numbers)
        columns = (articles.c.rowid, articles.c.source, articles.c.language, articles.c.tags)
        query = select(*columns, articles.c.analysis).where(chosen)
        rows = (await self._connection.execute(query)).all()
        entries = await asyncio.to_thread(lambda: [_stored(row) for row in rows])
        indexed = await asyncio.to_thread(lambda: [*map(self._engine.indexed, entries)])
        await self._engine.unindex(self._connection, indexed)
        await asyncio.to_thread(self._count, entries, -1)
        await self._connection.execute(delete(forward).where(forward.c.rowid.in_(numbers)))
        await self._connection.execute(delete(articles).where(chosen))

    async def _numbered(self, records: Sequence[Record]) -> list[Record]:
        """The records in order of their numbers, those moved on whose numbers others have."""
        given: dict[int, Record] = {}
        bump = 0
        while records:
            wanted = {each.row["rowid"]: each for each in records}
            query = select(articles.c.rowid).where(articles.c.rowid.in_(wanted))
            taken = given.keys() | await self._connection.scalars(query)
            given |= {number: wanted[number] for number in wanted.keys() - taken}
            bump += 1
            done = {each.article.id for each in given.values()}
            left = [each.article for each in records if each.article.id not in done]
            records = [record(self._engine, article, bump) for article in left]
        return [given[number] for number in sorted(given)]

    async def fold(self) -> None:
        """Bring the counts up to date."""
        changed = await asyncio.to_thread(self._changed)
        fewer = [{"kind": kind, "name": name} for kind, name, n in changed if n < 0]
        if changed:
            await self._engine.count(self._connection, changed)
        if fewer:
            await self._connection.execute(_FORGET, fewer)

    def _count(self, entries: Sequence[Entry], by: int) -> None:
        for one in entries:
            for term in {*one.marks}:
                self._marks[term] += by
            self._marks[LENGTH] += by * len(one.body)
        words = Counter(chain.from_iterable(one.words for one in entries))
        if by > 0:
            self._words.update(words)
        else:
            self._words.subtract(words)

    def _changed(self) -> list[Count]:
        """The terms whose counts change, in order, which is how their table stands."""
        word = Kind.WORD.value
        changed = [(word, name, n) for name, n in self._words.items() if n]
        changed += [(kind.value, name, n) for (kind, name), n in self._marks.items() if n]
        return sorted(changed)


async def counts(connection: AsyncConnection, wanted: Collection[Term]) -> dict[Term, int]:
    """How many articles have each of these terms."""
    names: dict[Kind, set[str]] = {}
    for kind, name in wanted:
        names.setdefault(kind, set()).add(name)
    # Not pairs in a list, for which SQLite reads the whole table.
    chosen = (and_(terms.c.kind == k.value, terms.c.name.in_(n)) for k, n in names.items())
    query = select(terms).where(or_(false(), *chosen))
    rows = await connection.execute(query)
    held = {(Kind(row.kind), row.name): row.articles for row in rows}
    return {term: held.get(term, 0) for term in wanted}


def _stored(row: Row[Any, Any, Any, Any, Any]) -> Entry:
    return entry(row._asdict(), decode(row.analysis))
