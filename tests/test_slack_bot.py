"""The whole bot against the loopback Slack, in both of its modes."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.program import bot, running, set_up_long_ago, until, write_config
from tests.twins.process import Twin

TOKENS = ("--bot-token", "xoxb-t", "--app-token", "xapp-t", "--signing-secret", "secret")
TRADE = "C0TRADE"
EVERY_MINUTE = {"query": "china trade", "cron": "* * * * *", "first_run": "some"}


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Twin]:
    twin = await Twin.start("tests.twins.slack", tmp_path / "slack.jsonl", *TOKENS)
    yield twin
    await twin.close()


def settings(slack: Twin, mode: str, **more: Any) -> dict[str, Any]:
    tokens = {"bot_token": "xoxb-t", "app_token": "xapp-t", "signing_secret": "secret"}
    return {"slack": {"mode": mode, "api_url": f"{slack.base}/api", **tokens}, **more}


class Room:
    """A member's seat: types commands and presses buttons, in one mode or the other."""

    def __init__(self, slack: Twin, mode: str, port: int) -> None:
        self._slack = slack
        self._seat = {
            "mode": mode,
            "url": f"http://127.0.0.1:{port}/slack/events",
            "user": "U0ANNA",
            "channel": TRADE,
        }

    async def types(self, text: str, **seat: Any) -> dict[str, Any]:
        return await self._slack.post("/control/command", {**self._seat, "text": text, **seat})

    async def presses(self, button: dict[str, Any]) -> dict[str, Any]:
        pressed = {"action_id": button["action_id"], "value": button["value"]}
        return await self._slack.post("/control/button", {**self._seat, **pressed})

    async def reads(self, sent: dict[str, Any], uses: int = 1) -> list[dict[str, Any]]:
        """What came through a command's response_url, once it was used so often."""

        async def used() -> list[dict[str, Any]] | None:
            answer = await self._slack.get(f"/control/response/{sent['id']}")
            return answer["uses"] if len(answer["uses"]) >= uses else None

        return await until(used)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(params=["socket", "http"])
async def room(request: pytest.FixtureRequest, slack: Twin, tmp_path: Path) -> AsyncIterator[Room]:
    port = free_port()
    config = write_config(tmp_path, **settings(slack, request.param))
    async with running(config, PORT=str(port)):
        yield Room(slack, request.param, port)


