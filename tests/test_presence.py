"""Whether others can tell that a worker is dead, and not only asleep."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from summaries.errors import StoreError
from summaries.store import Store
from tests.outages import Line
from tests.stores import ENGINES, meddle, opened, postgresql

WORK = """
import asyncio, sys
from summaries.store import Store
async def main():
    store = await Store.open(sys.argv[1])
    async with store.presence() as me:
        print(me.name, flush=True)
        await asyncio.to_thread(sys.stdin.read)
    await store.close()
asyncio.run(main())
"""


@contextmanager
def worker(url: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process that is present, and its name; it ends once its input does."""
    command = [sys.executable, "-c", WORK, url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe) as process:
        assert process.stdout
        yield process, process.stdout.readline().strip()
        process.kill()


async def becomes_free(store: Store, name: str) -> bool:
    """Whether a name is free within a few seconds."""
    async with store.presence() as me:
        for _ in range(100):
            if await me.is_free(name):
                return True
            await asyncio.sleep(0.05)
    return False


def locks(folder: Path) -> list[str]:
    """The files of locks beside a SQLite database."""
    return [path.name for path in folder.rglob("*.worker-*")]


async def test_a_name_is_held_while_its_worker_is_there(
    store: Store, engine: str, tmp_path: Path
) -> None:
    async with opened(engine, tmp_path) as other, store.presence() as me:
        async with other.presence() as you:
            assert len(me.name) == len(you.name) == 16
            assert me.name != you.name
            assert await me.check() == me.name
            assert not await me.is_free(you.name)
            assert not await you.is_free(me.name)
            assert not await me.is_free(me.name)
        assert await me.is_free(you.name)
        assert await me.is_free("nobody")
    assert locks(tmp_path) == []


async def test_a_worker_that_is_killed_leaves_its_name(
    store: Store, engine: str, tmp_path: Path
) -> None:
    with worker(ENGINES[engine](tmp_path)) as (process, name):
        process.kill()
        process.wait()
        assert await becomes_free(store, name)
    assert locks(tmp_path) == []


async def test_a_worker_that_sleeps_keeps_its_name(
    store: Store, engine: str, tmp_path: Path
) -> None:
    with worker(ENGINES[engine](tmp_path)) as (process, name):
        process.send_signal(signal.SIGSTOP)
        async with store.presence() as me:
            for _ in range(5):
                assert not await me.is_free(name)
                await asyncio.sleep(0.1)
        process.send_signal(signal.SIGCONT)
        assert process.stdin
        process.stdin.close()
        assert process.wait(20) == 0
        assert await becomes_free(store, name)


async def test_whose_connection_was_cut_has_another_name_once_the_server_answers(
    tmp_path: Path,
) -> None:
    line = Line(postgresql(tmp_path))
    await line.open()
    store = await Store.open(line.url)
    async with store.presence() as me, opened("postgresql", tmp_path) as other:
        name = me.name
        await line.cut()
        assert await becomes_free(other, name)
        for _ in range(2):
            with pytest.raises(StoreError, match="cannot be reached"):
                await me.check()
            with pytest.raises(StoreError, match="cannot be reached"):
                await me.is_free("nobody")
        await line.open()
        assert await me.check() != name
        assert await me.check() == me.name
        async with other.presence() as you:
            assert not await you.is_free(me.name)
    await store.close()
    await line.cut()


async def test_whose_session_was_ended_has_another_name(tmp_path: Path) -> None:
    async with opened("postgresql", tmp_path) as store, store.presence() as me:
        name = me.name
        meddle(
            postgresql(tmp_path),
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        assert await me.check() != name
        assert await me.is_free(name)


async def test_a_folder_that_is_taken_away_and_put_back_leaves_names_as_they_were(
    tmp_path: Path,
) -> None:
    async with opened("sqlite", tmp_path) as store, store.presence() as me, store.presence() as you:
        name, other = me.name, you.name
        (tmp_path / "data").rename(tmp_path / "away")
        with pytest.raises(StoreError):
            await me.check()
        with pytest.raises(StoreError):
            await me.is_free(other)
        (tmp_path / "away").rename(tmp_path / "data")
        assert await me.check() == name
        assert not await me.is_free(other)


async def test_whose_lock_file_was_removed_has_another_name(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as store, store.presence() as me:
        name = me.name
        for path in tmp_path.rglob("*.worker-*"):
            path.unlink()
        assert await me.check() != name
        assert await me.is_free(name)
    assert locks(tmp_path) == []


async def test_what_dead_workers_left_in_the_folder_goes_with_the_next_one(tmp_path: Path) -> None:
    url = ENGINES["sqlite"](tmp_path)
    for _ in range(3):
        with worker(url) as (process, _):
            process.kill()
    async with opened("sqlite", tmp_path) as store, store.presence():
        assert len(list((tmp_path / "data").glob("*.worker-*"))) == 1


async def test_a_folder_that_was_away_at_the_end_is_no_trouble(tmp_path: Path) -> None:
    store = await Store.open(ENGINES["sqlite"](tmp_path))
    async with store.presence():
        (tmp_path / "data").rename(tmp_path / "away")
    await store.close()
