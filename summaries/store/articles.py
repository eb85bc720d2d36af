"""The articles: added once, updated where their source changes them, analysed anew, pruned."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Executable, Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from summaries.model import Article, Known, Reading
from summaries.store.codec import clean, storable, to_article
from summaries.store.database import Database
from summaries.store.group_commit import GroupCommit
from summaries.store.index import Changes, Record, record
from summaries.store.lexemes import EVERY, Kind
from summaries.store.schema import articles, first_row, items, moment, seconds, terms

BATCH = 1_000
"""Articles in one transaction: more share the work, but other writers wait longer."""
LOOKED_AT = 200
"""Articles that tell whether there are old analyses: few enough for an archive of any size."""
LONGEST_ITEM = 600
"""Letters of an item's name that are told apart: a key of PostgreSQL has room for 2,700 bytes."""

T = TypeVar("T")

_RECORD = text(
    "INSERT INTO items (source, item, fingerprint, article_id) "
    "VALUES (:source, :item, :fingerprint, :article_id) "
    "ON CONFLICT (source, item) DO UPDATE "
    "SET fingerprint = excluded.fingerprint, article_id = excluded.article_id"
)


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the readings of a source: the ids that are new, and two counts."""

    new: tuple[str, ...] = ()
    updated: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class _Addition:
    """What a source shows, ready to be stored: clean articles by id, and their rows."""

    source: str
    shown: Mapping[str, Article]
    records: Sequence[Record]
    items: Sequence[Mapping[str, str]]

    @property
    def size(self) -> int:
        """Readings."""
        return len(self.items)

    @property
    def keys(self) -> Collection[str]:
        """The ids, and the source, that no other addition of the same transaction has."""
        return {*self.shown, f"source {self.source}"}


class Articles:
    """The articles of a store; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._additions = GroupCommit(self._write, BATCH)

    async def add(
        self, readings: Sequence[Reading], source: str, now: datetime, *, is_backlog: bool = False
    ) -> Added:
        """Store what a source shows, in transactions of at most BATCH readings.

        A new title or text replaces the one that came from the same source; an article that came
        from another source stays as it is. Each article must be analysed. `is_backlog` says that
        this is the first look at the source.
        """
        new: list[str] = []
        updated = 0
        for batch in _batches(readings):
            # At the first look nothing can be known.
            same = batch if is_backlog else await self._under_known_ids(batch, storable(source))
            cleaned = (clean(each.article, source, now, is_backlog=is_backlog) for each in same)
            shown = {article.id: article for article in cleaned}
            # Nobody else can write while one has the turn, so what takes long comes before.
            records = await self._records(shown.values())
            rows = [_item(reading, storable(source)) for reading in same]
            addition = _Addition(storable(source), shown, records, rows)
            fresh, changed = await self._additions.take(addition)
            new += fresh
            updated += changed
        return Added(tuple(new), updated, len(readings) - len(new) - updated)

    async def _write(self, additions: Sequence[_Addition]) -> list[tuple[list[str], int]]:
        """Store additions that have no article in common; the new ids of each, and its updates."""
        shown = {id_: each for each in additions for id_ in each.shown}
        async with self._changing() as (connection, changes):
            columns = (articles.c.id, articles.c.rowid, articles.c.source, articles.c.first_seen)
            query = select(*columns, articles.c.is_backlog, articles.c.title, articles.c.text)
            rows = await connection.execute(query.where(articles.c.id.in_(shown)))
            known = {row.id: row for row in rows}
            fresh = [r for each in additions for r in each.records if r.article.id not in known]
            changed = [
                replace(article, first_seen=moment(row.first_seen), is_backlog=row.is_backlog)
                for id_, row in known.items()
                if row.source == shown[id_].source
                and (article := shown[id_].shown[id_])
                and (article.title, article.text) != (row.title, row.text)
            ]
            await changes.remove([known[article.id].rowid for article in changed])
            await changes.add([*fresh, *await self._records(changed)])
            await connection.execute(_RECORD, [row for each in additions for row in each.items])
        updated = Counter(article.source for article in changed)
        return [
            ([i for i in each.shown if i not in known], updated[each.source]) for each in additions
        ]

    async def _under_known_ids(self, readings: Sequence[Reading], source: str) -> list[Reading]:
        """The readings; an item whose address alone is new has the id that its article had.

        Its title or its date tells that it is the same, for some feeds use their names again.
        """
        query = (
            select(items.c.item, articles.c.id, articles.c.title, articles.c.published)
            .join(articles, articles.c.id == items.c.article_id)
            .where(items.c.source == source, articles.c.source == source)
        )
        async with self._database.read() as connection:
            shown = items.c.item.in_([_name(reading.article.item) for reading in readings])
            known = {row.item: row for row in await connection.execute(query.where(shown))}
        return [_as_known(reading, known.get(_name(reading.article.item))) for reading in readings]

    async def _records(self, new: Iterable[Article]) -> list[Record]:
        engine = self._database.engine
        return await asyncio.to_thread(lambda: [record(engine, article) for article in new])

    async def get(self, ids: Iterable[str]) -> list[Article]:
        """The articles with these ids, in that order; an id that is not stored is left out."""
        wanted = [storable(id_) for id_ in ids]
        found: dict[str, Article] = {}
        async with self._database.read() as connection:
            for batch in _batches(wanted):
                query = select(articles).where(articles.c.id.in_(batch))
                rows = (await connection.execute(query)).all()
                found |= {row.id: to_article(row) for row in rows}
        return [found[id_] for id_ in wanted if id_ in found]

    async def count(self) -> int:
        """How many articles are stored."""
        kind, name = EVERY
        return (await self._counted(kind)).get(name, 0)

    async def counts_by_source(self) -> dict[str, int]:
        """How many articles came from each source that has any."""
        return await self._counted(Kind.SOURCE)

    async def languages(self) -> tuple[str, ...]:
        """The languages of the stored articles, the most frequent first."""
        held = await self._counted(Kind.LANGUAGE)
        return tuple(sorted(held, key=lambda language: -held[language]))

    async def tags(self) -> tuple[str, ...]:
        """The tags that stored articles have, in alphabetical order; at most a thousand."""
        return tuple(await self._counted(Kind.TAG))[:1_000]

    async def known(self, source: str, shown: Mapping[str, str]) -> Known:
        """Which of the items that a source shows were there before; `shown` has fingerprints.

        An item is unchanged, too, if one of another name had its fingerprint.
        """
        names = {_name(item): item for item in shown}
        mine = items.c.source == storable(source)
        had, alike = dict[str, str](), set[str]()
        async with self._database.read() as connection:
            for batch in _batches([*names]):
                query = select(items.c.item, items.c.fingerprint).where(mine)
                rows = await connection.execute(query.where(items.c.item.in_(batch)))
                had |= {names[row.item]: row.fingerprint for row in rows}
            for batch in _batches([print_ for item, print_ in shown.items() if item not in had]):
                query = select(items.c.fingerprint).where(mine, items.c.fingerprint.in_(batch))
                alike |= set(await connection.scalars(query))
        same = {item for item, print_ in shown.items() if had.get(item, print_) == print_}
        renamed = {item for item in same - had.keys() if shown[item] in alike}
        return Known(frozenset(same & had.keys() | renamed), frozenset(had.keys() - same))

    async def pass_over(self, source: str, passed: Mapping[str, str]) -> None:
        """Remember items, by their fingerprints, that have no article to give."""
        rows = [
            {"source": storable(source), "item": _name(item), "fingerprint": each, "article_id": ""}
            for item, each in passed.items()
        ]
        if rows:
            async with self._database.write() as connection:
                await connection.execute(_RECORD, rows)

    async def to_reindex(self, version: int, limit: int, after: str = "") -> list[Article]:
        """Articles whose analysis is not of this version, by id, from the one after `after` on."""
        query = select(articles).where(
            articles.c.analysis_version != version, articles.c.id > after
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(articles.c.id).limit(limit))
            return [to_article(row) for row in rows]

    async def is_outdated(self, version: int) -> bool:
        """Whether an analysis is not of this version, among those that `to_reindex` comes to last.

        Once the version is raised, all are old; once a `reindex` was interrupted, the last.
        """
        query = select(articles.c.analysis_version).order_by(articles.c.id.desc())
        async with self._database.read() as connection:
            versions = await connection.scalars(query.limit(LOOKED_AT))
            return any(each != version for each in versions)

    async def reanalyse(self, analysed: Sequence[Article]) -> int:
        """Replace the analysis of stored articles; counts those that had not changed meanwhile."""
        done = 0
        for batch in _batches(analysed):
            async with self._changing() as (connection, changes):
                columns = (articles.c.id, articles.c.rowid, articles.c.title, articles.c.text)
                query = select(*columns).where(articles.c.id.in_([a.id for a in batch]))
                known = {row.id: row for row in await connection.execute(query)}
                same = [
                    article
                    for article in batch
                    if (row := known.get(article.id))
                    and (row.title, row.text) == (article.title, article.text)
                ]
                await changes.remove([known[article.id].rowid for article in same])
                await changes.add(await self._records(same))
            done += len(same)
        return done

    async def prune(self, before: datetime, limit: int = 500) -> int:
        """Delete the oldest articles, at most `limit`, that stand before a time; counts them.

        Their items stay known, so that a source which still shows them does not bring them back.
        """
        query = select(articles.c.rowid).where(articles.c.rowid < first_row(seconds(before)))
        async with self._changing() as (connection, changes):
            rows = await connection.scalars(query.order_by(articles.c.rowid).limit(limit))
            numbers = list(rows)
            await changes.remove(numbers)
        return len(numbers)

    async def tidy(self, begin: bool) -> bool:
        """Merge a little of the search index, for faster searches; whether more is left.

        `begin` takes up all that there is to merge, and later calls go on with it.
        """
        async with self._database.write_in_turn() as connection:
            return await self._database.engine.tidy(connection, begin)

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[tuple[AsyncConnection, Changes]]:
        async with self._database.write_in_turn() as connection:
            changes = Changes(self._database.engine, connection)
            yield connection, changes
            await changes.fold()

    async def _counted(self, kind: Kind) -> dict[str, int]:
        """How many articles have each term of a kind, in alphabetical order."""
        query = select(terms.c.name, terms.c.articles).where(terms.c.kind == kind.value)
        return dict(sorted(await self._pairs(query)))

    async def _pairs(self, query: Executable) -> list[tuple[str, Any]]:
        async with self._database.read() as connection:
            return [(row[0], row[1]) for row in await connection.execute(query)]


def _batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))


def _name(item: str) -> str:
    return storable(item)[:LONGEST_ITEM]


def _as_known(reading: Reading, row: Row[Any, Any, Any, Any] | None) -> Reading:
    article = reading.article
    is_same = row is not None and (
        row.title == storable(article.title)
        or (article.published is not None and row.published == seconds(article.published))
    )
    return replace(reading, article=replace(article, id=row.id)) if row and is_same else reading


def _item(reading: Reading, source: str) -> dict[str, str]:
    return {
        "source": source,
        "item": _name(reading.article.item),
        "fingerprint": reading.fingerprint,
        "article_id": storable(reading.article.id),
    }
