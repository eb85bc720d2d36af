"""The twin's messages: what was said in each channel, how it was changed, and what was refused.

Shape: https://discord.com/developers/docs/resources/message.
"""

import time
from datetime import UTC, datetime
from enum import IntFlag

from tests.twins import discord_rules as rules
from tests.twins.discord_guild import Guild, Json, Snowflakes, user
from tests.twins.discord_rules import Problem

_NONCE_SECONDS = 300.0


class Flags(IntFlag):
    """The flags of a message that matter here: one member alone sees it; it is yet to come."""

    EPHEMERAL = 64
    LOADING = 128


class Messages:
    """All messages of a guild, all written by the bot."""

    def __init__(self, guild: Guild, ids: Snowflakes) -> None:
        self._bot = guild.bot
        self._ids = ids
        self._channels: dict[str, list[Json]] = {channel.id: [] for channel in guild.channels()}
        self._nonces: dict[str, tuple[float, Json]] = {}
        self._sent_nonces: dict[str, str | int] = {}
        self._deleted: set[str] = set()

    def listed(self, channel: str) -> list[Json]:
        """What stands in a channel, oldest first; empty for a channel that is not there."""
        return [m for m in self._channels.get(channel, ()) if m["id"] not in self._deleted]

    def everything(self) -> dict[str, list[Json]]:
        """Every message by channel, also the deleted ones, each with the nonce it was sent with."""
        return {
            channel: [
                {
                    **message,
                    "nonce": self._sent_nonces.get(message["id"]),
                    "deleted": message["id"] in self._deleted,
                }
                for message in messages
            ]
            for channel, messages in self._channels.items()
        }

    def post(self, channel: str, body: Json) -> Json:
        """Check and store a message; raises Problem.

        With `enforce_nonce`, a message that the same author posted within minutes with the same
        nonce is returned instead, whichever the channel. If that one was deleted, it is unknown,
        as Discord means it to be: https://github.com/discord/discord-api-docs/pull/6647.
        """
        rules.refuse(rules.message(body))
        rules.refuse_empty(body)
        nonce = str(body.get("nonce") or "") if body.get("enforce_nonce") else ""
        at, posted = self._nonces.get(nonce, (0.0, {}))
        if time.time() - at < _NONCE_SECONDS:
            if posted["id"] in self._deleted:
                raise Problem(404, 10008, "Unknown Message")
            return posted
        posted = self._store(channel, body)
        if nonce:
            self._nonces[nonce] = (time.time(), posted)
        if "nonce" in body:
            self._sent_nonces[posted["id"]] = body["nonce"]
        return posted

    def promise(self, channel: str, flags: int) -> Json:
        """Store the message that says that the bot is thinking."""
        return self._store(channel, {"flags": flags & Flags.EPHEMERAL | Flags.LOADING})

    def change(self, shown: Json, body: Json) -> None:
        """Edit a message in place; what the body leaves out stays, and so does who can see it."""
        rules.refuse(rules.message(body))
        parts = {part: body.get(part, shown[part]) for part in ("content", "embeds", "components")}
        rules.refuse_empty(parts)
        shown["content"] = parts["content"] or ""
        shown["embeds"] = parts["embeds"] or []
        shown["components"] = parts["components"] or []
        shown["flags"] &= ~Flags.LOADING
        shown["edited_timestamp"] = _now()

    def delete(self, shown: Json) -> None:
        """Take a message away; its nonce still stands for it, as long as it would have done."""
        self._deleted.add(shown["id"])

    def _store(self, channel: str, body: Json) -> Json:
        stored: Json = {
            "id": self._ids.next(),
            "channel_id": channel,
            "type": 0,
            "author": user(self._bot, bot=True),
            "content": body.get("content") or "",
            "embeds": body.get("embeds") or [],
            "components": body.get("components") or [],
            "flags": body.get("flags") or 0,
            "timestamp": _now(),
            "edited_timestamp": None,
            "attachments": [],
            "mentions": [],
            "mention_roles": [],
            "mention_everyone": False,
            "pinned": False,
            "tts": False,
        }
        self._channels[channel].append(stored)
        return stored


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
