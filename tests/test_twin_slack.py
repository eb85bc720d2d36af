"""The loopback Slack, as the real slack_sdk and slack_bolt see it."""

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
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.twins.process import Twin

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-test", "xapp-test", "a-signing-secret"
TRADE, GENERAL = "C0TRADE", "C0GENERAL"
PRESS = {"action_id": "brief:more", "value": "more", "user": "U0ANNA", "channel": TRADE}
COMMAND = {"text": "china trade", "user": "U0ANNA", "channel": TRADE}
MORE = {"type": "plain_text", "text": "More"}
BUTTON = {"type": "button", "text": MORE, "action_id": "brief:more", "value": "more"}
BLOCKS = [{"type": "actions", "elements": [BUTTON]}]


@pytest.fixture
async def twin(tmp_path: Path) -> AsyncIterator[Twin]:
    async with _running(tmp_path) as twin:
        yield twin


@asynccontextmanager
async def _running(folder: Path, *args: str) -> AsyncIterator[Twin]:
    secrets = ("--bot-token", BOT_TOKEN, "--app-token", APP_TOKEN, "--signing-secret", SECRET)
    twin = await Twin.start("tests.twins.slack", folder / "slack.jsonl", *secrets, *args)
    try:
        yield twin
    finally:
        await twin.close()


def _client(twin: Twin, token: str | None = BOT_TOKEN) -> AsyncWebClient:
    return AsyncWebClient(token=token, base_url=f"{twin.base}/api/", retry_handlers=[])


def _app(twin: Twin) -> AsyncApp:
    """An app that answers commands and presses, and asks Slack nothing to authorise them."""

    async def authorize(team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=team_id, bot_token=BOT_TOKEN)

    app = AsyncApp(client=_client(twin, None), signing_secret=SECRET, authorize=authorize)

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


async def _texts(twin: Twin) -> list[str]:
    return [m["text"] for m in await twin.get(f"/control/messages?channel={TRADE}")]


async def _reads(twin: Twin, *texts: str) -> bool:
    return await _texts(twin) == list(texts)


async def _paths(twin: Twin) -> list[str]:
    return [line["path"] for line in await twin.get("/control/log")]


