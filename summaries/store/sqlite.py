"""SQLite: one file in WAL mode, where readers never wait, and search in FTS5.

FTS5 takes the lexemes as they are, joined by spaces. It keeps no text of its own, so an article
leaves it by handing in once more what was indexed.
https://www.sqlite.org/fts5.html#contentless_tables
"""

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from glob import escape
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from summaries import clock
from summaries.errors import UserError
from summaries.store.lexemes import Columns, Count, Entry, Match, Reading, mark

EXAMPLE = "database: sqlite:///data/bot.db"
PATIENCE = 30.0
"""Seconds that a writer in turn waits for another one."""
WAIT = 5.0
"""Seconds that a writer of single rows waits, for whom somebody in chat may be waiting."""
MERGED = 500
"""Pages of the search index that are merged in one transaction."""
STEP = 2.0
"""Seconds of that which nothing can cut short, not even the end of the program."""

# A reader that turned writer could not wait for another writer.
_WRITING = "BEGIN IMMEDIATE"

_CLEAR = {
    "SQLITE_BUSY": "The database is busy with another program; try again shortly.",
    "SQLITE_FULL": "The disk is full; make room and try again.",
    "SQLITE_READONLY": "The database may not be written to; change its permissions.",
    "SQLITE_CANTOPEN": "The database file cannot be opened; look at its folder and permissions.",
    "SQLITE_NOTADB": "The database file is not a SQLite database; restore it from a copy.",
    "SQLITE_CORRUPT": "The database file is damaged; restore it from a copy.",
    "SQLITE_IOERR": "The disk under the database fails; try again shortly.",
}

# Errors that may be those of the file that a connection has open, and not of the one at the path.
_DOUBTFUL = (
    "SQLITE_READONLY",
    "SQLITE_CANTOPEN",
    "SQLITE_NOTADB",
    "SQLITE_CORRUPT",
    "SQLITE_IOERR",
)

_ADD = text(
    "INSERT INTO search_index (rowid, title, body, marks) VALUES (:rowid, :title, :body, :marks)"
)
_DROP = text(
    "INSERT INTO search_index (search_index, rowid, title, body, marks) "
    "VALUES ('delete', :rowid, :title, :body, :marks)"
)
_COUNT = (
    "INSERT INTO terms (kind, name, articles) VALUES (?, ?, ?) "
    "ON CONFLICT (kind, name) DO UPDATE SET articles = terms.articles + excluded.articles"
)
_MERGE = text("INSERT INTO search_index (search_index, rank) VALUES ('merge', :pages)")
_CHANGES = text("SELECT total_changes()")
_NEWEST = text(
    "SELECT rowid FROM search_index WHERE search_index MATCH :match "
    "AND rowid >= :low AND rowid < :high ORDER BY rowid DESC LIMIT :limit"
)


class SQLite:
    """A file; writers are let in one at a time."""

    one_writer = True
    patience: float | None = None

    def __init__(self, url: URL) -> None:
        self._path = _path(url)
        self.name = str(self._path)
        # A file that is taken away is not made anew: it would be empty.
        how = {"uri": "true", "mode": "rw"}
        place = self._path.absolute().as_uri()
        engine = create_async_engine(URL.create("sqlite+aiosqlite", database=place, query=how))
        _set_up(engine, self._path)
        self.reading = engine
        self.writing = engine.execution_options(begin=_WRITING, wait=WAIT)
        self.writing_in_turn = engine.execution_options(begin=_WRITING, wait=PATIENCE)

    def wrong(self, error: BaseException) -> str | None:
        """A file that is no database."""
        if _errorname(error).startswith("SQLITE_NOTADB"):
            return f"{self.name} is not a SQLite database: name another file in `database:`."
        return None

    def clear(self, error: BaseException) -> str | None:
        """The error in one line."""
        name = _errorname(error)
        return next((words for start, words in _CLEAR.items() if name.startswith(start)), None)

    @asynccontextmanager
    async def migrating(self) -> AsyncIterator[AsyncConnection]:
        """A transaction under a lock on a file beside the database, which is put in WAL mode."""
        with self._path.with_name(f"{self._path.name}.lock").open("a") as file:
            await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
            async with self.reading.execution_options(begin=None).connect() as connection:
                await connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            async with self.writing_in_turn.begin() as connection:
                yield connection

    async def wait_for_turn(self, connection: AsyncConnection) -> None:
        """A writer has waited since it began."""

    async def now(self, connection: AsyncConnection) -> datetime:  # noqa: ARG002
        """A file has no clock but ours."""
        return clock.now()

    async def lock(self, name: str) -> "FileLock":
        """Lock a file beside the database, which goes with the lock; those of the dead go, too."""
        for left in self._path.parent.glob(f"{escape(self._lock_file('').name)}*"):
            await self.is_free(left.name.rpartition("-")[2])
        return FileLock(self._lock_file(name))

    async def is_free(self, name: str) -> bool:
        """Try the lock, and remove the file that a dead process left behind."""
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # Where the database is not, a file that is missing tells nothing.
            os.stat(self._path.name, dir_fd=folder)
            with suppress(FileNotFoundError):
                place = self._lock_file(name).name
                with os.fdopen(os.open(place, os.O_RDWR, dir_fd=folder)) as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(place, dir_fd=folder)
        except BlockingIOError:
            return False
        finally:
            os.close(folder)
        return True

    def _lock_file(self, name: str) -> Path:
        return self._path.with_name(f"{self._path.name}.worker-{name}")

    def indexed(self, entry: Entry) -> Columns:
        """Lexemes side by side, and marks, joined by spaces."""
        return {
            "rowid": entry.rowid,
            "title": " ".join(entry.title),
            "body": " ".join(entry.body),
            "marks": " ".join(sorted({mark(*term) for term in entry.marks})),
        }

    async def index(self, connection: AsyncConnection, rows: Sequence[Columns]) -> None:
        """Take up articles."""
        await connection.execute(_ADD, rows)

    async def unindex(self, connection: AsyncConnection, rows: Sequence[Columns]) -> None:
        """Take articles out; each row must equal the one that was indexed."""
        await connection.execute(_DROP, rows)

    async def count(self, connection: AsyncConnection, changes: Sequence[Count]) -> None:
        """Add to the counts of terms."""
        await connection.exec_driver_sql(_COUNT, list(changes))

    async def tidy(self, connection: AsyncConnection, begin: bool) -> bool:
        """Merge segments, as https://www.sqlite.org/fts5.html#the_merge_command says."""
        before = await connection.scalar(_CHANGES)
        await connection.execute(_MERGE, {"pages": -MERGED if begin else MERGED})
        return bool(await connection.scalar(_CHANGES) - before > 1)

    async def newest(
        self,
        connection: AsyncConnection,
        match: Match,
        window: tuple[int, int],
        limit: int,
        expected: float,  # noqa: ARG002
    ) -> list[int]:
        """Walk down the index, which stops when it has enough."""
        low, high = window
        values = {"match": _expression(match), "low": low, "high": high, "limit": limit}
        return list((await connection.scalars(_NEWEST, values)).all())


