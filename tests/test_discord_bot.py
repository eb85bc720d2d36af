"""The whole bot against the loopback Discord."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.program import bot, running, set_up_long_ago, until, write_config
from tests.twins.discord import CHANNEL, GUILD, HIDDEN, TOKEN, USER
from tests.twins.process import Twin

EVERY_MINUTE = {"query": "china trade", "cron": "* * * * *", "first_run": "some"}


@pytest.fixture
async def discord(tmp_path: Path) -> AsyncIterator[Twin]:
    twin = await Twin.start("tests.twins.discord", tmp_path / "discord.jsonl", "--token", TOKEN)
    yield twin
    await twin.close()


def settings(discord: Twin, token: str = TOKEN, **more: Any) -> dict[str, Any]:
    gateway = discord.base.replace("http://", "ws://") + "/gateway"
    place = {"api_url": f"{discord.base}/api/v10", "gateway_url": gateway}
    return {"discord": {"token": token, **place}, **more}


@pytest.fixture
async def bot_runs(discord: Twin, tmp_path: Path) -> AsyncIterator[None]:
    async with running(write_config(tmp_path, **settings(discord))):
        yield


async def ask(discord: Twin, **said: Any) -> dict[str, Any]:
    """Type a command or press a button, and wait for what becomes of it."""
    order = {"kind": "command", "user": USER, "channel": CHANNEL, **said}
    sent = await discord.post("/control/interaction", order)

    async def answered() -> dict[str, Any] | None:
        outcome = await discord.get(f"/control/interaction/{sent['id']}")
        return outcome if outcome["original"] else None

    return await until(answered)


def buttons(message: dict[str, Any]) -> dict[str, str]:
    rows = message.get("components", [])
    return {b["label"]: b["custom_id"] for row in rows for b in row["components"]}


def titles(message: dict[str, Any]) -> list[str]:
    return [embed["title"] for embed in message["embeds"]]


async def commands(discord: Twin) -> list[dict[str, Any]]:
    return await discord.get("/control/commands")


@pytest.mark.usefixtures("bot_runs")
async def test_the_command_is_registered_with_its_one_option(discord: Twin) -> None:
    (command,) = await commands(discord)
    assert command["name"] == "brief"
    assert [(o["name"], o.get("required", False)) for o in command["options"]] == [("query", False)]


@pytest.mark.usefixtures("bot_runs")
async def test_a_question_is_acknowledged_at_once_and_answered_in_public(discord: Twin) -> None:
    outcome = await ask(discord, query="china trade")
    assert outcome["acknowledged_ms"] < 300
    assert not outcome["ephemeral"]
    assert len(titles(outcome["original"])) >= 2
    assert outcome["followups"] == []


@pytest.mark.usefixtures("bot_runs")
async def test_a_command_without_words_asks_what_is_new(discord: Twin) -> None:
    outcome = await ask(discord, query=None)
    assert "What is new" in outcome["original"]["content"]


@pytest.mark.usefixtures("bot_runs")
async def test_a_mistake_is_told_to_its_asker_alone(discord: Twin) -> None:
    outcome = await ask(discord, query="china from:nowhere")
    assert outcome["ephemeral"]
    assert "from:samples" in outcome["original"]["content"]


@pytest.mark.usefixtures("bot_runs")
async def test_more_and_sources_are_commands_that_buttons_type(discord: Twin) -> None:
    first = (await ask(discord, query="azerbaijan top:2"))["original"]
    more = await ask(discord, kind="button", custom_id=buttons(first)["More"])
    listed = await ask(discord, kind="button", custom_id=buttons(first)["Sources"])
    assert len(titles(first)) == 2
    assert not set(titles(first)) & set(titles(more["original"]))
    assert titles(listed["original"]) == titles(first)
    assert more["acknowledged_ms"] < 300


@pytest.mark.usefixtures("bot_runs")
async def test_an_answer_of_ten_stories_arrives_whole_within_discords_limits(
    discord: Twin,
) -> None:
    await ask(discord, query="top:10")

    async def ten_stories() -> bool:
        messages = await discord.get(f"/control/messages?channel={CHANNEL}")
        return sum(len(titles(message)) for message in messages) == 10

    await until(ten_stories)


async def test_commands_are_registered_again_only_when_they_changed(
    discord: Twin, tmp_path: Path
) -> None:
    for guilds in ([int(GUILD)], [int(GUILD)]):
        chosen = settings(discord)
        chosen["discord"]["guilds"] = guilds
        async with running(write_config(tmp_path, **chosen)):
            pass
    log = await discord.get("/control/log")
    assert len([line for line in log if line["method"] == "PUT"]) == 1
    assert len(await commands(discord)) == 1


@pytest.mark.parametrize("fault", ["429", "500", "lost"])
async def test_a_due_briefing_arrives_once_whatever_the_network_does(
    discord: Twin, tmp_path: Path, fault: str
) -> None:
    every_minute = {**EVERY_MINUTE, "to": [f"discord:{CHANNEL}"]}
    config = write_config(tmp_path, briefings={"now": every_minute}, **settings(discord))
    await set_up_long_ago(config)
    broken = {"route": "messages", "kind": fault, "times": 1, "retry_after": 0.5}
    await discord.post("/control/fault", broken)

    async def posted() -> list[dict[str, Any]]:
        return await discord.get(f"/control/messages?channel={CHANNEL}")

    async with running(config, "--only", "worker"):
        (message,) = await until(posted)
        assert len(titles(message)) >= 2
    async with running(config, "--only", "worker"):
        await asyncio.sleep(1.5)
    assert len(await posted()) == 1


async def test_a_channel_that_forbids_posting_holds_up_no_other(
    discord: Twin, tmp_path: Path
) -> None:
    targets = [f"discord:{HIDDEN}", f"discord:{CHANNEL}"]
    every_minute = {**EVERY_MINUTE, "to": targets}
    config = write_config(tmp_path, briefings={"now": every_minute}, **settings(discord))
    await set_up_long_ago(config)
    async with running(config) as program:
        await until(lambda: discord.get(f"/control/messages?channel={CHANNEL}"))
    assert any(HIDDEN in line and "was not posted" in line for line in program.log)


async def test_an_event_that_cannot_be_read_does_not_end_the_bot(
    discord: Twin, tmp_path: Path
) -> None:
    async with running(write_config(tmp_path, **settings(discord))) as program:
        broken = {"name": "INTERACTION_CREATE", "data": {"id": "1", "type": 2}}
        await discord.post("/control/event", broken)

        async def is_back() -> bool:
            return sum("connected to Gateway" in line for line in program.log) == 2

        await until(is_back)
        outcome = await ask(discord, query="china trade")
        assert len(titles(outcome["original"])) >= 2
    assert any("gateway broke" in line for line in program.log)


async def test_a_refused_token_ends_the_bot_with_a_line_that_says_so(
    discord: Twin, tmp_path: Path
) -> None:
    config = write_config(tmp_path, **settings(discord, token="a-wrong-one"))
    ended = await bot("run", "--config", str(config), folder=tmp_path)
    assert ended.status == 1
    assert "Discord refused the token" in ended.err.splitlines()[-1]