async def _error(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_posted_message_is_the_newest_of_its_channels_history(twin: Twin) -> None:
    client = _client(twin)
    for text in ("one", "two", "three"):
        await client.chat_postMessage(channel=TRADE, text=text)
    first = await client.conversations_history(channel=TRADE, limit=2)
    assert [m["text"] for m in first["messages"]] == ["three", "two"]
    assert first["has_more"]
    cursor = first["response_metadata"]["next_cursor"]
    rest = await client.conversations_history(channel=TRADE, limit=2, cursor=cursor)
    assert [m["text"] for m in rest["messages"]] == ["one"]
    assert not rest["has_more"]


async def test_history_is_cut_by_time_without_its_ends_unless_inclusive(twin: Twin) -> None:
    client = _client(twin)
    ts = [(await client.chat_postMessage(channel=TRADE, text=t))["ts"] for t in "abcd"]
    between = await client.conversations_history(channel=TRADE, oldest=ts[0], latest=ts[3])
    assert [m["text"] for m in between["messages"]] == ["c", "b"]
    since = await client.conversations_history(channel=TRADE, oldest=ts[2], inclusive=True)
    assert [m["text"] for m in since["messages"]] == ["d", "c"]


async def test_metadata_comes_back_only_when_it_is_asked_for(twin: Twin) -> None:
    client = _client(twin)
    metadata = {"event_type": "briefing", "event_payload": {"slot": "2026-08-01T08:30"}}
    await client.chat_postMessage(channel=TRADE, text="hello", metadata=metadata)
    plain = await client.conversations_history(channel=TRADE)
    assert "metadata" not in plain["messages"][0]
    full = await client.conversations_history(channel=TRADE, include_all_metadata=True)
    assert full["messages"][0]["metadata"] == metadata


async def test_an_update_changes_the_message_in_place(twin: Twin) -> None:
    client = _client(twin)
    ts = (await client.chat_postMessage(channel=TRADE, text="draft"))["ts"]
    await client.chat_update(channel=TRADE, ts=ts, text="final")
    assert await _texts(twin) == ["final"]
    missed = await _error(client.chat_update(channel=TRADE, ts="1.0", text="x"))
    assert missed == "message_not_found"


async def test_a_name_is_enough_to_post_but_not_to_read(twin: Twin) -> None:
    client = _client(twin)
    posted = await client.chat_postMessage(channel="#trade", text="hello")
    assert posted["channel"] == TRADE
    assert await _error(client.conversations_history(channel="#trade")) == "channel_not_found"


async def test_channels_are_listed_page_by_page(twin: Twin) -> None:
    client = _client(twin)
    names = []
    async for page in await client.conversations_list(limit=2, exclude_archived=True):
        names += [channel["name"] for channel in page["channels"]]
    assert sorted(names) == ["bot-admin", "general", "notices", "press", "trade"]


async def test_channels_that_take_no_message_say_why(twin: Twin) -> None:
    client = _client(twin)
    reasons = {
        "C0NOWHERE": "channel_not_found",
        "C0PRESS": "not_in_channel",
        "C0ARCHIVE": "is_archived",
        "C0NOTICES": "restricted_action",
    }
    for channel, reason in reasons.items():
        assert await _error(client.chat_postMessage(channel=channel, text="x")) == reason
    assert (await client.conversations_join(channel="C0PRESS"))["channel"]["is_member"]
    await client.chat_postMessage(channel="C0PRESS", text="now it goes")


async def test_people_are_known_and_strangers_are_not(twin: Twin) -> None:
    client = _client(twin)
    assert (await client.auth_test())["bot_id"] == "B0BRIEF"
    assert (await client.users_info(user="U0ANNA"))["user"]["name"] == "anna"
    assert await _error(client.users_info(user="U0NOBODY")) == "user_not_found"
    whisper = await client.chat_postEphemeral(channel=TRADE, user="U0ANNA", text="psst")
    assert whisper["message_ts"]
    assert await _texts(twin) == []


async def test_wrong_tokens_are_refused(twin: Twin) -> None:
    assert await _error(_client(twin, "xoxb-wrong").auth_test()) == "invalid_auth"
    assert await _error(_client(twin, None).auth_test()) == "not_authed"
    assert await _error(_client(twin, APP_TOKEN).auth_test()) == "not_allowed_token_type"
    opening = _client(twin).apps_connections_open
    assert await _error(opening(app_token="xapp-wrong")) == "invalid_auth"
    assert await _error(opening(app_token=BOT_TOKEN)) == "not_allowed_token_type"
    async with aiohttp.ClientSession(twin.base) as session:
        refused = await session.get("/socket", params={"ticket": "guessed"})
        assert refused.status == 403


async def test_bad_blocks_are_refused_with_the_place_of_each_mistake(twin: Twin) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    with pytest.raises(SlackApiError) as caught:
        await _client(twin).chat_postMessage(channel=TRADE, text="hello", blocks=blocks)
    assert caught.value.response["error"] == "invalid_blocks"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]
    assert await _texts(twin) == []


async def test_form_encoded_bodies_are_read_too(twin: Twin) -> None:
    blocks = json.dumps([{"type": "divider"}])
    form = {"channel": TRADE, "text": "hello", "blocks": blocks, "token": BOT_TOKEN}
    async with aiohttp.ClientSession(twin.base) as session:
        answer = await session.post("/api/chat.postMessage", data=form)
        assert (await answer.json())["message"]["blocks"] == [{"type": "divider"}]


async def test_a_429_says_when_to_come_back_and_stores_nothing(twin: Twin) -> None:
    fault = {"method": "chat.postMessage", "kind": "429", "retry_after": 7}
    await twin.post("/control/fault", fault)
    with pytest.raises(SlackApiError) as caught:
        await _client(twin).chat_postMessage(channel=TRADE, text="hello")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"
    assert await _texts(twin) == []


async def test_the_rate_limit_handler_comes_back_and_posts_once(twin: Twin) -> None:
    await twin.post("/control/fault", {"method": "any", "kind": "429", "retry_after": 0})
    client = _client(twin)
    client.retry_handlers = [AsyncRateLimitErrorRetryHandler()]
    await client.chat_postMessage(channel=TRADE, text="hello")
    assert await _texts(twin) == ["hello"]


async def test_an_answer_lost_leaves_the_message_stored(twin: Twin) -> None:
    await twin.post("/control/fault", {"method": "chat.postMessage", "kind": "lost"})
    with pytest.raises(aiohttp.ClientConnectionError):
        await _client(twin).chat_postMessage(channel=TRADE, text="hello")
    assert await _texts(twin) == ["hello"]
    assert (await twin.get("/control/log"))[-1]["status"] is None


async def test_the_default_client_posts_twice_when_the_answer_is_lost(twin: Twin) -> None:
    await twin.post("/control/fault", {"method": "chat.postMessage", "kind": "lost"})
    client = AsyncWebClient(token=BOT_TOKEN, base_url=f"{twin.base}/api/")
    await client.chat_postMessage(channel=TRADE, text="hello")
    assert await _texts(twin) == ["hello", "hello"]


