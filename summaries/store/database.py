"""One database: opened, migrated, and the boundary where its errors become StoreError.

Migrations run by themselves, in one transaction that several processes enter in turn.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress

from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from summaries.errors import StoreError, UserError
from summaries.store.engine import Engine
from summaries.store.postgresql import PostgreSQL
from summaries.store.schema import HEAD, metadata
from summaries.store.sqlite import EXAMPLE, SQLite

ENGINES: Mapping[str, Callable[..., Engine]] = {
    "sqlite": SQLite,
    "postgresql": PostgreSQL,
    "postgres": PostgreSQL,
}
"""The kinds of database, by the word that their URLs begin with."""

CLOSE_SECONDS = 0.5
"""Seconds that saying goodbye to a server may take: one that is away does not hear it."""

_VERSION = text("SELECT version_num FROM alembic_version")


class Database:
    """An open database; `read`, `write` and `write_in_turn` are the only doors to its tables."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # Here whoever comes first goes first; at the database it would be a matter of chance.
        self._turn = asyncio.Lock()
        self._door = asyncio.Lock() if engine.one_writer else nullcontext()

    @classmethod
    async def open(cls, url: str) -> "Database":
        """Open a database, making a file and its folder where there is none, and migrate it.

        Raises UserError where the URL is a wrong one, StoreError where the database fails.
        """
        database = cls(_engine(url))
        try:
            with database.speaking(database.engine.wrong):
                await database._migrate()
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        """Close every connection; closing twice is no mistake."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.engine.patience and CLOSE_SECONDS):
                await self.engine.writing.dispose()

    @contextmanager
    def speaking(
        self, wrong: Callable[[BaseException], str | None] = lambda _: None
    ) -> Iterator[None]:
        """Turn the database's errors into a UserError or a StoreError of one clear line."""
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            if mend := wrong(error):
                raise UserError(mend) from error
            cause = error.orig if isinstance(error, DBAPIError) else error
            unforeseen = f"The database does not answer as it should: {cause}"
            raise StoreError(self.engine.clear(error) or unforeseen) from error

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one unchanging state; raises StoreError."""
        with self.speaking():
            async with (
                asyncio.timeout(self.engine.patience),
                self.engine.reading.connect() as connection,
            ):
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction, kept if its block ends well; raises StoreError."""
        with self.speaking():
            async with (
                self._door,
                asyncio.timeout(self.engine.patience),
                self.engine.writing.begin() as connection,
            ):
                yield connection

    @asynccontextmanager
    async def write_in_turn(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that no other one of this method is beside; raises StoreError."""
        with self.speaking():
            async with (
                self._turn,
                self._door,
                asyncio.timeout(self.engine.patience) as limit,
                self.engine.writing_in_turn.begin() as connection,
            ):
                limit.reschedule(None)
                await self.engine.wait_for_turn(connection)
                yield connection

    async def _migrate(self) -> None:
        """Bring the database to HEAD; raises UserError where it is beyond it."""
        async with self.engine.reading.connect() as connection:
            version = await _version(connection)
            if version == HEAD:
                return
            if version is None and await connection.run_sync(_is_taken):
                raise UserError(
                    f"{self.engine.name} has tables of another program by the names of ours: name "
                    "another database in `database:`."
                )
        # Alembic loads slowly, and most starts do not need it.
        from summaries.store.migrations import known, upgrade

        async with self.engine.migrating() as connection:
            version = await _version(connection)
            if version is not None and version not in known():
                raise UserError(
                    f"{self.engine.name} was written by a newer version of this program: update "
                    "the program, or name another database in `database:`."
                )
            await connection.run_sync(upgrade)


def _engine(url: str) -> Engine:
    """The engine of a URL; raises UserError."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UserError(f"`database:` is no address of a database; write {EXAMPLE}") from error
    kind = parsed.get_backend_name()
    if kind not in ENGINES:
        raise UserError(f"{kind} is no database that can be used here; write {EXAMPLE}")
    return ENGINES[kind](parsed)


def _is_taken(connection: Connection) -> bool:
    """Whether a database without our version has tables of our names all the same."""
    return not metadata.tables.keys().isdisjoint(inspect(connection).get_table_names())


async def _version(connection: AsyncConnection) -> str | None:
    """The migration that the database stands at; None where it is empty."""
    if not await connection.run_sync(lambda c: inspect(c).has_table("alembic_version")):
        return None
    version: str | None = await connection.scalar(_VERSION)
    return version
