"""PostgreSQL: several machines may share it; search in a tsvector under a GIN index.

Lexemes come quoted, with positions, so PostgreSQL takes no text apart. A GIN index knows no order.
That the newest are found without reading every match is due to epochs: an article is marked with
the stretches of time that it stands in, from hours to months, and a search asks the newest stretch
first, then ever longer ones before it.
"""

import hashlib
import socket
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from ssl import SSLError

from sqlalchemy import URL, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from summaries.errors import UserError
from summaries.store.lexemes import GAP, Columns, Count, Entry, Match, Reading, mark

EXAMPLE = "database: postgresql://user:password@host/name"
TIMEOUT = 30.0
"""Seconds that a statement may take."""
PATIENCE = 8.0
"""Seconds to wait for a server that may be gone, while somebody in chat waits for an answer."""
CONNECTIONS = 5
"""Connections of one process that are kept open; as many again may be opened for a while."""
FEW = 2_000
"""Matches that are best looked up all at once, whatever their time."""

_EPOCHS = (36, 38, 40, 42, 44)  # bits of a row number: 18 hours, 3 days, 12, 49 and 194
_LOCK = 0x62726965  # any number that no other program on the same database locks

_SSL = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_AWAY = "The database cannot be reached; try again shortly."
_SLOW = "The database takes too long to answer; try again shortly."
_FULL = "The database server has no room left; make some and try again."
_CLEAR = {
    "08": _AWAY,
    "28": "The database server does not let us in; look at `database:`.",
    "3D": "The database is no longer on its server; look at `database:`.",
    "40": "The database is busy with another program; try again shortly.",
    "53100": _FULL,
    "53200": _FULL,
    "53300": "The database server has no connection left for us; try again shortly.",
    "55P03": "The database is busy with another program; try again shortly.",
    "57014": _SLOW,
    "57": _AWAY,
    "25006": "The database may not be written to; name a server that is not a replica.",
    "25P03": _AWAY,
    "42501": "The database user may not do this; give it the right to make and fill tables.",
    "58": "The disk under the database fails; try again shortly.",
    "XX": "The database is damaged; restore it from a copy.",
}

# A machine that is cut off holds a lock no longer than half a minute.
_KEEPALIVES = text(
    "SELECT set_config('tcp_keepalives_idle', '15', false), "
    "set_config('tcp_keepalives_interval', '5', false), "
    "set_config('tcp_keepalives_count', '3', false)"
)
_LOCK_NAME = text("SELECT pg_advisory_lock(:key)")
_TRY_NAME = text("SELECT pg_try_advisory_lock(:key)")
_NOW = text("SELECT clock_timestamp()")
_TURN = text("SELECT pg_advisory_xact_lock(:key)")
_ADD = text("INSERT INTO search_index (rowid, stems) VALUES (:rowid, CAST(:stems AS tsvector))")
_COUNT = text(
    "INSERT INTO terms (kind, name, articles) SELECT * FROM "
    "unnest(CAST(:kinds AS text[]), CAST(:names AS text[]), CAST(:articles AS bigint[])) "
    "ON CONFLICT (kind, name) DO UPDATE SET articles = terms.articles + excluded.articles"
)
_LAST = text("SELECT max(rowid) FROM articles WHERE rowid >= :low AND rowid < :high")
# The sums keep the planner from walking down the primary key, which looks at every article.
_NEWEST = text(
    "SELECT rowid FROM search_index WHERE stems @@ CAST(:match AS tsquery) "
    "AND rowid + 0 >= :low AND rowid + 0 < :high ORDER BY rowid + 0 DESC LIMIT :limit"
)


