"""What each platform's channel promises the outbox: real clients against the loopback platforms."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot import config
from bot.app import POSTERS, Poster
from bot.render import MESSAGES
from bot.reply import Reply
from summaries.errors import Forbidden, Refused, Unsure
from tests.chats import CHATS, Chat
from tests.program import write_config

ROUTES = {"slack": {"method": "chat.postMessage"}, "discord": {"route": "messages"}}
UNPACED = {"slack": (), "discord": ("--no-pace",)}
GONE = {"slack": "archived", "discord": "deleted"}


@asynccontextmanager
async def opened(platform: str, folder: Path) -> AsyncIterator[tuple[Chat, Poster, str]]:
    """A platform, what posts to it, and a channel."""
    async with CHATS[platform](folder, *UNPACED[platform]) as chat:
        settings = config.load(write_config(folder, sources={}, **chat.settings()), {})
        poster = POSTERS[platform](settings)
        await poster.open()
        try:
            yield chat, poster, chat.target.partition(":")[2]
        finally:
            await poster.close()


@pytest.fixture(params=POSTERS)
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def message(platform: str, heading: str) -> Any:
    return MESSAGES[platform](Reply(heading, text="Nothing new."))[0]


async def test_a_post_is_found_however_many_came_after_it(platform: str, tmp_path: Path) -> None:
    async with opened(platform, tmp_path) as (_, poster, channel):
        since, first = time.time(), message(platform, "morning · 08:30")
        id_ = await poster.send(channel, first, "k" * 24)
        for number in range(220):
            await poster.send(channel, message(platform, f"noon · {number}"), f"{number:024}")
        assert await poster.find(channel, first, "k" * 24, since) == id_
        other = message(platform, "evening · 18:30")
        assert await poster.find(channel, other, "e" * 24, since) is None


async def test_a_history_that_may_not_be_read_is_told_from_one_without_the_post(
    platform: str, tmp_path: Path
) -> None:
    async with opened(platform, tmp_path) as (chat, poster, channel):
        sent = message(platform, "morning · 08:30")
        await poster.send(channel, sent, "k" * 24)
        await chat.twin.post("/control/permissions", {"history": False})
        with pytest.raises(Forbidden):
            await poster.find(channel, sent, "k" * 24, time.time())


async def test_a_channel_that_is_gone_takes_no_post(platform: str, tmp_path: Path) -> None:
    async with opened(platform, tmp_path) as (chat, poster, channel):
        await chat.twin.post("/control/channel", {"id": channel, "state": GONE[platform]})
        with pytest.raises(Forbidden):
            await poster.send(channel, message(platform, "morning"), "k" * 24)


async def test_a_platform_that_asks_to_wait_has_not_posted(platform: str, tmp_path: Path) -> None:
    async with opened(platform, tmp_path) as (chat, poster, channel):
        fault = {**ROUTES[platform], "kind": "429", "retry_after": 900}
        await chat.twin.post("/control/fault", fault)
        with pytest.raises(Refused) as refusal:
            await poster.send(channel, message(platform, "morning"), "k" * 24)
        assert refusal.value.retry_after == pytest.approx(900, abs=1)


async def test_an_error_after_which_it_may_be_there_is_no_refusal(tmp_path: Path) -> None:
    async with opened("slack", tmp_path) as (chat, poster, channel):
        await chat.twin.post("/control/fault", {**ROUTES["slack"], "kind": "500"})
        with pytest.raises(Unsure, match="internal_error"):
            await poster.send(channel, message("slack", "morning"), "k" * 24)


async def test_a_post_that_was_deleted_counts_as_posted(tmp_path: Path) -> None:
    async with opened("discord", tmp_path) as (chat, poster, channel):
        sent = message("discord", "morning")
        id_ = await poster.send(channel, sent, "k" * 24)
        await chat.twin.post("/control/delete", {"channel": channel, "id": id_})
        await poster.send(channel, sent, "k" * 24)
        assert await chat.shown("morning") == 0


async def test_a_name_and_an_id_are_one_channel(tmp_path: Path) -> None:
    async with opened("slack", tmp_path) as (_, poster, channel):
        assert await poster.id_of("#trade") == await poster.id_of(channel) == "C0TRADE"
        with pytest.raises(Forbidden, match="no channel #nowhere"):
            await poster.id_of("#nowhere")
