"""The loopback Slack's Web API, as the real slack_sdk sees it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from tests.twins.process import Twin
from tests.twins.slack_client import APP_TOKEN, BOT_TOKEN, GENERAL, TRADE, client, running, texts


@pytest.fixture
async def twin(tmp_path: Path) -> AsyncIterator[Twin]:
    async with running(tmp_path) as twin:
        yield twin


async def _error(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_posted_message_is_the_newest_of_its_channels_history(twin: Twin) -> None:
    slack = client(twin)
    for text in ("one", "two", "three"):
        await slack.chat_postMessage(channel=TRADE, text=text)
    first = await slack.conversations_history(channel=TRADE, limit=2)
    assert [m["text"] for m in first["messages"]] == ["three", "two"]
    assert first["has_more"]
    cursor = first["response_metadata"]["next_cursor"]
    rest = await slack.conversations_history(channel=TRADE, limit=2, cursor=cursor)
    assert [m["text"] for m in rest["messages"]] == ["one"]
    assert not rest["has_more"]


async def test_history_is_cut_by_time_without_its_ends_unless_inclusive(twin: Twin) -> None:
    slack = client(twin)
    ts = [(await slack.chat_postMessage(channel=TRADE, text=t))["ts"] for t in "abcd"]
    between = await slack.conversations_history(channel=TRADE, oldest=ts[0], latest=ts[3])
    assert [m["text"] for m in between["messages"]] == ["c", "b"]
    since = await slack.conversations_history(channel=TRADE, oldest=ts[2], inclusive=True)
    assert [m["text"] for m in since["messages"]] == ["d", "c"]


async def test_metadata_comes_back_only_when_it_is_asked_for(twin: Twin) -> None:
    slack = client(twin)
    metadata = {"event_type": "briefing", "event_payload": {"slot": "2026-08-01T08:30"}}
    await slack.chat_postMessage(channel=TRADE, text="hello", metadata=metadata)
    plain = await slack.conversations_history(channel=TRADE)
    assert "metadata" not in plain["messages"][0]
    full = await slack.conversations_history(channel=TRADE, include_all_metadata=True)
    assert full["messages"][0]["metadata"] == metadata


async def test_a_message_is_found_by_its_metadata_pages_later(twin: Twin) -> None:
    slack = client(twin)
    posted = {}
    for number in range(7):
        metadata = {"event_type": "briefing", "event_payload": {"key": f"slot-{number}"}}
        answer = await slack.chat_postMessage(channel="#trade", text="hi", metadata=metadata)
        posted[f"slot-{number}"] = answer["ts"]
    found = {}
    async for page in await slack.conversations_history(
        channel=TRADE, limit=2, oldest=posted["slot-2"], include_all_metadata=True
    ):
        for message in page["messages"]:
            found[message["metadata"]["event_payload"]["key"]] = message["ts"]
    assert found == {key: ts for key, ts in posted.items() if key > "slot-2"}


async def test_without_the_scopes_nothing_is_read_or_listed(twin: Twin) -> None:
    slack = client(twin)
    await twin.post("/control/permissions", {"history": False, "list": False})
    with pytest.raises(SlackApiError, match="missing_scope") as caught:
        await slack.conversations_history(channel=TRADE)
    assert caught.value.response["needed"] == "channels:history"
    assert "channels:history" not in caught.value.response["provided"].split(",")
    assert await _error(slack.conversations_list()) == "missing_scope"
    await twin.post("/control/permissions", {"history": True, "list": True})
    assert (await slack.conversations_history(channel=TRADE))["messages"] == []
    assert (await slack.conversations_list())["channels"]


async def test_an_update_changes_the_message_in_place(twin: Twin) -> None:
    slack = client(twin)
    ts = (await slack.chat_postMessage(channel=TRADE, text="draft"))["ts"]
    await slack.chat_update(channel=TRADE, ts=ts, text="final")
    assert await texts(twin) == ["final"]
    missed = await _error(slack.chat_update(channel=TRADE, ts="1.0", text="x"))
    assert missed == "message_not_found"


async def test_a_name_is_enough_to_post_but_not_to_read(twin: Twin) -> None:
    slack = client(twin)
    posted = await slack.chat_postMessage(channel="#trade", text="hello")
    assert posted["channel"] == TRADE
    assert await _error(slack.conversations_history(channel="#trade")) == "channel_not_found"


async def test_channels_are_listed_page_by_page(twin: Twin) -> None:
    slack = client(twin)
    names = []
    async for page in await slack.conversations_list(limit=2, exclude_archived=True):
        names += [channel["name"] for channel in page["channels"]]
    assert sorted(names) == ["bot-admin", "general", "notices", "press", "trade"]


async def test_channels_are_listed_by_their_types(twin: Twin) -> None:
    slack = client(twin)
    both = await slack.conversations_list(types="public_channel,private_channel")
    assert len(both["channels"]) == 6
    assert (await slack.conversations_list(types="private_channel"))["channels"] == []
    assert await _error(slack.conversations_list(types="public")) == "invalid_types"


async def test_as_many_channels_are_made_as_are_asked_for(tmp_path: Path) -> None:
    async with running(tmp_path, "--channels", "300") as twin:
        listed = [
            channel["id"]
            async for page in await client(twin).conversations_list(limit=200)
            for channel in page["channels"]
        ]
        posted = await client(twin).chat_postMessage(channel="#c300", text="hello")
        stored = await twin.get("/control/messages")
    assert len(listed) == 306
    assert posted["channel"] == "C9000300"
    assert [m["text"] for m in stored["C9000300"]] == ["hello"]


async def test_a_channel_can_be_lost_and_found(twin: Twin) -> None:
    async def becomes(state: str) -> str:
        await twin.post("/control/channel", {"id": TRADE, "state": state})
        return await _error(client(twin).chat_postMessage(channel=TRADE, text="x"))

    assert await becomes("archived") == "is_archived"
    assert await becomes("forbidden") == "restricted_action"
    assert await becomes("deleted") == "channel_not_found"
    listed = (await client(twin).conversations_list())["channels"]
    assert TRADE not in {channel["id"] for channel in listed}
    await twin.post("/control/channel", {"id": TRADE, "state": "open"})
    await client(twin).chat_postMessage(channel=TRADE, text="x")


async def test_channels_that_take_no_message_say_why(twin: Twin) -> None:
    slack = client(twin)
    reasons = {
        "C0NOWHERE": "channel_not_found",
        "C0PRESS": "not_in_channel",
        "C0ARCHIVE": "is_archived",
        "C0NOTICES": "restricted_action",
    }
    for channel, reason in reasons.items():
        assert await _error(slack.chat_postMessage(channel=channel, text="x")) == reason
    assert (await slack.conversations_join(channel="C0PRESS"))["channel"]["is_member"]
    await slack.chat_postMessage(channel="C0PRESS", text="now it goes")


async def test_people_are_known_and_strangers_are_not(twin: Twin) -> None:
    slack = client(twin)
    assert (await slack.auth_test())["bot_id"] == "B0BRIEF"
    assert (await slack.users_info(user="U0ANNA"))["user"]["name"] == "anna"
    assert await _error(slack.users_info(user="U0NOBODY")) == "user_not_found"
    whisper = await slack.chat_postEphemeral(channel=TRADE, user="U0ANNA", text="psst")
    assert whisper["message_ts"]
    assert await texts(twin) == []


async def test_wrong_tokens_are_refused(twin: Twin) -> None:
    assert await _error(client(twin, "xoxb-wrong").auth_test()) == "invalid_auth"
    assert await _error(client(twin, None).auth_test()) == "not_authed"
    assert await _error(client(twin, APP_TOKEN).auth_test()) == "not_allowed_token_type"
    opening = client(twin).apps_connections_open
    assert await _error(opening(app_token="xapp-wrong")) == "invalid_auth"
    assert await _error(opening(app_token=BOT_TOKEN)) == "not_allowed_token_type"
    async with aiohttp.ClientSession(twin.base) as session:
        refused = await session.get("/socket", params={"ticket": "guessed"})
        assert refused.status == 403


async def test_bad_blocks_are_refused_with_the_place_of_each_mistake(twin: Twin) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    with pytest.raises(SlackApiError) as caught:
        await client(twin).chat_postMessage(channel=TRADE, text="hello", blocks=blocks)
    assert caught.value.response["error"] == "invalid_blocks"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]
    assert await texts(twin) == []


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
        await client(twin).chat_postMessage(channel=TRADE, text="hello")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"
    assert await texts(twin) == []


async def test_the_rate_limit_handler_comes_back_and_posts_once(twin: Twin) -> None:
    await twin.post("/control/fault", {"method": "any", "kind": "429", "retry_after": 0})
    slack = client(twin)
    slack.retry_handlers = [AsyncRateLimitErrorRetryHandler()]
    await slack.chat_postMessage(channel=TRADE, text="hello")
    assert await texts(twin) == ["hello"]


async def test_an_answer_lost_leaves_the_message_stored(twin: Twin) -> None:
    await twin.post("/control/fault", {"method": "chat.postMessage", "kind": "lost"})
    with pytest.raises(aiohttp.ClientConnectionError):
        await client(twin).chat_postMessage(channel=TRADE, text="hello")
    assert await texts(twin) == ["hello"]
    assert (await twin.get("/control/log"))[-1]["status"] is None


async def test_the_default_client_posts_twice_when_the_answer_is_lost(twin: Twin) -> None:
    await twin.post("/control/fault", {"method": "chat.postMessage", "kind": "lost"})
    slack = AsyncWebClient(token=BOT_TOKEN, base_url=f"{twin.base}/api/")
    await slack.chat_postMessage(channel=TRADE, text="hello")
    assert await texts(twin) == ["hello", "hello"]


async def test_a_500_stores_nothing_and_a_slow_answer_stores_at_once(twin: Twin) -> None:
    await twin.post("/control/fault", {"method": "chat.postMessage", "kind": "500"})
    refused = await _error(client(twin).chat_postMessage(channel=TRADE, text="no"))
    assert refused == "internal_error"
    await twin.post("/control/fault", {"method": "chat.postMessage", "kind": "slow"})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await client(twin).chat_postMessage(channel=TRADE, text="late")
    assert await texts(twin) == ["late"]


async def test_a_paced_twin_lets_a_burst_through_and_then_one_a_second(tmp_path: Path) -> None:
    async with running(tmp_path, "--pace", "on") as twin:
        slack = client(twin)
        posts = [slack.chat_postMessage(channel=TRADE, text=str(n)) for n in range(10)]
        results = await asyncio.gather(*posts, return_exceptions=True)
        refused = [result for result in results if isinstance(result, SlackApiError)]
        assert 1 <= len(refused) <= 6
        assert {error.response.headers["Retry-After"] for error in refused} == {"1"}
        await slack.chat_postMessage(channel=GENERAL, text="elsewhere it goes")
        await asyncio.sleep(1)
        await slack.chat_postMessage(channel=TRADE, text="now it goes")
