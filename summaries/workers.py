"""Worker processes, killed at a deadline, for anything that chews on bytes from outside."""

import asyncio
import logging
import multiprocessing
import os
import resource
import signal
import time
import warnings
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from summaries import memory
from summaries.errors import BriefError, WorkerError
from summaries.waiting import Line

MEMORY = 80 * 1024 * 1024
"""Bytes that one task may take, beyond what its worker held before it."""

GROWTH = 80 * 1024 * 1024
"""Bytes by which a worker may grow, from its start on, before it is replaced."""

PATIENCE = 10
"""A task may last so many times its deadline by the clock, where others use the processors."""

_TASKS_EACH = 1_000
_GRACE = 1.0
_OVERGROWN = 75
_CLOSED = "it was not read, since the workers were closed"
_MEMORY_IN_USE = Path("/proc/self/statm")
_T = TypeVar("_T")


class Workers:
    """A pool of worker processes that starts when it is first used.

    A worker is replaced after a number of tasks, when it grew, and when it was killed or died.
    """

    def __init__(self, processes: int = 1) -> None:
        self._processes = processes
        self._pool: ProcessPool | None = None
        self._times_closed = 0
        self._waiting: set[Future[Any]] = set()
        # One more than there are workers, so that none waits for its next task.
        self._line = Line(processes + 1)

    async def run(
        self,
        function: Callable[..., _T],
        *args: object,
        deadline: float,
        can_wait: float = 0.0,
    ) -> _T:
        """Call `function(*args)` in a worker and kill it after `deadline` seconds of computing.

        Function, arguments and result must pickle. Waiting for a free worker does not count; a
        task lets those by that come up to `can_wait` seconds later and cannot wait. Raises
        WorkerError when the worker was killed, died or failed, and passes on every BriefError that
        the function raises.
        """
        try:
            async with self._line.place(can_wait):
                return await self._begun(function, args, deadline)
        except BriefError:
            raise
        except TimeoutError as error:
            raise _too_long(PATIENCE * deadline) from error
        except MemoryError as error:
            raise WorkerError("it takes too much memory to read") from error
        except ProcessExpired as error:
            if error.exitcode == -signal.SIGPROF:
                raise _too_long(deadline) from error
            raise _died() from error
        except BrokenProcessPool as error:
            raise _died() from error
        except Exception as error:
            raise WorkerError(f"it could not be read ({_in_a_line(error)})") from error

    async def _begun(
        self, function: Callable[..., _T], args: tuple[object, ...], deadline: float
    ) -> _T:
        """Run it, and again where the worker that was to do so is being replaced."""
        times_closed = self._times_closed
        for _ in range(self._processes + 1):
            try:
                return await self._attempt(function, args, deadline)
            except ProcessExpired as error:
                if error.exitcode != _OVERGROWN:
                    raise
            except BrokenProcessPool as error:
                # A worker that is killed between two tasks takes the whole pool with it.
                if self._times_closed != times_closed:
                    raise WorkerError(_CLOSED) from error
        return await self._attempt(function, args, deadline)

    async def _attempt(
        self, function: Callable[..., _T], args: tuple[object, ...], deadline: float
    ) -> _T:
        future = self._running().schedule(
            _call, (deadline, function, args), timeout=PATIENCE * deadline
        )
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Kill the workers, busy or not, and fail their calls; a second time it does nothing."""
        self._times_closed += 1
        self._stop()

    def _stop(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()
        for future in tuple(self._waiting):
            if not future.done():
                future.set_exception(WorkerError(_CLOSED))

    def _running(self) -> ProcessPool:
        if self._pool is not None and not self._pool.active:
            self._stop()
        if self._pool is None:
            self._pool = ProcessPool(
                max_workers=self._processes,
                max_tasks=_TASKS_EACH,
                initializer=_prepare,
                context=multiprocessing.get_context("spawn"),
            )
        return self._pool


def _too_long(seconds: float) -> WorkerError:
    return WorkerError(f"it took longer than {seconds:g} s to read and was stopped")


def _died() -> WorkerError:
    return WorkerError("the process that read it died, perhaps for want of memory")


def _in_a_line(error: Exception) -> str:
    shown = "".join(c if c.isprintable() else " " for c in f"{type(error).__name__}: {error}")
    return " ".join(shown.split())[:200]


_at_start = 0
"""Bytes of data that this worker held before its first task."""


def _prepare() -> None:
    global _at_start
    # What libraries log and warn of is no news to who reads the terminal.
    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())
    memory.tune()
    # A handler in Python would not run while C code spins, so let the signal itself kill.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _at_start = _data()


def _call(deadline: float, function: Callable[..., _T], args: tuple[object, ...]) -> _T:
    held = _data()
    if held > _at_start + GROWTH:
        # Pebble loses a task whose worker ends before it is known which worker has it.
        time.sleep(0.05)
        os._exit(_OVERGROWN)
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    # The kernel enforces the deadlines: it needs neither a parent that lives nor C code that stops.
    _alarm(deadline, PATIENCE * deadline + _GRACE)
    if held:
        resource.setrlimit(resource.RLIMIT_DATA, (held + MEMORY, hard))
    try:
        return function(*args)
    finally:
        # Neither while sending the result, nor while taking the next task: others wait for that.
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
        _alarm(0, 0)


def _alarm(computing: float, clock: float) -> None:
    signal.setitimer(signal.ITIMER_PROF, computing)
    signal.setitimer(signal.ITIMER_REAL, clock)


def _data() -> int:
    """Bytes of data this process holds, as RLIMIT_DATA counts them; 0 where only Linux knows."""
    try:
        pages = int(_MEMORY_IN_USE.read_text().split()[5])
    except OSError:
        return 0
    return pages * resource.getpagesize()
