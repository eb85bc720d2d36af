"""Turns: one request at a time to each host, with a pause after each."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

GAP = 0.25
"""Seconds between the end of one request to a host and the start of the next."""


class Turns:
    """Who may ask which host now: first come, first served, each host for itself.

    A host is remembered only while somebody has the turn, waits for it, or has just had it. Whoever
    needs turns of several hosts at once takes a name's before an address's, so that no two wait for
    each other.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    def __len__(self) -> int:
        """How many hosts are remembered."""
        return len(self._waiting)

    @asynccontextmanager
    async def of(self, host: str, gap: float = GAP) -> AsyncIterator[None]:
        """Wait for the turn at a host, a name or an address; the next comes `gap` seconds after."""
        await self._take(host)
        try:
            yield
        finally:
            asyncio.get_running_loop().call_later(gap, self._pass_on, host)

    async def _take(self, host: str) -> None:
        if host not in self._waiting:
            self._waiting[host] = deque()
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[host].append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # The turn may have come in the very moment of giving up on it.
            if turn.done() and not turn.cancelled():
                self._pass_on(host)
            raise

    def _pass_on(self, host: str) -> None:
        line = self._waiting[host]
        while line:
            turn = line.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._waiting[host]
