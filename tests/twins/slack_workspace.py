"""A Slack workspace in memory: channels, people, and the Web API methods that act on them."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from secrets import token_hex
from typing import Any

from tests.twins.slack_arguments import cursor_from, cursor_to, limit_of, timestamp, true
from tests.twins.slack_rules import Refusal, check

TEAM = "T0TWIN"
APP = "A0BRIEF"
BOT = "B0BRIEF"
BOT_USER = "U0BRIEF"
PEOPLE = {"U0ANNA": "anna", "U0RAVI": "ravi", BOT_USER: "brief"}

_PUBLIC = "public_channel"
_TYPES = {_PUBLIC, "private_channel", "mpim", "im"}
_BURST = 4
_RESPONSE_USES = 5
_RESPONSE_SECONDS = 30 * 60

Body = dict[str, Any]


@dataclass
class Channel:
    """A channel; `restricted` ones take no messages from the bot, though it may read them.

    `gone` is whether it was deleted; `deleted` are the messages that were.
    """

    id: str
    name: str
    member: bool = True
    archived: bool = False
    restricted: bool = False
    gone: bool = False
    messages: list[Body] = field(default_factory=list)
    deleted: list[Body] = field(default_factory=list)
    credit: float = _BURST
    credited_at: float = 0.0

    def described(self) -> Body:
        """The channel as the Web API shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": True,
            "is_private": False,
            "is_archived": self.archived,
            "is_member": self.member,
        }


@dataclass
class Response:
    """A `response_url`: what was sent to it, and the message that `replace_original` replaces."""

    channel: str
    made_at: float
    original: Body | None = None
    uses: list[Body] = field(default_factory=list)


