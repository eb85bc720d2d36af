"""Worker processes, killed at a deadline, for anything that chews on bytes from outside."""

import asyncio
import logging
import multiprocessing
import resource
import signal
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from summaries.errors import BriefError, WorkerError

MEMORY = 1536 * 1024 * 1024
"""Bytes of address space that a worker may have."""

_TASKS_EACH = 200
_GRACE = 1.0
_T = TypeVar("_T")


class Workers:
    """A pool of worker processes that starts when it is first used.

    A worker is replaced after a number of tasks, and whenever it was killed or died.
    """

    def __init__(self, processes: int = 1) -> None:
        self._processes = processes
        self._pool: ProcessPool | None = None
        self._waiting: set[Future[Any]] = set()

    async def run(self, function: Callable[..., _T], *args: object, deadline: float) -> _T:
        """Call `function(*args)` in a worker and kill it after `deadline` seconds of work.

        Function, arguments and result must pickle. Waiting for a free worker does not count.
        Raises WorkerError when the worker was killed, died or failed, and passes on every
        BriefError that the function raises.
        """
        future = self._running().schedule(_call, (deadline, function, args), timeout=deadline)
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        try:
            return await asyncio.wrap_future(future)
        except BriefError:
            raise
        except TimeoutError as error:
            raise WorkerError(
                f"it took longer than {deadline:g} s to read and was stopped"
            ) from error
        except (ProcessExpired, BrokenProcessPool) as error:
            raise WorkerError(
                "the process that read it died, perhaps for want of memory"
            ) from error
        except Exception as error:
            why = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            raise WorkerError(f"it could not be read ({why})") from error

    def close(self) -> None:
        """Kill the workers, busy or not, and fail their calls; a second time it does nothing."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()
        for future in tuple(self._waiting):
            if not future.done():
                future.set_exception(WorkerError("it was not read, since the workers were closed"))

    def _running(self) -> ProcessPool:
        if self._pool is not None and not self._pool.active:
            self.close()
        if self._pool is None:
            self._pool = ProcessPool(
                max_workers=self._processes,
                max_tasks=_TASKS_EACH,
                initializer=_prepare,
                context=multiprocessing.get_context("spawn"),
            )
        return self._pool


def _prepare() -> None:
    # What libraries log about a page is no news to who reads the terminal.
    logging.getLogger().addHandler(logging.NullHandler())
    # A handler in Python would not run while C code spins, so let the signal itself kill.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    cap = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (cap, hard))


def _call(deadline: float, function: Callable[..., _T], args: tuple[object, ...]) -> _T:
    # When the parent is killed nobody is left to enforce the deadline but the kernel.
    _alarm(deadline + _GRACE)
    try:
        return function(*args)
    finally:
        _alarm(0)


def _alarm(seconds: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, seconds)
