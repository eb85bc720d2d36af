"""What the store needs to know of a kind of database; the rest of it is the same on each."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from summaries.store.lexemes import Columns, Count, Entry, Match


class Lock(Protocol):
    """A lock that ends with the process that holds it, however that ends."""

    async def is_held(self) -> bool:
        """Whether it is still ours; raises the driver's error or OSError while nobody can tell."""
        ...

    async def release(self) -> None:
        """Give it up; once it is lost, this does nothing."""


class Engine(Protocol):
    """A database of one kind; errors are the driver's own, as SQLAlchemy passes them on."""

    name: str
    """What to call the database in a message."""
    reading: AsyncEngine
    """Its transactions see one unchanging state."""
    writing: AsyncEngine
    writing_in_turn: AsyncEngine
    """For writers that may have to wait long for others."""
    one_writer: bool
    """Whether it lets in one writer at a time, whatever that one writes."""
    patience: float | None
    """Seconds that readers and writers of single rows wait for a server; None: there is none."""

    def __init__(self, url: URL) -> None:
        """Connect lazily; raises UserError where the URL names no database that can be used."""

    def wrong(self, error: BaseException) -> str | None:
        """What is wrong with the setting `database:`, if that is why it cannot be opened."""
        ...

    def clear(self, error: BaseException) -> str | None:
        """One line for whoever waits for an answer; None for an error that nobody foresaw."""
        ...

    def migrating(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that no other process' is beside."""
        ...

    async def wait_for_turn(self, connection: AsyncConnection) -> None:
        """Wait inside a writing transaction until no other one that waited here is under way."""

    async def now(self, connection: AsyncConnection) -> datetime:
        """The time that counts for all who share the database."""
        ...

    async def lock(self, name: str) -> Lock:
        """Take the lock of a name that nobody else uses."""
        ...

    async def is_free(self, name: str) -> bool:
        """Whether nobody holds the lock of that name."""
        ...

    def indexed(self, entry: Entry) -> Columns:
        """The row of an entry in the search index; as it takes a while, call it in a thread."""
        ...

    async def index(self, connection: AsyncConnection, rows: Sequence[Columns]) -> None:
        """Take up articles that are not in the search index."""

    async def unindex(self, connection: AsyncConnection, rows: Sequence[Columns]) -> None:
        """Take articles out of the search index, given the rows that were indexed.

        Their rows in `articles` are deleted next.
        """

    async def count(self, connection: AsyncConnection, changes: Sequence[Count]) -> None:
        """Add to the counts of `terms`; no term comes twice, and there is one at least."""

    async def tidy(self, connection: AsyncConnection, begin: bool) -> bool:
        """Merge a little of what additions left apart in the search index; whether more is left.

        `begin` takes up all that there is to merge, and later calls go on with it.
        """
        ...

    async def newest(
        self,
        connection: AsyncConnection,
        match: Match,
        window: tuple[int, int],
        limit: int,
        expected: float,
    ) -> list[int]:
        """The greatest row numbers that match, at most `limit`, the greatest first.

        `window` is the lowest number and the one after the highest; of all articles about
        `expected` match, which may decide how to look for them, never what is found.
        """
        ...