class Workspace:
    """The state of the twin; whatever Slack would not do raises Refusal.

    `denied` names what the bot has no scope for: "history", "list".
    """

    def __init__(self, *, pace: bool = False, more_channels: int = 0) -> None:
        channels = (
            Channel("C0TRADE", "trade"),
            Channel("C0GENERAL", "general"),
            Channel("C0ADMINS", "bot-admin"),
            Channel("C0ARCHIVE", "old-news", archived=True),
            Channel("C0PRESS", "press", member=False),
            Channel("C0NOTICES", "notices", restricted=True),
            *(Channel(f"C9{number:06}", f"c{number}") for number in range(1, more_channels + 1)),
        )
        self.channels = {channel.id: channel for channel in channels}
        self.denied: set[str] = set()
        self._ids = {f"#{channel.name}": channel.id for channel in channels}
        self.responses: dict[str, Response] = {}
        self._pace = pace
        self._last_ts = 0
        self._methods: dict[str, Callable[[Body], Body]] = {
            "api.test": lambda arguments: {"args": arguments},
            "auth.test": self._auth_test,
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.update": self._update,
            "conversations.history": self._history,
            "conversations.info": self._info,
            "conversations.join": self._join,
            "conversations.list": self._list,
            "users.info": self._user,
        }

    def call(self, method: str, arguments: Body) -> Body:
        """Run a Web API method (https://docs.slack.dev/reference/methods); raises Refusal."""
        if method not in self._methods:
            raise Refusal("unknown_method")
        return self._methods[method](arguments)

    def post(self, channel: Channel, body: Mapping[str, Any]) -> Body:
        """Store a message of the bot, as it will stand in the history."""
        message = {
            "type": "message",
            "user": BOT_USER,
            "bot_id": BOT,
            "app_id": APP,
            "team": TEAM,
            "ts": self._next_ts(),
        } | _content(body)
        channel.messages.append(message)
        return message

    def everything(self) -> dict[str, list[Body]]:
        """Every message by channel, oldest first, also those that were deleted, which say so."""
        return {
            channel.id: sorted(
                [
                    *({**message, "deleted": False} for message in channel.messages),
                    *({**message, "deleted": True} for message in channel.deleted),
                ],
                key=lambda message: Decimal(message["ts"]),
            )
            for channel in self.channels.values()
        }

    def delete(self, channel: str, ts: str) -> None:
        """Delete a message; raises Refusal."""
        found = self._message(self._channel({"channel": channel}), ts)
        self.channels[channel].messages.remove(found)
        self.channels[channel].deleted.append(found)

    def holding(self, channel: str, action_id: str) -> Body | None:
        """The newest message of a channel that holds this button."""
        messages = self.channels[channel].messages
        return next((m for m in reversed(messages) if action_id in _action_ids(m)), None)

    def open_response(self, channel: str, original: Body | None = None) -> str:
        """Make a `response_url`; returns its token."""
        token = token_hex(12)
        self.responses[token] = Response(channel, time.monotonic(), original)
        return token

    def respond(self, token: str, body: Body, now: float) -> None:
        """Take a body sent to a `response_url`; `now` is in the seconds of time.monotonic."""
        response = self.responses.get(token)
        if response is None or now - response.made_at > _RESPONSE_SECONDS:
            raise Refusal("expired_url")
        if len(response.uses) >= _RESPONSE_USES:
            raise Refusal("used_url")
        self.show(token, body)
        response.uses.append(body)

    def show(self, token: str, body: Body) -> None:
        """Show an answer to a command or a button; only one that is `in_channel` is stored."""
        check(body)
        response = self.responses[token]
        if body.get("replace_original") and response.original:
            response.original.update(_content(body))
        elif body.get("response_type") == "in_channel":
            response.original = self.post(self.channels[response.channel], body)

    def _auth_test(self, _arguments: Body) -> Body:
        return {
            "url": "https://twin.example.com/",
            "team": "Twin",
            "user": PEOPLE[BOT_USER],
            "team_id": TEAM,
            "user_id": BOT_USER,
            "bot_id": BOT,
            "is_enterprise_install": False,
        }

    def _post(self, arguments: Body) -> Body:
        channel = self._writable(str(arguments.get("channel", "")))
        if self._pace:
            _spend(channel, time.monotonic())
        check(arguments)
        message = self.post(channel, arguments)
        return {"channel": channel.id, "ts": message["ts"], "message": message}

    def _post_ephemeral(self, arguments: Body) -> Body:
        self._writable(str(arguments.get("channel", "")))
        if arguments.get("user") not in PEOPLE:
            raise Refusal("user_not_in_channel")
        check(arguments)
        return {"message_ts": self._next_ts()}

    def _update(self, arguments: Body) -> Body:
        channel = self._channel(arguments)
        message = self._message(channel, arguments.get("ts"))
        check(arguments)
        message.update(_content(arguments))
        return {"channel": channel.id, "ts": message["ts"], "text": message["text"]}

    def _history(self, arguments: Body) -> Body:
        self._permit("history", "channels:history")
        channel = self._channel(arguments)
        if not channel.member:
            raise Refusal("not_in_channel")
        limit = limit_of(arguments)
        oldest = timestamp(arguments.get("oldest") or "0", "invalid_ts_oldest")
        latest = timestamp(arguments.get("latest") or "Infinity", "invalid_ts_latest")
        before = timestamp(cursor_from(arguments.get("cursor")) or "Infinity", "invalid_cursor")
        inclusive = true(arguments.get("inclusive"))
        matching = (
            message
            for message in reversed(channel.messages)
            if (at := Decimal(message["ts"])) < before
            and (oldest < at < latest or (inclusive and at in (oldest, latest)))
        )
        found = list(islice(matching, limit + 1))
        page, more = found[:limit], len(found) > limit
        if not true(arguments.get("include_all_metadata")):
            page = [{k: v for k, v in m.items() if k != "metadata"} for m in page]
        cursor = cursor_to(page[-1]["ts"]) if more else ""
        return {
            "messages": page,
            "has_more": more,
            "response_metadata": {"next_cursor": cursor},
        }

    def _info(self, arguments: Body) -> Body:
        return {"channel": self._channel(arguments).described()}

    def _join(self, arguments: Body) -> Body:
        channel = self._channel(arguments)
        if channel.archived:
            raise Refusal("is_archived")
        channel.member = True
        return {"channel": channel.described()}

    def _list(self, arguments: Body) -> Body:
        self._permit("list", "channels:read")
        limit, after = limit_of(arguments), cursor_from(arguments.get("cursor"))
        hidden = true(arguments.get("exclude_archived"))
        types = str(arguments.get("types") or _PUBLIC).split(",")
        if not _TYPES.issuperset(types):
            raise Refusal("invalid_types")
        left = [
            channel.described()
            for channel in sorted(self.channels.values(), key=lambda channel: channel.id)
            if channel.id > after and not channel.gone and not (hidden and channel.archived)
            if _PUBLIC in types
        ]
        cursor = cursor_to(left[limit - 1]["id"]) if len(left) > limit else ""
        return {"channels": left[:limit], "response_metadata": {"next_cursor": cursor}}

    def _user(self, arguments: Body) -> Body:
        user = arguments.get("user")
        if user not in PEOPLE:
            raise Refusal("user_not_found")
        name = PEOPLE[user]
        return {
            "user": {
                "id": user,
                "team_id": TEAM,
                "name": name,
                "real_name": name.title(),
                "tz": "Asia/Baku",
                "is_bot": user == BOT_USER,
                "deleted": False,
            }
        }

    def _channel(self, arguments: Body) -> Channel:
        found = self.channels.get(arguments.get("channel", ""))
        if found is None or found.gone:
            raise Refusal("channel_not_found")
        return found

    def _message(self, channel: Channel, ts: Any) -> Body:
        found = next((m for m in reversed(channel.messages) if m["ts"] == ts), None)
        if found is None:
            raise Refusal("message_not_found")
        return found

    def _permit(self, deed: str, scope: str) -> None:
        if deed in self.denied:
            raise Refusal("missing_scope", needed=scope)

    def _writable(self, channel: str) -> Channel:
        found = self._channel({"channel": self._ids.get(channel, channel)})
        if found.archived:
            raise Refusal("is_archived")
        if not found.member:
            raise Refusal("not_in_channel")
        if found.restricted:
            raise Refusal("restricted_action")
        return found

    def _next_ts(self) -> str:
        self._last_ts = max(self._last_ts + 1, time.time_ns() // 1000)
        return f"{self._last_ts // 10**6}.{self._last_ts % 10**6:06d}"


def _content(body: Mapping[str, Any]) -> Body:
    return {key: body[key] for key in ("text", "blocks", "metadata") if key in body}


def _action_ids(message: Body) -> set[str]:
    elements = [e for block in message.get("blocks", ()) for e in block.get("elements", ())]
    return {element["action_id"] for element in elements if "action_id" in element}


def _spend(channel: Channel, now: float) -> None:
    channel.credit = min(_BURST, channel.credit + now - channel.credited_at)
    channel.credited_at = now
    if channel.credit < 1:
        raise Refusal("ratelimited", retry_after=math.ceil(1 - channel.credit))
    channel.credit -= 1