def buttons(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    rows = [block for block in body["blocks"] if block["type"] == "actions"]
    return {button["text"]["text"]: button for row in rows for button in row["elements"]}


def titles(body: dict[str, Any]) -> list[str]:
    """The bold first lines of an answer's stories."""
    texts = [block["text"]["text"] for block in body["blocks"] if block["type"] == "section"]
    return [text.splitlines()[0] for text in texts if text.startswith("*")]


async def test_a_question_is_acknowledged_at_once_and_answered_in_public(room: Room) -> None:
    sent = await room.types("china trade")
    assert sent["acknowledged_ms"] < 300
    (body,) = await room.reads(sent)
    assert body["response_type"] == "in_channel"
    assert len(titles(body)) >= 2
    assert "Sources" in buttons(body)


async def test_a_mistake_is_told_to_its_asker_alone(room: Room) -> None:
    sent = await room.types("china since:tomorrow")
    assert sent["ack"]["response_type"] == "ephemeral"
    assert "since:7d" in sent["ack"]["text"]
    assert sent["acknowledged_ms"] < 300


async def test_more_and_sources_are_commands_that_buttons_type(room: Room) -> None:
    (first,) = await room.reads(await room.types("azerbaijan top:2"))
    (more,) = await room.reads(await room.presses(buttons(first)["More"]))
    (sources,) = await room.reads(await room.presses(buttons(first)["Sources"]))
    assert len(titles(first)) == 2
    assert not set(titles(first)) & set(titles(more))
    assert titles(sources) == titles(first)


async def test_a_button_that_nobody_knows_is_answered_in_private(room: Room) -> None:
    (body,) = await room.reads(await room.presses({"action_id": "brief:x", "value": "ffff"}))
    assert body["response_type"] == "ephemeral"
    assert "too old" in body["text"]


async def test_an_article_cannot_ping_and_a_query_cannot_either(room: Room) -> None:
    sent = await room.types("<!channel> &amp; <@U0ANNA> since:now")
    assert "<!channel>" not in sent["ack"]["text"]


async def test_who_asks_too_often_is_told_to_wait(room: Room) -> None:
    sent = [await room.types("help", user="U0RAVI") for _ in range(11)]
    assert "wait" in sent[-1]["ack"]["text"]
    assert not (sent[-2]["ack"] or {}).get("text")


async def test_a_request_with_a_wrong_signature_or_a_replayed_one_is_refused(
    slack: Twin, tmp_path: Path
) -> None:
    port = free_port()
    room, url = Room(slack, "http", port), f"http://127.0.0.1:{port}/slack/events"
    async with running(write_config(tmp_path, **settings(slack, "http")), PORT=str(port)):
        first = await room.types("help")
        replay = {"url": url, **{key: first[key] for key in ("body", "timestamp", "signature")}}
        assert (await slack.post("/control/raw", replay))["status"] == 401
        forged = {**replay, "signature": "v0=" + "0" * 64}
        assert (await slack.post("/control/raw", forged))["status"] == 401
        stale = {"url": url, "body": first["body"], "timestamp": int(time.time()) - 400}
        assert (await slack.post("/control/raw", stale))["status"] == 401
        assert len(await room.reads(first)) == 1


async def test_an_answer_that_was_lost_on_the_way_is_not_posted_twice(
    slack: Twin, tmp_path: Path
) -> None:
    room = Room(slack, "socket", 0)
    await slack.post("/control/fault", {"method": "response", "kind": "lost", "times": 1})
    async with running(write_config(tmp_path, **settings(slack, "socket"))):
        sent = await room.types("china trade")
        await room.reads(sent)
        await asyncio.sleep(1)
        assert len(await room.reads(sent)) == 1


@pytest.mark.parametrize(("fault", "times"), [("429", 1), ("503", 2), ("500", 1), ("lost", 1)])
async def test_a_due_briefing_arrives_once_whatever_the_network_does(
    slack: Twin, tmp_path: Path, fault: str, times: int
) -> None:
    every_minute = {**EVERY_MINUTE, "to": [f"slack:{TRADE}"]}
    config = write_config(tmp_path, briefings={"now": every_minute}, **settings(slack, "socket"))
    await set_up_long_ago(config)
    broken = {"method": "chat.postMessage", "kind": fault, "times": times, "retry_after": 1}
    await slack.post("/control/fault", broken)

    async def posted() -> list[dict[str, Any]]:
        return await slack.get(f"/control/messages?channel={TRADE}")

    async with running(config, "--only", "worker"):
        (message,) = await until(posted)
        assert message["metadata"]["event_type"] == "briefing"
    async with running(config, "--only", "worker"):
        await asyncio.sleep(1.5)
    assert len(await posted()) == 1


async def test_a_post_that_a_stop_cuts_off_is_found_and_not_posted_again(
    slack: Twin, tmp_path: Path
) -> None:
    every_minute = {**EVERY_MINUTE, "to": [f"slack:{TRADE}"]}
    config = write_config(tmp_path, briefings={"now": every_minute}, **settings(slack, "socket"))
    await set_up_long_ago(config)
    slow = {"method": "chat.postMessage", "kind": "slow", "retry_after": 12}
    await slack.post("/control/fault", slow)

    async def posted() -> list[dict[str, Any]]:
        return await slack.get(f"/control/messages?channel={TRADE}")

    async with running(config, "--only", "worker") as bot:
        await until(posted)
        status, seconds = await bot.stop()
        assert (status, seconds < 5) == (0, True)
    async with running(config, "--only", "worker") as bot:

        async def is_found() -> bool:
            return any("now of" in line and ": sent" in line for line in bot.log)

        await until(is_found, 30)
    assert len(await posted()) == 1


async def test_an_envelope_that_comes_twice_is_answered_once(slack: Twin, tmp_path: Path) -> None:
    async with running(write_config(tmp_path, **settings(slack, "socket"))):
        room = Room(slack, "socket", 0)
        sent = await room.types("china trade", times=2)
        await room.reads(sent)
        await asyncio.sleep(1)
        assert len(await room.reads(sent)) == 1


async def test_a_refused_token_ends_the_bot_with_a_line_that_says_so(
    slack: Twin, tmp_path: Path
) -> None:
    wrong = settings(slack, "socket")
    wrong["slack"]["app_token"] = "xapp-wrong"
    ended = await bot("run", "--config", str(write_config(tmp_path, **wrong)), folder=tmp_path)
    assert ended.status == 1
    assert "Slack refused a token" in ended.err.splitlines()[-1]
