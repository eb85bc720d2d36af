"""Worker processes: what they give back, and how they end."""

import asyncio
import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from summaries.errors import SourceError, WorkerError
from summaries.workers import GROWTH, MEMORY, PATIENCE, Workers

MB = 1024 * 1024


@pytest.fixture(scope="module")
def shared() -> Iterator[Workers]:
    workers = Workers(processes=2)
    yield workers
    workers.close()


def double(number: int) -> int:
    return 2 * number


def spin() -> None:
    while True:
        pass


def spin_in_c() -> None:
    re.match(r"(a+)+$", "a" * 60 + "b")


def die() -> None:
    os._exit(3)


def eat_memory() -> int:
    return len(bytearray(8 * 1024**3))


def eat_memory_by_bits() -> int:
    eaten = []
    while True:
        eaten.append(str(len(eaten)))


def take(size: int) -> int:
    return len(bytearray(size))


KEPT: list[bytearray] = []


def keep(size: int) -> int:
    KEPT.append(bytearray(size))
    return os.getpid()


def crash() -> None:
    ctypes.string_at(0)


def refuse() -> None:
    raise SourceError("the page is empty")


def stumble() -> None:
    raise ValueError("no such\n\x1b\x00column")


def tell_pid_and_spin(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
    spin()


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


async def test_gives_back_what_the_function_returns(shared: Workers) -> None:
    assert await shared.run(double, 21, deadline=5) == 42


async def test_many_callers_may_wait_at_once(shared: Workers) -> None:
    answers = await asyncio.gather(*(shared.run(double, n, deadline=5) for n in range(1000)))
    assert answers == [2 * n for n in range(1000)]


@pytest.mark.parametrize("endless", [spin, spin_in_c])
async def test_kills_at_the_deadline_and_works_on(
    shared: Workers, endless: Callable[[], None]
) -> None:
    await shared.run(double, 1, deadline=5)
    began = time.monotonic()
    with pytest.raises(WorkerError, match=r"longer than 0\.5 s"):
        await shared.run(endless, deadline=0.5)
    assert time.monotonic() - began < PATIENCE * 0.5 + 1
    assert await shared.run(double, 3, deadline=5) == 6


async def test_time_in_the_queue_is_not_work() -> None:
    workers = Workers(processes=1)
    try:
        await workers.run(double, 1, deadline=5)
        slow = [workers.run(time.sleep, 0.4, deadline=1) for _ in range(4)]
        assert await asyncio.gather(*slow) == [None] * 4
    finally:
        workers.close()


async def test_a_dead_worker_is_an_error_and_is_replaced(shared: Workers) -> None:
    with pytest.raises(WorkerError, match="died"):
        await shared.run(die, deadline=5)
    assert await shared.run(double, 4, deadline=5) == 8


@pytest.mark.parametrize("hungry", [eat_memory, eat_memory_by_bits])
async def test_memory_is_capped(shared: Workers, hungry: Callable[[], int]) -> None:
    with pytest.raises(WorkerError, match="too much memory"):
        await shared.run(hungry, deadline=10)
    assert await shared.run(double, 6, deadline=5) == 12


async def test_what_a_task_may_take_comes_on_top_of_what_its_worker_held(shared: Workers) -> None:
    assert await shared.run(take, MEMORY - 8 * MB, deadline=5) == MEMORY - 8 * MB
    with pytest.raises(WorkerError, match="too much memory"):
        await shared.run(take, MEMORY + 8 * MB, deadline=5)


async def test_a_worker_that_grew_is_replaced_and_no_task_is_lost() -> None:
    workers = Workers(processes=1)
    try:
        first = await workers.run(os.getpid, deadline=5)
        assert await workers.run(keep, GROWTH // 2, deadline=5) == first
        assert await workers.run(keep, GROWTH // 2 + 8 * MB, deadline=5) == first
        assert await workers.run(os.getpid, deadline=5) != first
    finally:
        workers.close()


async def test_a_worker_killed_while_it_waits_is_replaced_unnoticed() -> None:
    workers = Workers(processes=1)
    try:
        for _ in range(3):
            os.kill(await workers.run(os.getpid, deadline=5), signal.SIGKILL)
            calls = (workers.run(double, n, deadline=5) for n in range(10))
            assert await asyncio.gather(*calls) == [2 * n for n in range(10)]
    finally:
        workers.close()


async def test_time_by_the_clock_is_bounded_too(shared: Workers) -> None:
    began = time.monotonic()
    with pytest.raises(WorkerError, match=r"longer than 1 s"):
        await shared.run(time.sleep, 60, deadline=1 / PATIENCE)
    assert time.monotonic() - began < 2.5


async def test_a_busy_machine_takes_nothing_from_the_deadline(shared: Workers) -> None:
    await shared.run(time.sleep, 0.6, deadline=0.3)


async def test_hostile_tasks_lose_none_of_the_others(shared: Workers) -> None:
    async def end(function: Callable[[], object], *, seconds: float) -> str:
        with pytest.raises(WorkerError) as caught:
            await shared.run(function, deadline=seconds)
        return str(caught.value)

    good = [shared.run(double, n, deadline=5) for n in range(200)]
    endless = [end(spin_in_c, seconds=0.1) for _ in range(10)]
    deadly = [end(crash, seconds=5) for _ in range(10)]
    hungry = [end(eat_memory, seconds=5) for _ in range(10)]
    mixed = [job for jobs in zip(endless, deadly, hungry, strict=True) for job in jobs]
    answers, ends = await asyncio.gather(
        asyncio.gather(*good[:100], *mixed), asyncio.gather(*good[100:])
    )
    assert [*answers[:100], *ends] == [2 * n for n in range(200)]
    assert Counter(answers[100:]) == {
        "it took longer than 0.1 s to read and was stopped": 10,
        "the process that read it died, perhaps for want of memory": 10,
        "it takes too much memory to read": 10,
    }


async def test_our_own_errors_pass_through(shared: Workers) -> None:
    with pytest.raises(SourceError, match="the page is empty"):
        await shared.run(refuse, deadline=5)


async def test_other_errors_are_told_in_one_line(shared: Workers) -> None:
    with pytest.raises(WorkerError) as caught:
        await shared.run(stumble, deadline=5)
    assert str(caught.value) == "it could not be read (ValueError: no such column)"


async def test_what_does_not_pickle_is_an_error(shared: Workers) -> None:
    with pytest.raises(WorkerError, match="could not be read"):
        await shared.run(lambda: None, deadline=5)
    assert await shared.run(double, 5, deadline=5) == 10


async def test_closing_is_quick_even_when_busy_and_may_be_repeated(tmp_path: Path) -> None:
    workers = Workers()
    noted = tmp_path / "pid"
    call = asyncio.create_task(workers.run(tell_pid_and_spin, str(noted), deadline=60))
    while not (noted.exists() and noted.read_text()):
        await asyncio.sleep(0.02)
    queued = asyncio.create_task(workers.run(double, 1, deadline=60))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    workers.close()
    workers.close()
    assert time.monotonic() - began < 1
    assert not is_alive(int(noted.read_text()))
    for waiting in (call, queued):
        with pytest.raises(WorkerError):
            await asyncio.wait_for(waiting, 1)


def test_closing_an_unused_pool_starts_nothing() -> None:
    Workers().close()


PARENT = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from summaries.workers import Workers
from spinner import tell_pid_and_spin

if __name__ == "__main__":
    asyncio.run(Workers().run(tell_pid_and_spin, sys.argv[2], deadline=1))
"""
SPINNER = """
import os, pathlib
def tell_pid_and_spin(path):
    pathlib.Path(path).write_text(str(os.getpid()))
    while True:
        pass
"""


def test_a_worker_does_not_outlive_its_killed_parent(tmp_path: Path) -> None:
    (tmp_path / "parent.py").write_text(PARENT)
    (tmp_path / "spinner.py").write_text(SPINNER)
    noted = tmp_path / "pid"
    root = str(Path(__file__).parent.parent)
    parent = subprocess.Popen([sys.executable, str(tmp_path / "parent.py"), root, str(noted)])
    while not (noted.exists() and noted.read_text()):
        time.sleep(0.02)
    worker = int(noted.read_text())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert is_alive(worker)
    give_up = time.monotonic() + PATIENCE + 5
    while is_alive(worker) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not is_alive(worker)
