"""The bot while its database is away, full, locked or spoilt: it says so, and catches up."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests import program
from tests.chats import CHATS, Chat, Heard
from tests.outages import FileTrouble, Line, full, garbage, gone, held, locked, read_only, stopped
from tests.program import Running, running, set_up_long_ago, until, write_config
from tests.stores import meddle, own_server, postgresql

NAME = "every-minute"
PATIENCE = 20
FERRY = "A ferry with 52 wagons left the port of Alat on Monday. It carries copper and pistachios."
ROOTS = ("setpriv", "--bounding-set", "-dac_override")
"""The modes of files say nothing to root, unless it runs under this."""
UNDER = ROOTS if os.geteuid() == 0 else ()
OUT: Mapping[str, Callable[[Line], Awaitable[None]]] = {"silent": Line.silence, "cut": Line.cut}


@pytest.fixture(params=["slack"])
async def chat(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Chat]:
    async with CHATS[request.param](tmp_path) as chat:
        yield chat


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    line = Line(await asyncio.to_thread(postgresql, tmp_path))
    await line.open()
    yield line
    await line.cut()


async def configured(folder: Path, chat: Chat, **more: Any) -> Path:
    """A bot that looks into its folder every second, and has a briefing to post."""
    config = _configured(folder, chat, **more)
    await set_up_long_ago(config)
    return config


def _configured(folder: Path, chat: Chat, **more: Any) -> Path:
    write(folder, "ferry", FERRY)
    return write_config(
        folder,
        sources={"harbour": {"folder": "harbour"}},
        fetch={"every": "1s"},
        limits={"per_user": "1000/minute"},
        briefings={
            NAME: {"query": "ferry", "cron": "* * * * *", "first_run": "some", "to": [chat.target]}
        },
        **chat.settings(),
        **more,
    )


def write(folder: Path, name: str, text: str) -> None:
    (folder / "harbour").mkdir(exist_ok=True)
    (folder / "harbour" / f"{name}.txt").write_text(text, "utf-8")


def buys(folder: Path, thing: str) -> None:
    text = f"The harbour office bought a {thing}. It will be used from May onwards."
    write(folder, f"bought-{thing}", text)


def states(url: str) -> list[str]:
    """What became of the slots, but for those that had nothing new to say."""
    rows = meddle(url, "SELECT state FROM deliveries WHERE state <> 'skipped'")
    return [state for (state,) in rows]


def log_has(bot: Running, words: str) -> Callable[[], Awaitable[bool]]:
    """Whether a line of the log has these words."""

    async def has() -> bool:
        return any(words in line for line in bot.log)

    return has


def is_clear(bot: Running) -> bool:
    """Whether the log tells of the trouble in a few lines."""
    troubles = [line for line in bot.log if " ERROR " in line]
    return 0 < len(troubles) < 20 and not any("Traceback" in line for line in bot.log)


def has_to_wait(heard: Heard) -> bool:
    return heard.private and "try again shortly" in heard.text and heard.seconds < PATIENCE


def posted(chat: Chat, times: int = 1) -> Callable[[], Awaitable[bool]]:
    """Whether that many briefings were posted."""

    async def counted() -> bool:
        return await chat.shown(NAME) == times

    return counted


def finds(chat: Chat, thing: str) -> Callable[[], Awaitable[bool]]:
    """Whether a question is answered for all to see, with what the office bought."""

    async def found() -> bool:
        heard = await chat.asks(thing)
        return not heard.private and f"bought a {thing}" in heard.text

    return found


@pytest.mark.parametrize(
    ("chat", "out"), [("slack", "silent"), ("discord", "cut")], indirect=["chat"]
)
async def test_a_server_that_cannot_be_reached_for_a_while_delays_and_loses_nothing(
    chat: Chat, out: str, line: Line, tmp_path: Path
) -> None:
    url = postgresql(tmp_path)
    async with AsyncExitStack() as stack:
        # A slot is due at once; while nobody can claim it, the outage begins.
        async with held(url, "deliveries"):
            bot = await stack.enter_async_context(
                running(await configured(tmp_path, chat, database=line.url))
            )
            assert "52 wagons" in (await chat.asks("ferry")).text
            await OUT[out](line)
        assert has_to_wait(await chat.asks("ferry"))
        buys(tmp_path, "crane")
        await until(log_has(bot, "briefings wait"))
        await until(log_has(bot, "nothing is fetched"))
        assert await posted(chat, 0)()
        await line.open()
        await until(posted(chat), 40)
        await until(finds(chat, "crane"), 40)
        assert await posted(chat)()
        assert await asyncio.to_thread(states, url) == ["sent"]
        await OUT[out](line)
        asking = asyncio.create_task(chat.asks("ferry"))
        await asyncio.sleep(0.3)
        status, seconds = await bot.stop()
        asking.cancel()
        assert (status, seconds < 10) == (0, True), bot.log
        assert is_clear(bot), bot.log


async def test_a_file_that_cannot_be_written_to_is_still_read(tmp_path: Path) -> None:
    def is_told(heard: Heard) -> bool:
        note = "there are no buttons; try again shortly"
        return "52 wagons" in heard.text and note in heard.text and heard.seconds < PATIENCE

    async with asyncio.TaskGroup() as together:
        for trouble in (full, locked, read_only):
            together.create_task(troubled(trouble, is_told, tmp_path / trouble.__name__))


async def test_a_file_that_cannot_be_read_is_told_of_in_a_line(tmp_path: Path) -> None:
    async with asyncio.TaskGroup() as together:
        for trouble in (gone, garbage):
            together.create_task(troubled(trouble, has_to_wait, tmp_path / trouble.__name__))


async def troubled(trouble: FileTrouble, is_told: Callable[[Heard], bool], folder: Path) -> None:
    """Let a trouble come between a post's refusal and its second try, and once more at the stop."""
    folder.mkdir()
    database = folder / "data" / "bot.db"
    url = f"sqlite:///{database}"

    async def recorded() -> bool:
        return states(url) == ["sent"]

    async with CHATS["slack"](folder) as chat:
        await chat.refuses_a_post(seconds=1)
        async with running(await configured(folder, chat), under=UNDER) as bot:
            await until(log_has(bot, "refused a message"))
            with trouble(database, bot):
                buys(folder, "crane")
                heard = await chat.asks("ferry")
                assert is_told(heard), heard
                await until(log_has(bot, "briefings wait"))
            await until(posted(chat))
            await until(finds(chat, "crane"), 40)
            await until(recorded)
            assert "no buttons" not in (await chat.asks("ferry")).text
            with trouble(database, bot):
                status, seconds = await bot.stop()
                assert (status, seconds < 5) == (0, True), bot.log
            assert is_clear(bot), bot.log
        assert await posted(chat)()
        assert meddle(url, "PRAGMA integrity_check") == [("ok",)]


