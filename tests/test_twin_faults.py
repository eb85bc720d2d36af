"""What can go wrong with either twin, as a bare HTTP client meets it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.twins import discord
from tests.twins.process import Twin


@dataclass(frozen=True)
class Platform:
    """How a message is posted to one channel of a twin, and what it is known by."""

    module: str
    path: str
    channel: str
    token: str
    text: str
    route: str
    other_path: str
    options: tuple[str, ...] = ()


PLATFORMS = {
    "slack": Platform(
        "tests.twins.slack",
        "/api/chat.postMessage",
        "C0TRADE",
        "Bearer xoxb-twin",
        "text",
        "method",
        "/api/auth.test",
    ),
    "discord": Platform(
        "tests.twins.discord",
        f"/api/v10/channels/{discord.CHANNEL}/messages",
        discord.CHANNEL,
        f"Bot {discord.TOKEN}",
        "content",
        "route",
        "/api/v10/users/@me",
        ("--no-pace",),
    ),
}


@dataclass(frozen=True)
class Wire:
    """A running twin, and a client with the bot's token."""

    platform: Platform
    twin: Twin
    client: aiohttp.ClientSession

    async def post(self, text: str) -> str:
        """What becomes of a post: the status of the answer, "cut" without one."""
        body = {"channel": self.platform.channel, self.platform.text: text}
        try:
            async with self.client.post(self.platform.path, json=body) as response:
                return str(response.status)
        except aiohttp.ClientConnectionError:
            return "cut"

    async def next_fails(self, kind: str) -> None:
        await self.twin.post("/control/fault", {self.platform.route: "any", "kind": kind})

    async def stored(self) -> list[str]:
        messages = await self.twin.get(f"/control/messages?channel={self.platform.channel}")
        return [message[self.platform.text] for message in messages]


@pytest.fixture(params=list(PLATFORMS.values()), ids=list(PLATFORMS))
async def wire(request: Any, tmp_path: Path) -> AsyncIterator[Wire]:
    platform: Platform = request.param
    twin = await Twin.start(platform.module, tmp_path / "log.jsonl", *platform.options)
    headers = {"Authorization": platform.token}
    async with aiohttp.ClientSession(twin.base, headers=headers) as client:
        yield Wire(platform, twin, client)
    await twin.close()


async def test_chance_treats_the_posts_in_the_measure_that_was_asked_for(wire: Wire) -> None:
    odds = {"seed": 7, "refused": 0.2, "lost": 0.2, "slow": 0.1, "slow_seconds": 0.0}
    await wire.twin.post("/control/chaos", {**odds, "dropped": 0.2})
    became = {f"{number}": await wire.post(f"{number}") for number in range(300)}
    counts = await wire.twin.get("/control/chaos")
    assert counts["posts"] == 300
    assert all(abs(counts[name] - 60) < 20 for name in ("refused", "lost", "dropped"))
    assert 15 < counts["slow"] < 45
    seen = Counter(became.values())
    assert seen["cut"] == counts["lost"] + counts["dropped"]
    refused = [seen[status] for status in ("429", "500", "503")]
    assert sum(refused) == counts["refused"]
    assert max(refused) - min(refused) <= 1
    stored = await wire.stored()
    assert {text for text in became if became[text] == "200"} < set(stored)
    assert len(stored) == len(set(stored)) == seen["200"] + counts["lost"]


async def test_the_same_seed_has_the_same_misfortunes(wire: Wire) -> None:
    async def misfortunes(seed: int) -> list[str]:
        await wire.twin.post("/control/chaos", {"seed": seed, "refused": 0.3, "dropped": 0.3})
        return [await wire.post("hello") for _ in range(20)]

    first, second, other = [await misfortunes(seed) for seed in (1, 1, 2)]
    assert first == second != other


async def test_no_odds_end_the_chaos_and_leave_its_counts(wire: Wire) -> None:
    await wire.twin.post("/control/chaos", {"seed": 1, "refused": 1.0})
    assert await wire.post("never") == "429"
    await wire.twin.post("/control/chaos", {})
    assert await wire.post("again") == "200"
    counts = await wire.twin.get("/control/chaos")
    assert (counts["posts"], counts["refused"]) == (1, 1)


async def test_chance_spares_what_is_no_post(wire: Wire) -> None:
    await wire.twin.post("/control/chaos", {"seed": 1, "dropped": 1.0})
    async with wire.client.get(wire.platform.other_path) as answer:
        assert answer.status == 200


async def test_a_slow_post_is_stored_at_once(wire: Wire) -> None:
    await wire.twin.post("/control/chaos", {"seed": 1, "slow": 1.0, "slow_seconds": 0.5})
    sending = asyncio.create_task(wire.post("late"))
    await asyncio.sleep(0.25)
    assert await wire.stored() == ["late"]
    assert not sending.done()
    assert await sending == "200"


async def test_a_dropped_post_is_not_stored_and_a_lost_one_is(wire: Wire) -> None:
    await wire.next_fails("dropped")
    assert await wire.post("dropped") == "cut"
    await wire.next_fails("lost")
    assert await wire.post("lost") == "cut"
    assert await wire.stored() == ["lost"]
    assert [line["status"] for line in await wire.twin.get("/control/log")] == [None, None]


async def test_a_connection_goes_stale_once_it_was_used(wire: Wire) -> None:
    await wire.next_fails("stale")
    assert await wire.post("on a new connection") == "200"
    assert await wire.post("on the same one") == "cut"
    assert await wire.post("on another") == "200"
    assert await wire.stored() == ["on a new connection", "on another"]


async def test_a_fault_of_no_known_kind_is_refused(wire: Wire) -> None:
    with pytest.raises(aiohttp.ClientResponseError, match="400"):
        await wire.next_fails("fire")


async def test_a_deleted_message_is_still_told_among_all_and_marked(wire: Wire) -> None:
    for text in ("one", "two"):
        await wire.post(text)
    messages = (await wire.twin.get("/control/messages"))[wire.platform.channel]
    first = messages[0]
    place = {"channel": wire.platform.channel, "id": first.get("id") or first["ts"]}
    await wire.twin.post("/control/delete", place)
    assert await wire.stored() == ["two"]
    everything = (await wire.twin.get("/control/messages"))[wire.platform.channel]
    assert [(m[wire.platform.text], m["deleted"]) for m in everything] == [
        ("one", True),
        ("two", False),
    ]
    with pytest.raises(aiohttp.ClientResponseError, match="404"):
        await wire.twin.post("/control/delete", place)
