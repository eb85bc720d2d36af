"""Group commit: those who wait for the writer's turn are written together by whoever gets it.

A transaction costs as much as adding ten articles, so that hundreds of small ones would crawl.
DeWitt and others, Implementation Techniques for Main Memory Database Systems, SIGMOD 1984.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from summaries.errors import StoreError


class Job(Protocol):
    """Something to write; two that share a key are never written together."""

    @property
    def size(self) -> int:
        """How much it is."""
        ...

    @property
    def keys(self) -> Collection[str]:
        """What it writes."""
        ...


J = TypeVar("J", bound=Job)
R = TypeVar("R")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[J, R]):
    """A job that somebody waits for; what came of it, or why it failed."""

    job: J
    result: R | None = None
    error: StoreError | None = None
    is_done: bool = False


class GroupCommit(Generic[J, R]):
    """Takes jobs, and has `write` do up to `most` of their sizes at once, the oldest first."""

    def __init__(self, write: Callable[[Sequence[J]], Awaitable[Sequence[R]]], most: int) -> None:
        self._write = write
        self._most = most
        self._turn = asyncio.Lock()
        self._queue: list[_Waiting[J, R]] = []

    async def take(self, job: J) -> R:
        """Have a job written, and give what came of it; raises StoreError.

        Who is cancelled while writing takes nobody along: the others are written again.
        """
        mine = _Waiting[J, R](job)
        self._queue.append(mine)
        try:
            async with self._turn:
                while not mine.is_done:
                    await self._lead()
        finally:
            if not mine.is_done:
                self._queue.remove(mine)
        if mine.error:
            raise mine.error
        assert mine.result is not None
        return mine.result

    async def _lead(self) -> None:
        group = self._group()
        try:
            results = await self._write([each.job for each in group])
        except StoreError as error:
            for each in group:
                each.error = error
        else:
            for each, result in zip(group, results, strict=True):
                each.result = result
        for each in group:
            each.is_done = True
        self._queue = [each for each in self._queue if not each.is_done]

    def _group(self) -> list[_Waiting[J, R]]:
        """The oldest jobs, as many as go together."""
        group: list[_Waiting[J, R]] = []
        taken: set[str] = set()
        size = 0
        for each in self._queue:
            size += each.job.size
            if group and (size > self._most or not taken.isdisjoint(each.job.keys)):
                break
            group.append(each)
            taken.update(each.job.keys)
        return group
