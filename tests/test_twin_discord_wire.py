"""The loopback Discord on the wire: what a bare client meets, and discord.py would not try."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.twins.discord import BOT, CHANNEL, HIDDEN, SILENT, TOKEN, USER
from tests.twins.process import Twin

MESSAGES = f"/channels/{CHANNEL}/messages"
IDENTIFY = {"op": 2, "d": {"token": TOKEN, "intents": 1}}


@pytest.fixture
async def twin(tmp_path: Path) -> AsyncIterator[Twin]:
    twin = await Twin.start("tests.twins.discord", tmp_path / "discord.jsonl")
    yield twin
    await twin.close()


@pytest.fixture
async def rest(twin: Twin) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bot {TOKEN}"}
    async with aiohttp.ClientSession(twin.base, headers=headers) as session:
        yield session


@pytest.fixture
async def command(rest: aiohttp.ClientSession) -> None:
    commands = [{"name": "brief", "description": "What the news says about it"}]
    async with rest.put(f"/api/v10/applications/{BOT}/commands", json=commands) as response:
        assert response.status == 200


async def hello(socket: aiohttp.ClientWebSocketResponse) -> None:
    assert (await socket.receive_json())["op"] == 10


async def type_brief(twin: Twin) -> Any:
    asked = {"kind": "command", "query": "china trade", "user": USER, "channel": CHANNEL}
    return await twin.post("/control/interaction", asked)


async def refusal(
    rest: aiohttp.ClientSession, path: str, body: Any, **options: Any
) -> tuple[int, int]:
    async with rest.post(f"/api/v10{path}", json=body, **options) as response:
        assert response.headers["Content-Type"] == "application/json"
        return response.status, (await response.json())["code"]


async def test_a_wrong_token_is_refused_at_the_gateway(rest: aiohttp.ClientSession) -> None:
    async with rest.ws_connect("/gateway") as socket:
        await hello(socket)
        await socket.send_json({"op": 2, "d": {"token": "another-token", "intents": 1}})
        await socket.receive()
        assert socket.close_code == 4004


@pytest.mark.usefixtures("command")
async def test_events_are_replayed_in_order_to_a_session_that_resumes(
    twin: Twin, rest: aiohttp.ClientSession
) -> None:
    async with rest.ws_connect("/gateway") as stays, rest.ws_connect("/gateway") as goes:
        for socket in (stays, goes):
            await hello(socket)
            await socket.send_json(IDENTIFY)
        ready, guild = await goes.receive_json(), await goes.receive_json()
        assert (ready["t"], guild["t"]) == ("READY", "GUILD_CREATE")
        await goes.close()
        await type_brief(twin)
        async with rest.ws_connect("/gateway") as back:
            await hello(back)
            session = {"token": TOKEN, "session_id": ready["d"]["session_id"], "seq": guild["s"]}
            await back.send_json({"op": 6, "d": session})
            heard = [await back.receive_json() for _ in range(2)]
    assert [(event["t"], event["s"]) for event in heard] == [
        ("INTERACTION_CREATE", 3),
        ("RESUMED", 4),
    ]


async def test_an_unknown_session_cannot_be_resumed(rest: aiohttp.ClientSession) -> None:
    async with rest.ws_connect("/gateway") as socket:
        await hello(socket)
        await socket.send_json({"op": 6, "d": {"token": TOKEN, "session_id": "gone", "seq": 3}})
        assert await socket.receive_json() == {"op": 9, "d": False}


@pytest.mark.usefixtures("command")
async def test_nobody_can_type_to_a_bot_that_does_not_listen(twin: Twin) -> None:
    with pytest.raises(aiohttp.ClientResponseError, match="no gateway session"):
        await type_brief(twin)


@pytest.mark.usefixtures("command")
async def test_an_interaction_is_acknowledged_once_and_before_anything_is_said(
    twin: Twin, rest: aiohttp.ClientSession
) -> None:
    async with rest.ws_connect("/gateway") as socket:
        await hello(socket)
        await socket.send_json(IDENTIFY)
        await socket.receive_json()
        asked = await type_brief(twin)
    callback = f"/interactions/{asked['id']}/{asked['token']}/callback"
    webhook = f"/webhooks/{BOT}/{asked['token']}"
    assert await refusal(rest, webhook, {"content": "Morning."}) == (404, 10015)
    async with rest.post(f"/api/v10{callback}", json={"type": 5}) as response:
        assert response.status == 204
    assert await refusal(rest, callback, {"type": 5}) == (400, 40060)


@pytest.mark.parametrize(
    ("channel", "expected"),
    [("1", (404, 10003)), (HIDDEN, (403, 50001)), (SILENT, (403, 50013))],
)
async def test_only_an_open_channel_takes_messages(
    rest: aiohttp.ClientSession, channel: str, expected: tuple[int, int]
) -> None:
    path = f"/channels/{channel}/messages"
    assert await refusal(rest, path, {"content": "Morning."}) == expected


@pytest.mark.parametrize(("state", "code"), [("deleted", 10003), ("forbidden", 50013)])
async def test_a_channel_can_be_lost_and_found(
    twin: Twin, rest: aiohttp.ClientSession, state: str, code: int
) -> None:
    await twin.post("/control/channel", {"id": CHANNEL, "state": state})
    assert (await refusal(rest, MESSAGES, {"content": "Morning."}))[1] == code
    await twin.post("/control/channel", {"id": CHANNEL, "state": "open"})
    async with rest.post(f"/api/v10{MESSAGES}", json={"content": "Morning."}) as response:
        assert response.status == 200


async def test_a_session_hears_what_becomes_of_a_channel(
    twin: Twin, rest: aiohttp.ClientSession
) -> None:
    async with rest.ws_connect("/gateway") as socket:
        await hello(socket)
        await socket.send_json(IDENTIFY)
        await socket.receive_json()
        await socket.receive_json()
        for state in ("forbidden", "deleted", "open"):
            await twin.post("/control/channel", {"id": CHANNEL, "state": state})
        heard = [(await socket.receive_json())["t"] for _ in range(3)]
    assert heard == ["CHANNEL_UPDATE", "CHANNEL_DELETE", "CHANNEL_CREATE"]


async def test_a_nonce_stands_for_a_message_even_when_that_is_deleted(
    twin: Twin, rest: aiohttp.ClientSession
) -> None:
    async def post() -> Any:
        body = {"content": "Morning.", "nonce": "morning-1", "enforce_nonce": True}
        async with rest.post(f"/api/v10{MESSAGES}", json=body) as response:
            return await response.json()

    first = await post()
    await twin.post("/control/delete", {"channel": CHANNEL, "id": first["id"]})
    assert (await post())["code"] == 10008
    assert await twin.get(f"/control/messages?channel={CHANNEL}") == []
    (told,) = (await twin.get("/control/messages"))[CHANNEL]
    assert (told["id"], told["nonce"], told["deleted"]) == (first["id"], "morning-1", True)


async def test_history_tells_no_nonce_and_is_refused_or_empty_without_permission(
    twin: Twin, rest: aiohttp.ClientSession
) -> None:
    async def read() -> tuple[int, Any]:
        async with rest.get(f"/api/v10{MESSAGES}") as response:
            return response.status, await response.json()

    async with rest.post(f"/api/v10{MESSAGES}", json={"content": "a", "nonce": "n"}):
        pass
    status, (message,) = await read()
    assert (status, message["content"], "nonce" in message) == (200, "a", False)
    await twin.post("/control/permissions", {"history": False})
    status, error = await read()
    assert (status, error["code"]) == (403, 50001)
    await twin.post("/control/permissions", {"history": "empty"})
    assert await read() == (200, [])
    await twin.post("/control/permissions", {"history": True})
    assert await read() == (200, [message])


async def test_the_api_wants_the_bots_token(rest: aiohttp.ClientSession) -> None:
    headers = {"Authorization": TOKEN}
    assert await refusal(rest, MESSAGES, {"content": "a"}, headers=headers) == (401, 0)


async def test_an_unknown_path_is_not_found(rest: aiohttp.ClientSession) -> None:
    assert await refusal(rest, "/nowhere", {}) == (404, 0)


@pytest.mark.parametrize(
    ("body", "code"), [([], 50109), ({}, 50006), ({"content": "a" * 2001}, 50035)]
)
async def test_a_body_that_is_no_good_message_is_refused(
    twin: Twin, rest: aiohttp.ClientSession, body: Any, code: int
) -> None:
    assert await refusal(rest, MESSAGES, body) == (400, code)
    assert await twin.get(f"/control/messages?channel={CHANNEL}") == []


async def test_a_500_stores_nothing_and_is_logged(twin: Twin, rest: aiohttp.ClientSession) -> None:
    await twin.post("/control/fault", {"route": "any", "kind": "500"})
    body = {"content": "Morning."}
    assert await refusal(rest, MESSAGES, body) == (500, 0)
    assert await twin.get(f"/control/messages?channel={CHANNEL}") == []
    (line,) = await twin.get("/control/log")
    assert (line["status"], line["body"]) == (500, body)


async def test_a_module_that_does_not_listen_is_no_twin(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="did not say that it listens"):
        await Twin.start("tests.twins.process", tmp_path / "log")
