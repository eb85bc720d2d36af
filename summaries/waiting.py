"""A waiting line in which whoever can wait lets others pass, but not for ever."""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count


class Line:
    """Lets at most `places` in at a time: first who wanted to be in at the earliest moment."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    @asynccontextmanager
    async def place(self, can_wait: float) -> AsyncIterator[None]:
        """Wait for a place; who comes up to `can_wait` seconds later and cannot wait, is let by."""
        await self._take(can_wait)
        try:
            yield
        finally:
            self._pass_on()

    async def _take(self, can_wait: float) -> None:
        if self._free:
            self._free -= 1
            return
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._waiting, (loop.time() + can_wait, next(self._numbers), turn))
        try:
            await turn
        except asyncio.CancelledError:
            # The turn may have come in the very moment of giving up on it.
            if turn.done() and not turn.cancelled():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
