"""How each source fares, and whose turn it is: what is remembered between two looks at it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, text, update

from summaries.model import Bookmark, Source, SourceState
from summaries.store.codec import storable
from summaries.store.database import Database
from summaries.store.schema import moment, seconds, sources

BATCH = 500
"""Names in one statement."""

_ENROL = text(
    "INSERT INTO sources (name, location, bookmark, errors_in_a_row, retired, next_poll) "
    "VALUES (:name, :location, '{}', 0, false, :now) ON CONFLICT (name) DO UPDATE SET "
    "location = excluded.location, bookmark = excluded.bookmark, last_success = NULL, "
    "last_new = NULL, last_error = NULL, errors_in_a_row = 0, rhythm = NULL, retired = false, "
    "next_poll = excluded.next_poll WHERE sources.location <> excluded.location"
)
_LOCATE = text(
    "UPDATE sources SET location = :location, next_poll = :now WHERE name = :name AND location = ''"
)


class Sources:
    """The sources' states; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> dict[str, SourceState]:
        """The state of every source that was ever enrolled, by name."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(sources).order_by(sources.c.name))).all()
        return {row.name: _state(row) for row in rows}

    async def get(self, name: str) -> SourceState:
        """The state of a source; an empty one where it was never enrolled."""
        query = select(sources).where(sources.c.name == storable(name))
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _state(row) if row else SourceState()

    async def enrol(self, configured: Iterable[Source], now: datetime) -> None:
        """Take up sources; a new one is due now, and so is one whose location has changed.

        Of that nothing is remembered: it is another source by the same name.
        """
        rows = [
            {"name": storable(each.name), "location": storable(each.location), "now": seconds(now)}
            for each in configured
        ]
        if rows:
            async with self._database.write() as connection:
                await connection.execute(_LOCATE, rows)
                await connection.execute(_ENROL, rows)

    async def due(self, now: datetime) -> list[str]:
        """The names of the sources whose time has come, the longest due first."""
        query = select(sources.c.name).where(sources.c.next_poll <= seconds(now))
        order = query.where(~sources.c.retired).order_by(sources.c.next_poll, sources.c.name)
        async with self._database.read() as connection:
            return list(await connection.scalars(order))

    async def claim(
        self, names: Sequence[str], until: datetime, due_by: datetime | None = None
    ) -> dict[str, SourceState]:
        """Claim sources for a look at them, and give the states of those that are ours now.

        Nobody else can claim them as due before `until`, or before their state is put. With
        `due_by` only those are claimed that are due by then, else all that are not retired.
        """
        claimed: dict[str, SourceState] = {}
        for start in range(0, len(names), BATCH):
            batch = [storable(name) for name in names[start : start + BATCH]]
            query = update(sources).where(sources.c.name.in_(batch), ~sources.c.retired)
            if due_by:
                query = query.where(sources.c.next_poll <= seconds(due_by))
            query = query.values(next_poll=seconds(until))
            async with self._database.write() as connection:
                rows = (await connection.execute(query.returning(sources))).all()
            claimed |= {row.name: _state(row) for row in rows}
        return claimed

    async def put(self, name: str, state: SourceState) -> None:
        """Remember the state of a source."""
        columns: dict[str, Any] = {
            column: seconds(value) if isinstance(value, datetime) else value
            for column, value in asdict(state).items()
        }
        columns |= {c: storable(value) for c, value in columns.items() if isinstance(value, str)}
        columns["bookmark"] = {
            key: storable(value) if isinstance(value, str) else value
            for key, value in columns["bookmark"].items()
            if value
        }
        mine = sources.c.name == storable(name)
        async with self._database.write() as connection:
            known = await connection.execute(update(sources).where(mine).values(columns))
            if not known.rowcount:
                row = {"name": storable(name), **columns}
                await connection.execute(insert(sources).values(row))


def _state(row: Row[Any]) -> SourceState:
    return SourceState(
        location=row.location,
        bookmark=Bookmark(**row.bookmark),
        last_success=moment(row.last_success),
        last_new=moment(row.last_new),
        last_error=row.last_error,
        errors_in_a_row=row.errors_in_a_row,
        rhythm=row.rhythm,
        next_poll=moment(row.next_poll),
        retired=row.retired,
    )
