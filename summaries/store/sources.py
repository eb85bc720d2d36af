"""How each source fares, and whose turn it is: what is remembered between two looks at it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Row, bindparam, select, text, update

from summaries.model import Bookmark, Source, SourceState
from summaries.store.codec import storable
from summaries.store.database import Database
from summaries.store.schema import first_row, moment, seconds, sources

BATCH = 500
"""Names in one statement."""
DAY = 86_400

_ENROL = text(
    "INSERT INTO sources (name, location, bookmark, errors_in_a_row, retired, next_poll) "
    "VALUES (:name, :location, '{}', 0, false, :now) ON CONFLICT (name) DO UPDATE SET "
    "location = excluded.location, bookmark = excluded.bookmark, last_success = NULL, "
    "last_new = NULL, last_error = NULL, errors_in_a_row = 0, rhythm = NULL, retired = false, "
    "next_poll = excluded.next_poll WHERE sources.location <> excluded.location"
)
_PUT = text(
    "UPDATE sources SET bookmark = :bookmark, last_success = :last_success, last_new = :last_new, "
    "last_error = :last_error, errors_in_a_row = :errors_in_a_row, rhythm = :rhythm, "
    "next_poll = :next_poll, retired = :retired WHERE name = :name AND location = :location"
).bindparams(bindparam("bookmark", type_=JSON))
_LOCATE = text(
    "UPDATE sources SET location = :location, next_poll = :now WHERE name = :name AND location = ''"
)
_BY_DAY = text(
    "SELECT source, rowid / :day AS day, count(*) FROM articles "
    "WHERE rowid >= :first GROUP BY source, day"
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

    async def put(self, states: Mapping[str, SourceState]) -> None:
        """Remember the states of enrolled sources, by name, in one transaction.

        A state is forgotten that is of another location than the one enrolled by now.
        """
        rows = [{"name": storable(name), **_columns(state)} for name, state in states.items()]
        if rows:
            async with self._database.write() as connection:
                await connection.execute(_PUT, rows)

    async def by_day(self, since: date) -> dict[str, Counter[date]]:
        """How many stored articles of each source stand on each day (in UTC) from one on."""
        first = datetime(since.year, since.month, since.day, tzinfo=UTC)
        async with self._database.read() as connection:
            values = {"first": first_row(seconds(first)), "day": first_row(DAY)}
            counts = (await connection.execute(_BY_DAY, values)).all()
        days: dict[str, Counter[date]] = {}
        for source, day, count in counts:
            days.setdefault(source, Counter())[moment(day * DAY).date()] = count
        return days


def _columns(state: SourceState) -> dict[str, Any]:
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
    return columns


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
