"""The twin's guild: its channels, the ids, and the shapes in which Discord shows everything.

Shapes: https://discord.com/developers/docs/resources/guild, .../resources/message and
https://discord.com/developers/docs/interactions/receiving-and-responding.
"""

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

Json = dict[str, Any]

OWNER = "1"
"""The user to whom the guild and the application belong."""

_EPOCH_MS = 1_420_070_400_000
_VIEW, _SEND, _EMBED, _HISTORY = 1 << 10, 1 << 11, 1 << 14, 1 << 16
_PERMISSIONS = str(_VIEW | _SEND | _EMBED | _HISTORY)
_SINCE = "2026-01-01T00:00:00.000000+00:00"


class Snowflakes:
    """Discord's ids: each holds its time, and is greater than the one before."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> str:
        """A new id."""
        self._last = max(self._last + 1, (int(time.time() * 1000) - _EPOCH_MS) << 22)
        return str(self._last)


class Access(StrEnum):
    """What the bot may do in a channel: all, read but not write, not even see it; or it is gone."""

    OPEN = "open"
    SILENT = "silent"
    HIDDEN = "hidden"
    GONE = "gone"


_DENIED = {Access.OPEN: 0, Access.SILENT: _SEND, Access.HIDDEN: _VIEW, Access.GONE: 0}


@dataclass(frozen=True, slots=True)
class Channel:
    """A text channel."""

    id: str
    name: str
    access: Access = Access.OPEN


class Guild:
    """The one guild that the bot is in; the bot's user is the application."""

    def __init__(self, id: str, bot: str, channels: Iterable[Channel]) -> None:
        self.id = id
        self.bot = bot
        self._channels = {channel.id: channel for channel in channels}

    def channels(self) -> list[Channel]:
        """All channels that are there."""
        return [channel for channel in self._channels.values() if channel.access != Access.GONE]

    def channel(self, id: str) -> Channel | None:
        """The channel with this id, if there is one."""
        found = self._channels.get(id)
        return None if found is None or found.access is Access.GONE else found

    def change(self, id: str, access: Access) -> Channel:
        """Let the bot do this in a channel from now on; raises KeyError if it never was there."""
        changed = self._channels[id] = replace(self._channels[id], access=access)
        return changed


def user(id: str, *, bot: bool = False) -> Json:
    """A user object."""
    name = "briefing-bot" if bot else f"member-{id}"
    return {
        "id": id,
        "username": name,
        "discriminator": "0",
        "global_name": name,
        "avatar": None,
        "bot": bot,
    }


def channel_object(guild: Guild, channel: Channel) -> Json:
    """A channel object; what the bot may not do there is an overwrite for everyone."""
    denied = {"id": guild.id, "type": 0, "allow": "0", "deny": str(_DENIED[channel.access])}
    return {
        "id": channel.id,
        "type": 0,
        "guild_id": guild.id,
        "name": channel.name,
        "position": 0,
        "permission_overwrites": [denied],
        "topic": None,
        "nsfw": False,
        "parent_id": None,
        "last_message_id": None,
        "rate_limit_per_user": 0,
    }


def interaction(
    guild: Guild,
    id: str,
    *,
    channel: Channel,
    asker: str,
    kind: int,
    data: Json,
    message: Json | None = None,
) -> Json:
    """An interaction, with a token of its own; `message` is the one whose button was pressed."""
    return {
        "id": id,
        "application_id": guild.bot,
        "type": kind,
        "data": data,
        "token": secrets.token_urlsafe(48),
        "version": 1,
        "guild_id": guild.id,
        "guild": {"id": guild.id, "locale": "en-US", "features": []},
        "channel_id": channel.id,
        "channel": {**channel_object(guild, channel), "permissions": _PERMISSIONS},
        "member": {**_member(asker), "permissions": _PERMISSIONS},
        "app_permissions": _PERMISSIONS,
        "locale": "en-US",
        "guild_locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": {"0": guild.id},
        "context": 0,
        "attachment_size_limit": 10_485_760,
        **({"message": message} if message else {}),
    }


def _member(id: str, *, bot: bool = False) -> Json:
    return {
        "user": user(id, bot=bot),
        "nick": None,
        "avatar": None,
        "roles": [],
        "joined_at": _SINCE,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
    }


def guild_object(guild: Guild) -> Json:
    """The guild as GUILD_CREATE shows it, the bot its one known member."""
    everyone = {
        "id": guild.id,
        "name": "@everyone",
        "permissions": _PERMISSIONS,
        "position": 0,
        "color": 0,
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    return {
        "id": guild.id,
        "name": "Newsroom",
        "unavailable": False,
        "owner_id": OWNER,
        "member_count": 2,
        "large": False,
        "joined_at": _SINCE,
        "features": [],
        "preferred_locale": "en-US",
        "roles": [everyone],
        "channels": [channel_object(guild, channel) for channel in guild.channels()],
        "members": [_member(guild.bot, bot=True)],
        "threads": [],
        "emojis": [],
        "stickers": [],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
    }
