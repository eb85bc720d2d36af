"""The pace of a platform: how many posts are under way at one time, and begin each second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """Lets `at_once` in at a time, and at most `a_second` each second, evenly."""

    def __init__(self, at_once: int, a_second: float) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._apart = 1 / a_second
        self._next = 0.0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place, and for the moment to begin."""
        async with self._places:
            now = asyncio.get_running_loop().time()
            self._next = max(now, self._next + self._apart)
            await asyncio.sleep(self._next - now)
            yield