class FileLock:
    """A lock on a file, which ends with the process even if that is killed: see flock(2)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("x")
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    async def is_held(self) -> bool:
        """Whether the file is where others look for it."""
        self._path.parent.stat()
        return self._is_there()

    async def release(self) -> None:
        """Unlock and remove the file."""
        if self._is_there():
            self._path.unlink(missing_ok=True)
        self._file.close()

    def _is_there(self) -> bool:
        found = os.fstat(self._file.fileno())
        return _identity(self._path) == (found.st_dev, found.st_ino)


def _expression(match: Match) -> str:
    required = " AND ".join(map(_either, match.required))
    return f"({required}) NOT {_either(match.barred)}" if match.barred else required


def _either(readings: Iterable[Reading]) -> str:
    return f"({' OR '.join(map(_quoted, readings))})"


def _quoted(reading: Reading) -> str:
    """A string of FTS5: nothing inside it is syntax."""
    return '"' + " ".join(reading).replace('"', '""') + '"'


def _errorname(error: BaseException) -> str:
    return getattr(getattr(error, "orig", error), "sqlite_errorname", "")


def _path(url: URL) -> Path:
    """The file that a URL names, which exists from now on; raises UserError."""
    if url.database in {None, "", ":memory:"} or url.query:
        raise UserError(f"`database:` must name a file and nothing else; write {EXAMPLE}")
    path = Path(str(url.database))
    try:
        if path.is_dir():
            raise UserError(f"{path} is a folder: name a file for the database, as {EXAMPLE}")
        path.parent.mkdir(parents=True, exist_ok=True)
        writable = all(os.access(p, os.R_OK | os.W_OK) for p in (path.parent, path) if p.exists())
        if not writable:
            raise UserError(f"{path} may not be written to: change its permissions or `database:`.")
        if not path.exists():
            path.touch()
    except OSError as error:
        raise UserError(f"{path} cannot be used for the database: {error.strerror}.") from error
    return path


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file stands at a path; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _set_up(engine: AsyncEngine, path: Path) -> None:
    """Begin transactions ourselves, as SQLAlchemy's page on SQLite transactions advises.

    A connection whose file is no longer the one at the path is used no more: what it wrote there
    would be lost.
    """

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, record: Any) -> None:
        record.info["file"] = _identity(path)
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {STEP * 1000:.0f}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "checkout")
    def checkout(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info["file"] != _identity(path):
            raise DisconnectionError(f"{path} is another file now")

    @event.listens_for(engine.sync_engine, "handle_error")
    def distrust(context: Any) -> None:
        if _errorname(context.original_exception).startswith(_DOUBTFUL):
            context.is_disconnect = True

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        end = time.monotonic() + options.get("wait", 0.0) - STEP
        while statement := options.get("begin", "BEGIN"):
            try:
                connection.exec_driver_sql(statement)
            except DBAPIError as error:
                if time.monotonic() > end or not _errorname(error).startswith("SQLITE_BUSY"):
                    raise
            else:
                return
