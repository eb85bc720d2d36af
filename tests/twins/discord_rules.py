"""What Discord refuses: the limits of messages and commands, in its own form of errors.

Limits: https://discord.com/developers/docs/resources/message and
https://discord.com/developers/docs/interactions/application-commands. Lengths are in code points.
Of components it knows action rows of buttons alone. One rule is ours: a text that could ping
somebody must come with `allowed_mentions` that lets nobody be pinged.
"""

import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.twins.discord_guild import Json

_MENTION = re.compile(r"<@|@everyone|@here")
_COMMAND_NAME = re.compile(r"[\w'-]{1,32}")
_CHAT_INPUT, _SUBCOMMANDS = 1, (1, 2)
_ROW, _BUTTON, _LINK, _PREMIUM = 1, 2, 5, 6


class Problem(Exception):
    """A refusal, as `{"message", "code", "errors"}` with an HTTP status."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"message": message, "code": code}
        if errors:
            self.body["errors"] = errors


@dataclass(frozen=True, slots=True)
class Wrong:
    """One wrong value; `path` leads to it, as `embeds.0.title`."""

    path: str
    code: str
    message: str


Checking = Iterator[Wrong]


def refuse(found: Iterable[Wrong]) -> None:
    """Raise a Problem with code 50035 if anything was found, its errors nested along the paths."""
    errors: Json = {}
    for wrong in found:
        node = errors
        for key in wrong.path.split("."):
            node = node.setdefault(key, {})
        node.setdefault("_errors", []).append({"code": wrong.code, "message": wrong.message})
    if errors:
        raise Problem(400, 50035, "Invalid Form Body", errors)


def refuse_empty(message: Json) -> None:
    """Raise a Problem with code 50006 if a message has nothing to show."""
    text = str(message.get("content") or "").strip()
    if not (text or message.get("embeds") or message.get("components")):
        raise Problem(400, 50006, "Cannot send an empty message")


def message(body: Json) -> Checking:
    """What is wrong with the body of a message, of a callback's data, or of an edit."""
    yield from _text("content", body.get("content"), 0, 2000)
    yield from _text("nonce", str(body.get("nonce") or ""), 0, 25)
    embeds = yield from _objects("embeds", body.get("embeds"), 10)
    size = 0
    for index, embed in enumerate(embeds):
        size += yield from _embed(f"embeds.{index}", embed)
    if size > 6000:
        yield Wrong("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
    yield from _rows(body.get("components"))
    if _MENTION.search(str(body.get("content") or "")):
        yield from _pings(body.get("allowed_mentions"))


def commands(body: Any) -> Checking:
    """What is wrong with the list of commands that an application registers."""
    listed = yield from _objects("commands", body, 100)
    names = [(command.get("type", _CHAT_INPUT), command.get("name")) for command in listed]
    for index, command in enumerate(listed):
        if names[index] in names[:index]:
            yield Wrong(
                f"{index}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Names must be unique"
            )
        if names[index][0] == _CHAT_INPUT:
            yield from _chat_input(str(index), command)
        else:
            yield from _text(f"{index}.name", command.get("name"), 1, 32)


def choices(data: Json) -> Checking:
    """What is wrong with an autocomplete's answer."""
    yield from _choices("data.choices", data.get("choices"))


def modal(data: Json) -> Checking:
    """What is wrong with a modal, its components aside."""
    yield from _text("data.title", data.get("title"), 1, 45)
    yield from _text("data.custom_id", data.get("custom_id"), 1, 100)


def _text(path: str, value: Any, least: int, most: int) -> Generator[Wrong, None, int]:
    """Check a text, which may be missing if `least` is 0; returns its length."""
    if value is None and least:
        yield Wrong(path, "BASE_TYPE_REQUIRED", "This field is required")
    elif value is not None and not isinstance(value, str):
        yield Wrong(path, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
    elif value is not None and not least <= len(value) <= most:
        yield Wrong(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
    return len(value) if isinstance(value, str) else 0


def _objects(path: str, value: Any, most: int) -> Generator[Wrong, None, list[Json]]:
    """Check a list of objects, which may be missing; returns it, or nothing if it is wrong."""
    listed = [] if value is None else value
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        yield Wrong(path, "LIST_TYPE_CONVERT", "Only lists of objects may be used here.")
        return []
    if len(listed) > most:
        yield Wrong(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    return listed


def _part(path: str, value: Any) -> Generator[Wrong, None, Json]:
    found = yield from _objects(path, None if value is None else [value], 1)
    return found[0] if found else {}


def _embed(path: str, embed: Json) -> Generator[Wrong, None, int]:
    """Check one embed; returns how many of its characters count towards the 6000."""
    size = yield from _text(f"{path}.title", embed.get("title"), 0, 256)
    size += yield from _text(f"{path}.description", embed.get("description"), 0, 4096)
    footer = yield from _part(f"{path}.footer", embed.get("footer"))
    size += yield from _text(f"{path}.footer.text", footer.get("text"), 0, 2048)
    author = yield from _part(f"{path}.author", embed.get("author"))
    size += yield from _text(f"{path}.author.name", author.get("name"), 0, 256)
    fields = yield from _objects(f"{path}.fields", embed.get("fields"), 25)
    for index, field in enumerate(fields):
        size += yield from _text(f"{path}.fields.{index}.name", field.get("name"), 1, 256)
        size += yield from _text(f"{path}.fields.{index}.value", field.get("value"), 1, 1024)
    return size


def _rows(value: Any) -> Checking:
    rows = yield from _objects("components", value, 5)
    seen: list[Any] = []
    for index, row in enumerate(rows):
        path = f"components.{index}"
        if row.get("type") != _ROW:
            yield Wrong(f"{path}.type", "BASE_TYPE_CHOICES", "Only action rows are known here.")
        buttons = yield from _objects(f"{path}.components", row.get("components"), 5)
        if not buttons:
            yield Wrong(f"{path}.components", "BASE_TYPE_REQUIRED", "This field is required")
        for place, button in enumerate(buttons):
            yield from _button(f"{path}.components.{place}", button)
            custom_id = button.get("custom_id")
            if custom_id is not None and custom_id in seen:
                yield Wrong(
                    f"{path}.components.{place}.custom_id",
                    "COMPONENT_CUSTOM_ID_DUPLICATED",
                    "Component custom id cannot be duplicated",
                )
            seen.append(custom_id)


def _button(path: str, button: Json) -> Checking:
    style = button.get("style")
    if button.get("type") != _BUTTON or style not in range(1, _PREMIUM):
        yield Wrong(path, "BASE_TYPE_CHOICES", "Only buttons of styles 1 to 5 are known here.")
    if style == _LINK:
        yield from _text(f"{path}.url", button.get("url"), 1, 512)
    else:
        yield from _text(f"{path}.custom_id", button.get("custom_id"), 1, 100)
    if button.get("url") and button.get("custom_id"):
        yield Wrong(path, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "One of the two.")
    yield from _text(f"{path}.label", button.get("label"), 0 if button.get("emoji") else 1, 80)


def _pings(allowed: Any) -> Checking:
    if not isinstance(allowed, dict):
        yield Wrong("allowed_mentions", "BASE_TYPE_REQUIRED", "This content could ping somebody.")
    elif allowed.get("parse") != [] or allowed.get("users") or allowed.get("roles"):
        yield Wrong("allowed_mentions", "BASE_TYPE_CHOICES", "Nobody may be pinged: parse nothing.")


def _chat_input(path: str, command: Json) -> Checking:
    """Check a slash command, one of its subcommands, or an option of it."""
    name = command.get("name")
    if not isinstance(name, str) or not _COMMAND_NAME.fullmatch(name) or name != name.lower():
        yield Wrong(f"{path}.name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    yield from _text(f"{path}.description", command.get("description"), 1, 100)
    yield from _choices(f"{path}.choices", command.get("choices"))
    options = yield from _objects(f"{path}.options", command.get("options"), 25)
    optional = False
    for index, option in enumerate(options):
        yield from _chat_input(f"{path}.options.{index}", option)
        if option.get("type") in _SUBCOMMANDS:
            continue
        if option.get("required") and optional:
            yield Wrong(
                f"{path}.options.{index}",
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional = optional or not option.get("required")


def _choices(path: str, value: Any) -> Checking:
    listed = yield from _objects(path, value, 25)
    for index, choice in enumerate(listed):
        yield from _text(f"{path}.{index}.name", choice.get("name"), 1, 100)
