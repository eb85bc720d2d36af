"""One database: opened, migrated, and the boundary where its errors become StoreError.

SQLite in WAL mode: readers never wait, writers wait for one another. Migrations run under a file
lock beside the database, since several processes may start at once, and in one transaction.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from summaries.errors import StoreError, UserError
from summaries.store.schema import HEAD

EXAMPLE = "database: sqlite:///data/bot.db"
PATIENCE = 30.0
"""Seconds that a writer waits for another one."""

# A reader that turned writer could not wait for another writer.
_WRITING = "BEGIN IMMEDIATE"
_VERSION = text("SELECT version_num FROM alembic_version")

_CLEAR = {
    "SQLITE_BUSY": "The database is busy with another program; try again shortly.",
    "SQLITE_FULL": "The disk is full; make room and try again.",
    "SQLITE_READONLY": "The database may not be written to; change its permissions.",
    "SQLITE_CANTOPEN": "The database file cannot be opened; look at its folder and permissions.",
    "SQLITE_NOTADB": "The database file is not a SQLite database; restore it from a copy.",
    "SQLITE_CORRUPT": "The database file is damaged; restore it from a copy.",
    "SQLITE_IOERR": "The disk under the database fails; try again shortly.",
}


class Database:
    """An open database; `read` and `write` are its only doors."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._reader = engine
        self._writer = engine.execution_options(begin=_WRITING)

    @classmethod
    async def open(cls, url: str) -> "Database":
        """Open a database, making it and its folder where there is none, and migrate it.

        Raises UserError where the URL or the file is a wrong one, StoreError where it fails.
        """
        path = _path(url)
        engine = create_async_engine(URL.create("sqlite+aiosqlite", database=str(path)))
        _set_up(engine)
        try:
            with speaking():
                if await _version(engine) != HEAD:
                    async with _lock(path):
                        await _migrate(engine, path)
        except BaseException:
            await engine.dispose()
            raise
        return cls(engine)

    async def close(self) -> None:
        """Close every connection; closing twice is no mistake."""
        await self._reader.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one unchanging state; raises StoreError."""
        with speaking():
            async with self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction, kept if its block ends well; writers are let in one at a time.

        Raises StoreError.
        """
        with speaking():
            async with self._writer.begin() as connection:
                yield connection


@contextmanager
def speaking() -> Iterator[None]:
    """Turn the database's errors into a StoreError of one clear line."""
    try:
        yield
    except DBAPIError as error:
        raise StoreError(_clear(error.orig)) from error
    except SQLAlchemyError as error:
        raise StoreError(f"The database does not answer as it should: {error}") from error


def _clear(error: BaseException | None) -> str:
    name = getattr(error, "sqlite_errorname", "")
    for start, words in _CLEAR.items():
        if name.startswith(start):
            return words
    return f"The database does not answer as it should: {error}"


def _path(url: str) -> Path:
    """The file that a URL names, in a folder that exists; raises UserError."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UserError(f"`database:` is no address of a database; write {EXAMPLE}") from error
    kind = parsed.get_backend_name()
    if kind in {"postgres", "postgresql"}:
        raise UserError(f"PostgreSQL is not supported yet: write {EXAMPLE}")
    if kind != "sqlite":
        raise UserError(f"{kind} is no database that can be used here; write {EXAMPLE}")
    if parsed.database in {None, "", ":memory:"} or parsed.query:
        raise UserError(f"`database:` must name a file and nothing else; write {EXAMPLE}")
    path = Path(str(parsed.database))
    try:
        if path.is_dir():
            raise UserError(f"{path} is a folder: name a file for the database, as {EXAMPLE}")
        path.parent.mkdir(parents=True, exist_ok=True)
        writable = all(os.access(p, os.R_OK | os.W_OK) for p in (path.parent, path) if p.exists())
    except OSError as error:
        raise UserError(f"{path} cannot be used for the database: {error.strerror}.") from error
    if not writable:
        raise UserError(f"{path} may not be written to: change its permissions or `database:`.")
    return path


def _set_up(engine: AsyncEngine) -> None:
    """Begin transactions ourselves, as SQLAlchemy's page on SQLite transactions advises."""

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        statement = connection.get_execution_options().get("begin", "BEGIN")
        if statement:
            connection.exec_driver_sql(statement)


async def _version(engine: AsyncEngine) -> str | None:
    """The migration that the database stands at; raises UserError where the file is none."""
    try:
        async with engine.connect() as connection:
            version: str | None = await connection.scalar(_VERSION)
            return version
    except OperationalError as error:
        if "no such table" in str(error.orig):
            return None
        raise
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_NOTADB":
            raise UserError(
                f"{engine.url.database} is not a SQLite database: name another file in `database:`."
            ) from error
        raise


@asynccontextmanager
async def _lock(path: Path) -> AsyncIterator[None]:
    """Wait until no other process migrates this database."""
    with path.with_name(f"{path.name}.lock").open("a") as file:
        await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
        yield


async def _migrate(engine: AsyncEngine, path: Path) -> None:
    """Bring the database to HEAD; raises UserError where it is beyond it."""
    # Alembic loads slowly, and most starts do not need it.
    from summaries.store.migrations import known, upgrade

    version = await _version(engine)
    if version is not None and version not in known():
        raise UserError(
            f"{path} was written by a newer version of this program: update the program, "
            "or name another file in `database:`."
        )
    async with engine.execution_options(begin=None).connect() as connection:
        await connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    async with engine.execution_options(begin=_WRITING).begin() as connection:
        await connection.run_sync(upgrade)
