"""The program as its users have it: a process of its own, with a config.yaml and an environment."""

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from bot.config import load
from summaries import clock
from summaries.store import Store

ROOT = Path(__file__).parents[1]
ARTICLES = ROOT / "articles"
START_SECONDS = 30.0

_MIGRATING = threading.Lock()

_OURS = ("SLACK_", "DISCORD_", "DATABASE_URL", "PORT")


def write_config(folder: Path, **settings: Any) -> Path:
    """Write a config.yaml with these settings; the samples are its source unless it names some."""
    settings.setdefault("sources", {"samples": {"folder": str(ARTICLES)}})
    place = folder / "config.yaml"
    place.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")
    return place


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ran to its end."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)


async def bot(
    *arguments: str, folder: Path, stdin: str = "", path: Path = ROOT, **environ: str
) -> Ended:
    """Run `python -m bot ARGUMENTS` in a folder, and wait for its end."""
    process = await start(*arguments, folder=folder, path=path, **environ)
    try:
        out, err = await asyncio.wait_for(process.communicate(stdin.encode()), 120)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@dataclass(slots=True)
class Running:
    """`python -m bot run`, while it runs."""

    process: asyncio.subprocess.Process
    log: list[str] = field(default_factory=list)
    reading: asyncio.Task[None] | None = None

    async def stop(self) -> tuple[int, float]:
        """Send SIGTERM and wait for the end: the exit status, and the seconds that it took."""
        begun = time.monotonic()
        if self.process.returncode is None:
            self.process.terminate()
        status = await asyncio.wait_for(self.process.wait(), 20)
        if self.reading is not None:
            await self.reading
        return status, time.monotonic() - begun

    async def ready(self) -> None:
        """Wait until it says that all of it is ready."""
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), START_SECONDS)
        assert line.startswith(b"ready"), self.log

    async def _read_log(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.log.append(line.decode())


async def set_up_long_ago(config: Path) -> None:
    """Have the briefings of a config.yaml be an hour old: the slot of this minute was missed."""
    settings = load(config, {})
    pairs = [(briefing.name, str(to)) for briefing in settings.briefings for to in briefing.to]
    # Alembic makes one database at a time in a process.
    await asyncio.to_thread(_MIGRATING.acquire)
    try:
        store = await Store.open(settings.database)
    finally:
        _MIGRATING.release()
    await store.subscriptions.enrol(pairs, clock.now() - timedelta(hours=1))
    await store.close()


@asynccontextmanager
async def running(
    config: Path, *arguments: str, waiting: bool = True, under: Sequence[str] = (), **environ: str
) -> AsyncIterator[Running]:
    """The bot, ready; at the end it must stop as an admin expects it to, unless it was stopped.

    Without `waiting` it may not be ready yet; `under` is a command that runs it.
    """
    words = ("run", "--config", str(config), *arguments)
    bot = Running(await start(*words, folder=config.parent, under=under, **environ))
    bot.reading = asyncio.create_task(bot._read_log())
    try:
        if waiting:
            await bot.ready()
        yield bot
        status, seconds = await bot.stop()
        assert (status, seconds < 5) == (0, True), bot.log
    finally:
        if bot.process.returncode is None:
            bot.process.kill()
            await bot.process.wait()


async def until(ready: Callable[[], Awaitable[Any]], seconds: float = 15) -> Any:
    """Wait for something to come true, and return it."""
    end = time.monotonic() + seconds
    while not (found := await ready()):
        assert time.monotonic() < end, "it never came"
        await asyncio.sleep(0.05)
    return found


async def start(
    *arguments: str, folder: Path, path: Path = ROOT, under: Sequence[str] = (), **environ: str
) -> asyncio.subprocess.Process:
    """Begin `python -m bot ARGUMENTS` in a folder; `under` is a command that runs it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return await asyncio.create_subprocess_exec(
        *(*under, sys.executable, "-m", "bot", *arguments),
        cwd=folder,
        env={**kept, "PYTHONPATH": str(path), **environ},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
