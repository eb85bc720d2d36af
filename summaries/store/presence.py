"""Who is alive: a worker's name comes with a lock that ends with the worker, however it ends.

A worker that was only stopped for a while still has its lock: a lease alone cannot tell it from
a dead one, and whoever took its work over would do it twice.
Gray and Cheriton, Leases, SOSP 1989, have leases; the lock is for those who sleep through theirs.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from summaries.store.database import Database
from summaries.store.engine import Lock


class Presence:
    """A worker's name; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock: Lock | None = None
        self.name = ""

    async def check(self) -> str:
        """The present name: another one if the lock was lost, as with a connection that ended."""
        with self._database.speaking():
            async with asyncio.timeout(self._database.engine.patience):
                if self._lock and await self._lock.is_held():
                    return self.name
                if self._lock:
                    await self._lock.release()
                    self._lock = None
                name = secrets.token_hex(8)
                self._lock = await self._database.engine.lock(name)
                self.name = name
                return name

    async def is_free(self, name: str) -> bool:
        """Whether whoever had a name is dead, or has another one by now."""
        with self._database.speaking():
            async with asyncio.timeout(self._database.engine.patience):
                return await self._database.engine.is_free(name)

    async def end(self) -> None:
        """Give the name up."""
        if self._lock:
            await self._lock.release()
            self._lock = None


@asynccontextmanager
async def presence(database: Database) -> AsyncIterator[Presence]:
    """A presence that has a name until the block ends; raises StoreError."""
    me = Presence(database)
    try:
        await me.check()
        yield me
    finally:
        await me.end()