async def test_a_500_stores_nothing_and_a_slow_answer_stores_at_once(twin: Twin) -> None:
    await twin.post("/control/fault", {"method": "chat.postMessage", "kind": "500"})
    refused = await _error(_client(twin).chat_postMessage(channel=TRADE, text="no"))
    assert refused == "internal_error"
    await twin.post("/control/fault", {"method": "chat.postMessage", "kind": "slow"})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await _client(twin).chat_postMessage(channel=TRADE, text="late")
    assert await _texts(twin) == ["late"]


async def test_a_fault_of_no_known_kind_is_refused(twin: Twin) -> None:
    with pytest.raises(aiohttp.ClientResponseError):
        await twin.post("/control/fault", {"method": "any", "kind": "fire"})


async def test_a_paced_twin_lets_a_burst_through_and_then_one_a_second(tmp_path: Path) -> None:
    async with _running(tmp_path, "--pace", "on") as twin:
        client = _client(twin)
        posts = [client.chat_postMessage(channel=TRADE, text=str(n)) for n in range(10)]
        results = await asyncio.gather(*posts, return_exceptions=True)
        refused = [result for result in results if isinstance(result, SlackApiError)]
        assert 1 <= len(refused) <= 6
        assert {error.response.headers["Retry-After"] for error in refused} == {"1"}
        await client.chat_postMessage(channel=GENERAL, text="elsewhere it goes")
        await asyncio.sleep(1)
        await client.chat_postMessage(channel=TRADE, text="now it goes")


async def test_every_body_received_becomes_a_line_of_the_log(twin: Twin, tmp_path: Path) -> None:
    async with _socket_app(twin):
        await twin.post("/control/command", COMMAND | {"mode": "socket"})
        await _until(lambda: _texts(twin))
    lines = [json.loads(line) for line in (tmp_path / "slack.jsonl").read_text().splitlines()]
    assert lines == await twin.get("/control/log")
    assert {line["path"].split("/")[1] for line in lines} == {"api", "socket", "response"}
    answer = next(line for line in lines if line["path"].startswith("/response/"))
    assert (answer["method"], answer["status"]) == ("POST", 200)
    assert answer["body"]["text"] == "About china trade"


async def test_a_command_over_the_socket_is_acknowledged_and_answered(twin: Twin) -> None:
    async with _socket_app(twin):
        sent = await twin.post("/control/command", COMMAND | {"mode": "socket"})
        await _until(lambda: _texts(twin))
    assert sent["error"] is None
    assert sent["ack"] is None
    assert 0 < sent["acknowledged_ms"] < 3000
    uses = (await twin.get(f"/control/response/{sent['id']}"))["uses"]
    assert uses == [{"text": "About china trade", "response_type": "in_channel"}]
    assert await _texts(twin) == ["About china trade"]
    assert "/api/auth.test" not in await _paths(twin)


async def test_a_press_reaches_its_listener_with_the_message_it_stands_on(twin: Twin) -> None:
    await _client(twin).chat_postMessage(channel=TRADE, text="page 1", blocks=BLOCKS)
    async with _socket_app(twin):
        sent = await twin.post("/control/button", PRESS | {"mode": "socket"})
        assert sent["error"] is None
        await _until(lambda: _reads(twin, "More of page 1"))


async def test_with_nobody_connected_the_member_is_told_so(twin: Twin) -> None:
    sent = await twin.post("/control/command", COMMAND | {"mode": "socket"})
    assert (sent["error"], sent["acknowledged_ms"]) == ("dispatch_failed", None)


async def test_a_command_not_acknowledged_in_three_seconds_has_failed(twin: Twin) -> None:
    url = (await _client(twin).apps_connections_open(app_token=APP_TOKEN))["url"]
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
        await _until(lambda: _texts(twin))

        request = {key: sent[key] for key in ("timestamp", "signature", "body")} | {"url": url}
        replayed = await twin.post("/control/raw", request)
        forged = await twin.post("/control/raw", request | {"signature": "v0=00"})
        unsigned = {"url": url, "body": sent["body"], "timestamp": int(time.time()) - 301}
        stale = await twin.post("/control/raw", unsigned)
        await _until(lambda: _reads(twin, *["About china trade"] * 2))
    assert [replayed["status"], forged["status"], stale["status"]] == [200, 401, 401]


async def test_a_press_arrives_by_signed_http_too(twin: Twin) -> None:
    await _client(twin).chat_postMessage(channel=TRADE, text="page 1", blocks=BLOCKS)
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
    assert await _texts(twin) == []