class PostgreSQL:
    """A database on a server, and a pool of connections to it."""

    one_writer = False
    patience: float | None = PATIENCE

    def __init__(self, url: URL) -> None:
        url, ssl = _address(url)
        self.name = f"The database {url.database}"
        connect_args = {
            "ssl": ssl,
            "timeout": PATIENCE,
            "command_timeout": TIMEOUT + 5,
            "server_settings": {
                "application_name": "briefing-bot",
                "statement_timeout": f"{TIMEOUT:.0f}s",
                "idle_in_transaction_session_timeout": f"{2 * TIMEOUT:.0f}s",
                # Searches are planned for their words, and never read the whole table.
                "plan_cache_mode": "force_custom_plan",
                "enable_seqscan": "off",
                "jit": "off",
            },
        }
        self.writing = create_async_engine(
            url,
            pool_pre_ping=True,
            pool_size=CONNECTIONS,
            max_overflow=CONNECTIONS,
            pool_timeout=TIMEOUT,
            connect_args=connect_args,
        )
        self._locking = create_async_engine(
            url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=connect_args
        )
        self.writing_in_turn = self.writing
        self.reading = self.writing.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    def wrong(self, error: BaseException) -> str | None:
        """A host, user, password or database that there is not, or no TLS."""
        if isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN:
            return f"The host in `database:` is not known; write {EXAMPLE}"
        if isinstance(error, SSLError) or "rejected SSL" in str(error):
            return "The database server offers no TLS that `sslmode` in `database:` asks for."
        match _sqlstate(error)[:2]:
            case "28":
                return "The database server does not know this user or password: mend `database:`."
            case "3D":
                return f"{self.name} is not on its server: make it, or mend `database:`."
        return None

    def clear(self, error: BaseException) -> str | None:
        """The error in one line."""
        cause = getattr(error, "orig", error)
        if isinstance(cause, TimeoutError | PoolTimeoutError):
            return _SLOW
        if isinstance(cause, OSError) or "connection is closed" in str(cause):
            return _AWAY
        state = _sqlstate(error)
        return _CLEAR.get(state) or _CLEAR.get(state[:2])

    @asynccontextmanager
    async def migrating(self) -> AsyncIterator[AsyncConnection]:
        """A transaction under an advisory lock."""
        async with self.writing.begin() as connection:
            await self.wait_for_turn(connection)
            yield connection

    async def wait_for_turn(self, connection: AsyncConnection) -> None:
        """Wait for the one lock, so that no two writers wait for each other's rows."""
        await connection.execute(_TURN, {"key": _LOCK})

    async def now(self, connection: AsyncConnection) -> datetime:
        """The server's clock."""
        now: datetime = (await connection.execute(_NOW)).scalar_one()
        return now

    async def lock(self, name: str) -> "SessionLock":
        """Take an advisory lock on a connection of its own, whose end ends it."""
        connection = await self._locking.connect()
        try:
            await connection.execute(_KEEPALIVES)
            await connection.execute(_LOCK_NAME, {"key": _key(name)})
        except BaseException:
            await connection.close()
            raise
        return SessionLock(connection)

    async def is_free(self, name: str) -> bool:
        """Try the lock on another connection, which gives it back as it ends."""
        async with self._locking.connect() as connection:
            return bool(await connection.scalar(_TRY_NAME, {"key": _key(name)}))

    def indexed(self, entry: Entry) -> Columns:
        """A tsvector as text."""
        return {"rowid": entry.rowid, "stems": _tsvector(entry)}

    async def index(self, connection: AsyncConnection, rows: Sequence[Columns]) -> None:
        """Take up articles."""
        await connection.execute(_ADD, rows)

    async def unindex(self, connection: AsyncConnection, rows: Sequence[Columns]) -> None:
        """An article's row in the index goes when the article does."""

    async def count(self, connection: AsyncConnection, changes: Sequence[Count]) -> None:
        """Add to the counts of terms."""
        kinds, names, numbers = map(list, zip(*changes, strict=True))
        await connection.execute(_COUNT, {"kinds": kinds, "names": names, "articles": numbers})

    async def tidy(self, connection: AsyncConnection, begin: bool) -> bool:  # noqa: ARG002
        """Autovacuum does that."""
        return False

    async def newest(
        self,
        connection: AsyncConnection,
        match: Match,
        window: tuple[int, int],
        limit: int,
        expected: float,
    ) -> list[int]:
        """Ask one epoch after the other, or all at once where few articles match."""
        low, high = window
        found: list[int] = []
        last = None
        if expected > FEW:
            last = await connection.scalar(_LAST, {"low": low, "high": high})
            if last is None:
                return []
        asked = _tsquery(match)
        for epoch, start, end in _stretches(low, high, last):
            values = {
                "match": f"{asked} & {_quoted(epoch)}" if epoch else asked,
                "low": start,
                "high": end,
                "limit": limit - len(found),
            }
            found += (await connection.scalars(_NEWEST, values)).all()
            if len(found) >= limit:
                break
        return found


