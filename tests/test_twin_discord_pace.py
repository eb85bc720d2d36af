"""How fast the loopback Discord takes posts, and how clients are told."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest

from tests.twins.discord import CHANNEL, SILENT, TOKEN
from tests.twins.discord_pace import Limit, Pace
from tests.twins.process import Twin

FIRST, SECOND = "900000000000000001", "900000000000000002"


@pytest.fixture
async def twin(tmp_path: Path) -> AsyncIterator[Twin]:
    twin = await Twin.start("tests.twins.discord", tmp_path / "log.jsonl", "--channels", "60")
    yield twin
    await twin.close()


@pytest.fixture
async def rest(twin: Twin) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bot {TOKEN}"}
    async with aiohttp.ClientSession(twin.base, headers=headers) as session:
        yield session


async def post(rest: aiohttp.ClientSession, channel: str) -> tuple[int, Any, Any]:
    path = f"/api/v10/channels/{channel}/messages"
    async with rest.post(path, json={"content": "Morning."}) as response:
        return response.status, response.headers, await response.json()


def test_a_channel_takes_five_posts_in_five_seconds() -> None:
    pace = Pace()
    assert [pace.post("1", 100.0 + n) for n in range(5)] == [None] * 5
    assert pace.post("1", 104.5) == Limit(0.5, "user")
    assert pace.post("2", 104.5) is None
    assert pace.post("1", 105.0) is None
    assert pace.headers("1", 106.0) == {
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": "4",
        "X-RateLimit-Reset": "110.000",
        "X-RateLimit-Reset-After": "4.000",
        "X-RateLimit-Bucket": pace.headers("2", 106.0)["X-RateLimit-Bucket"],
    }


def test_a_bot_has_fifty_requests_a_second() -> None:
    pace = Pace()
    assert {pace.request(100.0 + n / 100) for n in range(50)} == {None}
    assert pace.request(100.75) == Limit(0.25, "global")
    assert pace.request(101.0) is None


async def test_every_answer_to_a_post_tells_how_many_more_are_taken(
    rest: aiohttp.ClientSession,
) -> None:
    left = [(await post(rest, FIRST))[1]["X-RateLimit-Remaining"] for _ in range(5)]
    assert left == ["4", "3", "2", "1", "0"]
    status, headers, body = await post(rest, FIRST)
    assert (status, headers["X-RateLimit-Scope"], body["global"]) == (429, "user", False)
    assert headers["Retry-After"] == "5"
    assert 4 < body["retry_after"] <= 5
    assert headers["Via"]
    status, headers, _ = await post(rest, SILENT)
    assert (status, headers["X-RateLimit-Remaining"]) == (403, "4")
    assert (await post(rest, SECOND))[0] == 200


async def test_too_many_requests_in_all_are_refused_wherever_they_go(
    rest: aiohttp.ClientSession,
) -> None:
    channels = [str(int(FIRST) + n) for n in range(60)]
    answers = await asyncio.gather(*(post(rest, channel) for channel in channels))
    refused = [(headers, body) for status, headers, body in answers if status == 429]
    assert len(refused) == 10
    for headers, body in refused:
        assert (headers["X-RateLimit-Scope"], headers["X-RateLimit-Global"]) == ("global", "true")
        assert body["global"]
        assert body["retry_after"] <= 1


async def test_discord_py_paces_itself_by_what_it_is_told(twin: Twin) -> None:
    real = discord.http.Route.BASE
    discord.http.Route.BASE = f"{twin.base}/api/v10"
    try:
        async with discord.Client(intents=discord.Intents.none()) as client:
            await client.login(TOKEN)
            channel = client.get_partial_messageable(int(CHANNEL))
            begun = time.monotonic()
            for number in range(6):
                await channel.send(f"Story {number}.")
            took = time.monotonic() - begun
    finally:
        discord.http.Route.BASE = real
    assert 4.9 < took < 8
    statuses = [line["status"] for line in await twin.get("/control/log")]
    assert statuses == [200] * len(statuses)
