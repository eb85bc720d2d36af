"""What the loopback Slack takes for a message, and what it refuses."""

import time
from typing import Any

import pytest

from tests.twins.slack_rules import Refusal, check
from tests.twins.slack_workspace import Workspace

BUTTON = {
    "type": "button",
    "text": {"type": "plain_text", "text": "More"},
    "action_id": "brief:more",
    "value": "more",
}


def _section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}} | more


def _header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": text}}


def _buttons(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(buttons)}


def _many(number: int, **more: Any) -> list[dict[str, Any]]:
    return [BUTTON | {"action_id": f"a{n}"} | more for n in range(number)]


def _context(*texts: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text} for text in texts]}


def _fields(*texts: str) -> dict[str, Any]:
    return {"type": "section", "fields": [{"type": "mrkdwn", "text": text} for text in texts]}


@pytest.mark.parametrize(
    "blocks",
    [
        [{"type": "divider"}] * 50,
        [_header("x" * 150), _section("x" * 3000, block_id="b" * 255)],
        [_context(*("x",) * 10), _fields(*("x" * 2000,) * 5)],
        [_buttons(*_many(25, value="v" * 2000, url="u" * 3000))],
        [_section("x" * 2600)] * 5,
        [_header("<!channel> @here, only shown")],
        [_section("a &lt;!channel&gt; and @everyone, not parsed in a verbatim text")],
    ],
)
def test_what_is_just_within_the_limits_is_taken(blocks: list[dict[str, Any]]) -> None:
    check({"text": "x" * 40_000, "blocks": blocks})


@pytest.mark.parametrize(
    ("block", "what", "where"),
    [
        (_section("x" * 3001), "less than 3001", "/text/text"),
        (_section(""), "more than 0", "/text/text"),
        ({"type": "section"}, "missing required field", ""),
        (_section("x", colour="red"), "no more fields allowed: colour", ""),
        (_section("x", block_id="b" * 256), "less than 256", "/block_id"),
        (_section("x", block_id=7), "must be a string", "/block_id"),
        (_section("x", accessory={"type": "image"}), "unsupported element", "/accessory"),
        (_fields("x" * 2001), "less than 2001", "/fields/0/text"),
        (_fields(*"x" * 11), "no more than 10 items", "/fields"),
        (_header("x" * 151), "less than 151", "/text/text"),
        (_header("x") | {"text": {"type": "mrkdwn", "text": "x"}}, "type plain_text", "/text"),
        (_context(*"x" * 11), "no more than 10 items", "/elements"),
        (_context(), "no fewer than 1 items", "/elements"),
        (_buttons(*_many(26)), "no more than 25 items", "/elements"),
        (_buttons(BUTTON | {"value": "v" * 2001}), "less than 2001", "/elements/0/value"),
        (_buttons(BUTTON | {"url": "u" * 3001}), "less than 3001", "/elements/0/url"),
        (_buttons(BUTTON | {"action_id": "a" * 256}), "less than 256", "/elements/0/action_id"),
        (_buttons(BUTTON | {"style": "blue"}), "primary or danger", "/elements/0/style"),
        (_buttons(BUTTON | {"text": _header("x" * 76)["text"]}), "less than 76", "/text/text"),
        ({"type": "carousel"}, "unsupported type: carousel", ""),
        ("divider", "unsupported type", ""),
    ],
)
def test_a_bad_block_is_named_with_its_place(block: Any, what: str, where: str) -> None:
    with pytest.raises(Refusal, match="invalid_blocks") as caught:
        check({"text": "x", "blocks": [{"type": "divider"}, block]})
    (message,) = caught.value.messages
    assert what in message
    assert message.endswith(f"{where}]")
    assert "/blocks/1" in message


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "no_text"),
        ({"text": " \n"}, "no_text"),
        ({"blocks": [_section("x")]}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"text": "x", "blocks": {"type": "divider"}}, "invalid_blocks"),
        ({"text": "x", "blocks": [_section("x", block_id="b")] * 2}, "invalid_blocks"),
        ({"text": "x", "blocks": [_buttons(BUTTON)] * 2}, "invalid_blocks"),
        ({"text": "x", "blocks": [_section("x" * 2601)] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "blocks": [_section("hello <@U0ANNA>")]}, "would_ping"),
        ({"text": "x", "blocks": [_context("hello @here")]}, "would_ping"),
        ({"text": "x", "metadata": {"event_type": "briefing"}}, "invalid_metadata_format"),
        *[
            ({"text": f"hello {ping}"}, "would_ping")
            for ping in ("<!channel>", "<!here|here>", "<!everyone>", "<@W1>", "<!subteam^S1>")
        ],
    ],
)
def test_a_bad_message_is_refused(body: dict[str, Any], error: str) -> None:
    with pytest.raises(Refusal) as caught:
        check(body)
    assert caught.value.error == error


def test_a_response_url_is_good_for_half_an_hour() -> None:
    workspace = Workspace()
    token = workspace.open_response("C0TRADE")
    workspace.respond(token, {"text": "in time"}, time.monotonic() + 1799)
    with pytest.raises(Refusal, match="expired_url"):
        workspace.respond(token, {"text": "too late"}, time.monotonic() + 1801)