class SessionLock:
    """An advisory lock of a session: the server gives it up when the connection ends.

    https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def is_held(self) -> bool:
        """Whether the connection lives."""
        if self._connection.closed or self._connection.invalidated:
            return False
        try:
            await self._connection.execute(_NOW)
        except SQLAlchemyError:
            return False
        return True

    async def release(self) -> None:
        """End the connection, also one that no longer leads anywhere."""
        with suppress(SQLAlchemyError, OSError):
            await self._connection.invalidate()
            await self._connection.close()


def _key(name: str) -> int:
    """The number of a lock: 64 bits, with a sign."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)


def _stretches(low: int, high: int, last: int | None) -> Iterator[tuple[str, int, int]]:
    """The mark of a stretch, and its rows: the newest first, each before the one just given."""
    if last is not None:
        high = last + 1
        for bits in _EPOCHS:
            start = max(low, (high - 1) >> bits << bits)
            yield _epoch(high - 1, bits), start, high
            if start == low:
                return
            high = start
    yield "", low, high


def _epoch(rowid: int, bits: int) -> str:
    return f"{GAP}{bits}:{rowid >> bits}"


def _tsvector(entry: Entry) -> str:
    """The text of a tsvector; no phrase spans the gap between title and body."""
    places: dict[str, str] = dict.fromkeys(entry.words, "")
    places[GAP] = ""
    for position, word in enumerate(entry.title, 1):
        places[word] += f",{position}A"
    for position, word in enumerate(entry.body, len(entry.title) + 2):
        places[word] += f",{position}"
    del places[GAP]
    words = [f"{_quoted(word)}:{at[1:]}" for word, at in places.items()]
    marks = {mark(*term) for term in entry.marks}
    epochs = {_epoch(entry.rowid, bits) for bits in _EPOCHS}
    return " ".join([*words, *map(_quoted, marks | epochs)])


def _tsquery(match: Match) -> str:
    required = " & ".join(map(_either, match.required))
    return f"{required} & !{_either(match.barred)}" if match.barred else required


def _either(readings: Iterable[Reading]) -> str:
    return f"({' | '.join(' <-> '.join(map(_quoted, reading)) for reading in readings)})"


def _quoted(word: str) -> str:
    """A lexeme: nothing inside it is syntax."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _sqlstate(error: BaseException) -> str:
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""


def _address(url: URL) -> tuple[URL, str]:
    """The URL for asyncpg, and what it is to do about TLS; raises UserError."""
    query = dict(url.query)
    ssl = query.pop("sslmode", "prefer")
    if ssl not in _SSL:
        raise UserError(f"`sslmode` in `database:` must be one of {', '.join(_SSL)}.")
    if unknown := query.keys() - {"host", "port"}:
        raise UserError(f"`{min(unknown)}` in `database:` is not understood; write {EXAMPLE}")
    if not url.database:
        raise UserError(f"`database:` must name a database; write {EXAMPLE}")
    return url.set(drivername="postgresql+asyncpg", query=query), str(ssl)
