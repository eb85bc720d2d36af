"""What is remembered of each source between two looks at it."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Row, select, text

from summaries.store.codec import storable
from summaries.store.database import Database
from summaries.store.schema import moment, seconds, sources

_PUT = text(
    "INSERT INTO sources (name, etag, last_modified, last_success, last_new, last_error, "
    "errors_in_a_row, next_poll) VALUES (:name, :etag, :last_modified, :last_success, :last_new, "
    ":last_error, :errors_in_a_row, :next_poll) ON CONFLICT (name) DO UPDATE SET "
    "etag = excluded.etag, last_modified = excluded.last_modified, "
    "last_success = excluded.last_success, last_new = excluded.last_new, "
    "last_error = excluded.last_error, errors_in_a_row = excluded.errors_in_a_row, "
    "next_poll = excluded.next_poll"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How a source fared: `last_new` is when it last had a new article, `last_error` one line."""

    etag: str | None = None
    last_modified: str | None = None
    last_success: datetime | None = None
    last_new: datetime | None = None
    last_error: str | None = None
    errors_in_a_row: int = 0
    next_poll: datetime | None = None


class Sources:
    """The sources' states; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> SourceState:
        """The state of a source; an empty one where it was never looked at."""
        query = select(sources).where(sources.c.name == storable(name))
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _state(row) if row else SourceState()

    async def all(self) -> dict[str, SourceState]:
        """The state of every source that was ever looked at, by name."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(sources).order_by(sources.c.name))).all()
        return {row.name: _state(row) for row in rows}

    async def put(self, name: str, state: SourceState) -> None:
        """Remember the state of a source."""
        columns = {
            column: seconds(value) if isinstance(value, datetime) else value
            for column, value in asdict(state).items()
        }
        texts = {c: storable(value) for c, value in columns.items() if isinstance(value, str)}
        async with self._database.write() as connection:
            await connection.execute(_PUT, {**columns, **texts, "name": storable(name)})


def _state(row: Row[tuple[object, ...]]) -> SourceState:
    return SourceState(
        etag=row.etag,
        last_modified=row.last_modified,
        last_success=moment(row.last_success),
        last_new=moment(row.last_new),
        last_error=row.last_error,
        errors_in_a_row=row.errors_in_a_row,
        next_poll=moment(row.next_poll),
    )
