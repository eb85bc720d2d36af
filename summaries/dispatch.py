"""Looks at many sources at once, fairly: of each host one at a time, and hosts take turns."""

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from summaries import clock
from summaries.cadence import Bounds
from summaries.errors import StoreError
from summaries.look import Outcome, gone, look
from summaries.model import Source, SourceKind, SourceState
from summaries.sources import Tools
from summaries.store import Store

AT_ONCE = 128
"""Hosts that are asked at one time: most of a look is waiting."""
LEASE, RENEWAL = timedelta(minutes=3), 60.0
"""For how long a claim is made, and after how many seconds it is made anew while the look lasts.

How long one takes, nobody knows beforehand: a folder may hold thousands of files.
"""
TICK = 1.0
"""Seconds that a step waits for something to end."""
GATHERING = 0.05
"""Seconds in which all that ends is written down together, in one transaction."""
RELEASE = 1.0
"""Seconds that giving claims back may take at the end."""


class Turns:
    """Which source is next: those of one host in the order they came, the hosts in turn."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._free = at_once
        self._held: set[str] = set()
        self._waiting: dict[str, deque[Source]] = {}
        self._hosts: deque[str] = deque()

    def __bool__(self) -> bool:
        """Whether any source waits or is under way."""
        return bool(self._held)

    def add(self, sources: Iterable[Source]) -> None:
        """Put sources in line; one that waits or is under way already is not put there again."""
        for source in sources:
            if source.name not in self._held:
                self._held.add(source.name)
                host = host_of(source)
                if host not in self._waiting:
                    self._waiting[host] = deque()
                    self._hosts.append(host)
                self._waiting[host].append(source)

    def take(self) -> list[Source]:
        """The sources whose turn it is now: they are under way until they are `done`."""
        count = min(self._free, len(self._hosts))
        self._free -= count
        return [self._waiting[self._hosts.popleft()].popleft() for _ in range(count)]

    def done(self, source: Source) -> None:
        """One that was under way has ended; the next of its host comes after all other hosts."""
        host = host_of(source)
        self._free += 1
        self._held.remove(source.name)
        if self._waiting[host]:
            self._hosts.append(host)
        else:
            del self._waiting[host]


def host_of(source: Source) -> str:
    """Whose turn a look at a source takes: its host's; a folder is a host of its own."""
    if source.kind is SourceKind.FOLDER:
        return f"folder {source.name}"
    return (urlsplit(source.location).hostname or "").lower()


class Dispatcher:
    """Claims sources, looks at them, and puts their states; closing it gives claims back.

    With `only_due` a source is looked at only if it is due when its turn comes, and nobody else
    claimed it meanwhile.
    """

    def __init__(self, store: Store, tools: Tools, bounds: Bounds, *, only_due: bool) -> None:
        self._store = store
        self._tools = tools
        self._bounds = bounds
        self._only_due = only_due
        self._turns = Turns()
        self._looks: dict[asyncio.Task[tuple[Outcome, SourceState]], Source] = {}
        self._left: set[str] = set()
        self._renewed = time.monotonic()

    @property
    def busy(self) -> bool:
        """Whether anything is left to do."""
        return bool(self._turns)

    def add(self, sources: Iterable[Source]) -> None:
        """Put enrolled sources in line."""
        self._turns.add(sources)

    async def step(self) -> list[Outcome]:
        """Begin what may begin, and give what ended; without an end it lasts a second.

        Raises StoreError; then nothing is under way or waits any more, and what was under way will
        be due as soon as the store answers.
        """
        try:
            await self._release()
            passed = await self._begin()
            await self._renew()
            return passed + await self._end()
        except StoreError:
            await self._abandon()
            raise

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _value: object, _traceback: TracebackType | None
    ) -> None:
        """Cut off what is under way, so that whoever is next may look at it at once."""
        await self._abandon()
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(RELEASE):
                await self._release()

    async def _begin(self) -> list[Outcome]:
        """Claim the sources whose turn it is and look at them; gives those that are retired."""
        taken = self._turns.take()
        if not taken:
            return []
        now = clock.now()
        names = [source.name for source in taken]
        due_by = now if self._only_due else None
        claimed = await self._store.sources.claim(names, now + LEASE, due_by)
        refused = [source for source in taken if source.name not in claimed]
        for source in taken:
            if state := claimed.get(source.name):
                made = look(source, state, self._store, self._tools, self._bounds)
                self._looks[asyncio.create_task(made)] = source
        for source in refused:
            self._turns.done(source)
        return [] if self._only_due else [gone(source) for source in refused]

    async def _end(self) -> list[Outcome]:
        """Wait for a look to end, and put the states of all that did."""
        if not self._looks:
            if not self.busy:
                await asyncio.sleep(TICK)
            return []
        waiting = asyncio.wait(self._looks, timeout=TICK, return_when=asyncio.FIRST_COMPLETED)
        if not (await waiting)[0]:
            return []
        await asyncio.sleep(GATHERING)
        ended = [task for task in self._looks if task.done()]
        results = [task.result() for task in ended]
        await self._store.sources.put({outcome.source: state for outcome, state in results})
        for task in ended:
            self._turns.done(self._looks.pop(task))
        return [outcome for outcome, _ in results]

    async def _renew(self) -> None:
        if self._looks and time.monotonic() > self._renewed + RENEWAL:
            names = [source.name for source in self._looks.values()]
            await self._store.sources.claim(names, clock.now() + LEASE)
            self._renewed = time.monotonic()

    async def _abandon(self) -> None:
        """Cut off every look and forget what waits."""
        self._left.update(source.name for source in self._looks.values())
        for task in self._looks:
            task.cancel()
        await asyncio.gather(*self._looks, return_exceptions=True)
        self._looks.clear()
        self._turns = Turns()

    async def _release(self) -> None:
        """Make due what was cut off."""
        if self._left:
            await self._store.sources.claim(sorted(self._left), clock.now())
            self._left.clear()