async def test_a_database_that_is_away_at_the_start_is_waited_for_by_the_bot_alone(
    chat: Chat, line: Line, tmp_path: Path
) -> None:
    config = await configured(tmp_path, chat, database=line.url)
    await line.cut()
    said = "The database cannot be reached; try again shortly.\n"
    commands = (program.bot(command, folder=tmp_path) for command in ("brief", "check"))
    for ended in await asyncio.gather(*commands):
        assert (ended.status, ended.out, ended.err) == (1, "", said)
    async with running(config, waiting=False) as bot:
        await until(log_has(bot, "Trying again in 2 s"))
    async with running(config, waiting=False) as bot:
        await until(log_has(bot, "Trying again in 2 s"))
        await line.open()
        await bot.ready()
        assert "52 wagons" in (await chat.asks("ferry")).text
        assert is_clear(bot), bot.log


@pytest.mark.long
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_slot_that_falls_due_in_ten_seconds_without_a_database_is_posted_once(
    chat: Chat, engine: str, tmp_path: Path
) -> None:
    with own_server() as server:
        url = server.get_uri() if engine == "postgresql" else f"sqlite:///{tmp_path}/data/bot.db"
        async with running(await configured(tmp_path, chat, database=url)) as bot:
            await until(posted(chat))
            outage = (
                gone(tmp_path / "data" / "bot.db", bot) if engine == "sqlite" else stopped(server)
            )
            await asyncio.sleep((40 - time.time()) % 60)
            buys(tmp_path, "ferry")
            await until(finds(chat, "ferry"))
            await asyncio.sleep((56 - time.time()) % 60)
            with outage:
                await asyncio.sleep(10)
                assert await posted(chat)()
                assert has_to_wait(await chat.asks("ferry"))
            await until(posted(chat, 2), 30)
            await asyncio.sleep(5)
            assert await posted(chat, 2)()
            assert is_clear(bot), bot.log
