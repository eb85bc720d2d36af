"""What Slack refuses in a message, by the names of its own errors.

Limits: https://docs.slack.dev/reference/block-kit/ and .../reference/methods/chat.postMessage; the
sum over all blocks was measured: https://github.com/slackapi/bolt-js/issues/2509.
Two rules are ours: blocks need a top-level text, which notifications and screen readers read, and
no message may ping (`would_ping`).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_TEXT = 40_000
_BLOCKS = 50
_BLOCKS_TEXT = 13_000
_PING = re.compile(r"<(?:!channel|!here|!everyone|!subteam|@[UW])")
_BARE_PING = re.compile(r"(?<!\w)@(?:channel|here|everyone)\b")
_BLOCK_KEYS = {
    "header": {"text"},
    "section": {"text", "fields", "accessory", "expand"},
    "context": {"elements"},
    "actions": {"elements"},
    "divider": set(),
}
_TEXT_KEYS = {"plain_text": {"emoji"}, "mrkdwn": {"verbatim"}}
_BUTTON_KEYS = {"text", "action_id", "url", "value", "style", "accessibility_label"}

Check = Callable[[Any, str], Iterator[str]]
"""Looks at a value and its JSON pointer, and yields a line for each thing that is wrong."""


class Refusal(Exception):
    """Slack says no: its error and what it explains; when to come back, or which scope it wants."""

    def __init__(
        self,
        error: str,
        *messages: str,
        retry_after: float | None = None,
        needed: str | None = None,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages
        self.retry_after = retry_after
        self.needed = needed


def check(body: Mapping[str, Any]) -> None:
    """Raise Refusal unless `text`, `blocks` and `metadata` of this body make a good message."""
    text, blocks = body.get("text"), body.get("blocks") or []
    if not isinstance(text, str) or not text.strip():
        raise Refusal("no_text")
    if len(text) > _TEXT:
        raise Refusal("msg_too_long")
    if complaints := tuple(_blocks(blocks)):
        raise Refusal("invalid_blocks", *complaints)
    texts = tuple(_text_objects(blocks))
    if sum(len(item["text"]) for item in texts) > _BLOCKS_TEXT:
        raise Refusal("msg_blocks_too_long")
    if _PING.search(text) or any(_pings(item) for item in texts):
        raise Refusal("would_ping")
    _check_metadata(body.get("metadata"))


def _check_metadata(metadata: Any) -> None:
    match metadata:
        case None | {"event_type": str(), "event_payload": dict()}:
            return
        case _:
            raise Refusal("invalid_metadata_format")


def _pings(text: Mapping[str, Any]) -> bool:
    if text["type"] == "plain_text":
        return False
    bare = not text.get("verbatim") and _BARE_PING.search(text["text"])
    return bool(bare or _PING.search(text["text"]))


def _blocks(blocks: Any) -> Iterator[str]:
    yield from _items(blocks, _BLOCKS, _block, "/blocks")
    for key in ("block_id", "action_id"):
        for name, times in Counter(_values(blocks, key)).items():
            if times > 1:
                yield _wrong(f"{key} {name!r} is used {times} times", "/blocks")


def _block(block: Any, at: str) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in _BLOCK_KEYS:
        yield _wrong(f"unsupported type: {kind}", at)
        return
    yield from _unknown(block, _BLOCK_KEYS[kind] | {"type", "block_id"}, at)
    yield from _string(block, "block_id", 255, at)
    match kind:
        case "header":
            yield from _text(block.get("text"), f"{at}/text", 150, ("plain_text",))
        case "section":
            yield from _section(block, at)
        case "context":
            yield from _items(block.get("elements"), 10, _text, f"{at}/elements")
        case "actions":
            yield from _items(block.get("elements"), 25, _button, f"{at}/elements")


def _section(block: Mapping[str, Any], at: str) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield _wrong("missing required field: text", at)
    if "text" in block:
        yield from _text(block["text"], f"{at}/text")
    if "fields" in block:
        yield from _items(block["fields"], 10, _field, f"{at}/fields")
    if "accessory" in block:
        yield from _button(block["accessory"], f"{at}/accessory")


def _field(value: Any, at: str) -> Iterator[str]:
    return _text(value, at, 2000)


def _button(button: Any, at: str) -> Iterator[str]:
    if not isinstance(button, dict) or button.get("type") != "button":
        yield _wrong("unsupported element", at)
        return
    yield from _unknown(button, _BUTTON_KEYS | {"type"}, at)
    yield from _text(button.get("text"), f"{at}/text", 75, ("plain_text",))
    for key, limit in (("action_id", 255), ("value", 2000), ("url", 3000)):
        yield from _string(button, key, limit, at)
    if button.get("style") not in (None, "primary", "danger"):
        yield _wrong("must be primary or danger", f"{at}/style")


def _text(
    value: Any, at: str, limit: int = 3000, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")
) -> Iterator[str]:
    if not isinstance(value, dict) or value.get("type") not in kinds:
        yield _wrong(f"must be a text of type {' or '.join(kinds)}", at)
        return
    yield from _unknown(value, _TEXT_KEYS[value["type"]] | {"type", "text"}, at)
    if not value.get("text"):
        yield _wrong("must be more than 0 characters", f"{at}/text")
    yield from _string(value, "text", limit, at)


def _items(value: Any, limit: int, check_item: Check, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield _wrong("must be an array", at)
        return
    if len(value) > limit:
        yield _wrong(f"no more than {limit} items allowed", at)
    if not value and at != "/blocks":
        yield _wrong("no fewer than 1 items allowed", at)
    for number, item in enumerate(value):
        yield from check_item(item, f"{at}/{number}")


def _string(owner: Mapping[str, Any], key: str, limit: int, at: str) -> Iterator[str]:
    value = owner.get(key, "")
    if not isinstance(value, str):
        yield _wrong("must be a string", f"{at}/{key}")
    elif len(value) > limit:
        yield _wrong(f"must be less than {limit + 1} characters", f"{at}/{key}")


def _unknown(owner: Mapping[str, Any], known: set[str], at: str) -> Iterator[str]:
    for key in sorted(set(owner) - known):
        yield _wrong(f"no more fields allowed: {key}", at)


def _wrong(what: str, at: str) -> str:
    return f"[ERROR] {what} [json-pointer:{at}]"


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _objects(part)


def _values(blocks: Any, key: str) -> Iterator[str]:
    return (str(item[key]) for item in _objects(blocks) if key in item)


def _text_objects(blocks: Any) -> Iterator[dict[str, Any]]:
    return (item for item in _objects(blocks) if item.get("type") in _TEXT_KEYS)
