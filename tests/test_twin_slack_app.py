"""Commands, presses and answers by the loopback Slack, as the real slack_bolt sees them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.twins.process import Twin
from tests.twins.slack_client import APP_TOKEN, BOT_TOKEN, SECRET, TRADE, client, running, texts

PRESS = {"action_id": "brief:more", "value": "more", "user": "U0ANNA", "channel": TRADE}
COMMAND = {"text": "china trade", "user": "U0ANNA", "channel": TRADE}
MORE = {"type": "plain_text", "text": "More"}
BUTTON = {"type": "button", "text": MORE, "action_id": "brief:more", "value": "more"}
BLOCKS = [{"type": "actions", "elements": [BUTTON]}]


@pytest.fixture
async def twin(tmp_path: Path) -> AsyncIterator[Twin]:
    async with running(tmp_path) as twin:
        yield twin


def _app(twin: Twin) -> AsyncApp:
    """An app that answers commands and presses, and asks Slack nothing to authorise them."""

    async def authorize(team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=team_id, bot_token=BOT_TOKEN)

    app = AsyncApp(client=client(twin, None), signing_secret=SECRET, authorize=authorize)

    @app.command("/brief")
    async def brief(ack: Any, respond: Any, command: dict[str, Any]) -> None:
        await ack()
        await respond(text=f"About {command['text']}", response_type="in_channel")

    @app.action("brief:more")
    async def more(ack: Any, respond: Any, body: dict[str, Any]) -> None:
        await ack()
        await respond(text=f"More of {body['message']['text']}", replace_original=True)

    return app


@asynccontextmanager
async def _socket_app(twin: Twin, ping_interval: float = 10) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(_app(twin), APP_TOKEN, ping_interval=ping_interval)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        await _until(lambda: _sockets(twin, 1))
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def _http_app(twin: Twin) -> AsyncIterator[str]:
    runner = web.AppRunner(_app(twin).web_app("/slack/events", 0))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


async def _sockets(twin: Twin, number: int) -> bool:
    return bool((await twin.get("/control/ready"))["sockets"] == number)


async def _until(true: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(5):
        while not await true():
            await asyncio.sleep(0.02)


async def _reads(twin: Twin, *expected: str) -> bool:
    return await texts(twin) == list(expected)


async def _paths(twin: Twin) -> list[str]:
    return [line["path"] for line in await twin.get("/control/log")]


async def test_every_body_received_becomes_a_line_of_the_log(twin: Twin, tmp_path: Path) -> None:
    async with _socket_app(twin):
        await twin.post("/control/command", COMMAND | {"mode": "socket"})
        await _until(lambda: texts(twin))
    lines = [json.loads(line) for line in (tmp_path / "slack.jsonl").read_text().splitlines()]
    assert lines == await twin.get("/control/log")
    assert {line["path"].split("/")[1] for line in lines} == {"api", "socket", "response"}
    answer = next(line for line in lines if line["path"].startswith("/response/"))
    assert (answer["method"], answer["status"]) == ("POST", 200)
    assert answer["body"]["text"] == "About china trade"


async def test_a_command_over_the_socket_is_acknowledged_and_answered(twin: Twin) -> None:
    async with _socket_app(twin):
        sent = await twin.post("/control/command", COMMAND | {"mode": "socket"})
        await _until(lambda: texts(twin))
    assert sent["error"] is None
    assert sent["ack"] is None
    assert 0 < sent["acknowledged_ms"] < 3000
    uses = (await twin.get(f"/control/response/{sent['id']}"))["uses"]
    assert uses == [{"text": "About china trade", "response_type": "in_channel"}]
    assert await texts(twin) == ["About china trade"]
    assert "/api/auth.test" not in await _paths(twin)


async def test_commands_amid_many_posts_tell_when_each_was_acknowledged(twin: Twin) -> None:
    slack = client(twin)
    async with _socket_app(twin):
        posts = [slack.chat_postMessage(channel=TRADE, text=str(n)) for n in range(200)]
        command = COMMAND | {"mode": "socket"}
        commands = [twin.post("/control/command", command) for _ in range(10)]
        sent, _ = await asyncio.gather(asyncio.gather(*commands), asyncio.gather(*posts))
    assert [report["error"] for report in sent] == [None] * 10
    assert all(0 < report["acknowledged_ms"] < 3000 for report in sent)


async def test_a_press_reaches_its_listener_with_the_message_it_stands_on(twin: Twin) -> None:
    await client(twin).chat_postMessage(channel=TRADE, text="page 1", blocks=BLOCKS)
    async with _socket_app(twin):
        sent = await twin.post("/control/button", PRESS | {"mode": "socket"})
        assert sent["error"] is None
        await _until(lambda: _reads(twin, "More of page 1"))


async def test_with_nobody_connected_the_member_is_told_so(twin: Twin) -> None:
    sent = await twin.post("/control/command", COMMAND | {"mode": "socket"})
    assert (sent["error"], sent["acknowledged_ms"]) == ("dispatch_failed", None)


async def test_a_command_not_acknowledged_in_three_seconds_has_failed(twin: Twin) -> None:
    url = (await client(twin).apps_connections_open(app_token=APP_TOKEN))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        sent = await twin.post("/control/command", COMMAND | {"mode": "socket"})
        assert (await socket.receive_json())["payload"]["command"] == "/brief"
    assert (sent["error"], sent["acknowledged_ms"]) == ("operation_timeout", None)


@pytest.mark.parametrize("kind", ["warning", "refresh_requested", "drop"])
async def test_a_client_that_is_disconnected_comes_back(twin: Twin, kind: str) -> None:
    async with _socket_app(twin, ping_interval=0.2):
        await twin.post("/control/disconnect", {"type": kind})
        await _until(lambda: _connected_again(twin))
        await _until(lambda: _hears_commands(twin))
    await _until(lambda: _sockets(twin, 0))


async def _connected_again(twin: Twin) -> bool:
    opened = (await _paths(twin)).count("/api/apps.connections.open")
    return opened >= 2 and await _sockets(twin, 1)


async def _hears_commands(twin: Twin) -> bool:
    """The old socket may still be open for a moment, with nobody behind it."""
    sent = await twin.post("/control/command", COMMAND | {"mode": "socket"})
    return sent["error"] is None


async def test_a_signed_command_is_accepted_and_a_forged_or_stale_one_is_not(twin: Twin) -> None:
    async with _http_app(twin) as url:
        sent = await twin.post("/control/command", COMMAND | {"mode": "http", "url": url})
        assert (sent["status"], sent["error"]) == (200, None)
        await _until(lambda: texts(twin))

        request = {key: sent[key] for key in ("timestamp", "signature", "body")} | {"url": url}
        replayed = await twin.post("/control/raw", request)
        forged = await twin.post("/control/raw", request | {"signature": "v0=00"})
        unsigned = {"url": url, "body": sent["body"], "timestamp": int(time.time()) - 301}
        stale = await twin.post("/control/raw", unsigned)
        await _until(lambda: _reads(twin, *["About china trade"] * 2))
    assert [replayed["status"], forged["status"], stale["status"]] == [200, 401, 401]


async def test_a_press_arrives_by_signed_http_too(twin: Twin) -> None:
    await client(twin).chat_postMessage(channel=TRADE, text="page 1", blocks=BLOCKS)
    async with _http_app(twin) as url:
        sent = await twin.post("/control/button", PRESS | {"mode": "http", "url": url})
        assert sent["status"] == 200
        await _until(lambda: _reads(twin, "More of page 1"))


async def test_an_app_that_does_not_take_the_command_fails_for_the_member(twin: Twin) -> None:
    async with _http_app(twin) as url:
        wish = COMMAND | {"mode": "http", "url": url.replace("events", "nowhere")}
        sent = await twin.post("/control/command", wish)
    assert (sent["status"], sent["error"]) == (404, "dispatch_failed")


async def test_a_response_url_is_good_for_five_uses(twin: Twin) -> None:
    sent = await twin.post("/control/command", COMMAND | {"mode": "socket"})
    hook = AsyncWebhookClient(f"{twin.base}/response/{sent['id']}", retry_handlers=[])
    broken = await hook.send(text="hello <!channel>")
    assert (broken.status_code, json.loads(broken.body)["error"]) == (400, "would_ping")
    for number in range(5):
        assert (await hook.send(text=str(number))).body == "ok"
    spent = await hook.send(text="5")
    assert (spent.status_code, json.loads(spent.body)["error"]) == (404, "used_url")
    assert len((await twin.get(f"/control/response/{sent['id']}"))["uses"]) == 5
    assert await texts(twin) == []
