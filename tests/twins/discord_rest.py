"""The twin's REST API for a bot with its token: itself, its commands, its channels.

Reference: https://discord.com/developers/docs/reference.
"""

from enum import Enum
from typing import Any

from aiohttp import web

from tests.twins import discord_rules as rules
from tests.twins.discord_front import POSTS, form, reply, sent
from tests.twins.discord_guild import (
    OWNER,
    Access,
    Channel,
    Guild,
    Json,
    Snowflakes,
    channel_object,
    user,
)
from tests.twins.discord_messages import Flags, Messages
from tests.twins.discord_rules import Problem

_COMMANDS = "/applications/{application}/commands"
_GUILD_COMMANDS = "/applications/{application}/guilds/{guild}/commands"


class History(Enum):
    """What the bot may read of what was said: all; nothing, by a 403; or it looks like nothing.

    Discord says that without READ_MESSAGE_HISTORY "no messages will be returned"; a channel that
    the bot may not see at all is refused.
    """

    OPEN = True
    REFUSED = False
    EMPTY = "empty"


class Rest:
    """`commands` are the registered ones by guild, the global ones under an empty name."""

    def __init__(self, guild: Guild, ids: Snowflakes, messages: Messages) -> None:
        self._guild = guild
        self._ids = ids
        self._messages = messages
        self.reading = History.OPEN
        self.commands: dict[str, list[Json]] = {guild.id: [], "": []}
        self.fault_routes: dict[Any, str] = {
            self.post: POSTS,
            self.list_commands: "commands",
            self.register_commands: "commands",
        }

    def routes(self) -> list[web.RouteDef]:
        """Its routes, below `/api/v10`."""
        return [
            web.get("/users/@me", self.me),
            web.get("/oauth2/applications/@me", self.application),
            web.get("/applications/@me", self.application),
            web.get("/gateway", self.gateway),
            web.get("/gateway/bot", self.gateway),
            web.get(_COMMANDS, self.list_commands),
            web.put(_COMMANDS, self.register_commands),
            web.get(_GUILD_COMMANDS, self.list_commands),
            web.put(_GUILD_COMMANDS, self.register_commands),
            web.get("/channels/{channel}", self.channel),
            web.get("/channels/{channel}/messages", self.history),
            web.post("/channels/{channel}/messages", self.post),
        ]

    async def me(self, _: web.Request) -> web.Response:
        return reply({**user(self._guild.bot, bot=True), "flags": 0, "verified": True})

    async def application(self, _: web.Request) -> web.Response:
        about = {
            "id": self._guild.bot,
            "name": "briefing-bot",
            "description": "",
            "icon": None,
            "bot_public": False,
            "bot_require_code_grant": False,
            "owner": user(OWNER),
            "team": None,
            "verify_key": "0" * 64,
            "flags": 0,
        }
        return reply(about)

    async def gateway(self, request: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        url = f"ws://{request.host}/gateway"
        return reply({"url": url, "shards": 1, "session_start_limit": limit})

    async def list_commands(self, request: web.Request) -> web.Response:
        return reply(self.commands[self._scope(request)])

    async def register_commands(self, request: web.Request) -> web.Response:
        """Replace all commands of a scope; one that has the name of an old one keeps its id."""
        scope = self._scope(request)
        bodies = sent(request)
        rules.refuse(rules.commands(bodies))
        ids = {(old["type"], old["name"]): old["id"] for old in self.commands[scope]}
        self.commands[scope] = [
            {
                "type": 1,
                "description": "",
                **body,
                **({"guild_id": scope} if scope else {}),
                "id": ids.get((body.get("type", 1), body["name"])) or self._ids.next(),
                "application_id": self._guild.bot,
                "version": self._ids.next(),
            }
            for body in bodies
        ]
        return reply(self.commands[scope])

    async def channel(self, request: web.Request) -> web.Response:
        return reply(channel_object(self._guild, self._visible(request)))

    async def history(self, request: web.Request) -> web.Response:
        """Public messages, newest first, at most `limit`, `before` or `after` an id."""
        channel = self._visible(request)
        if self.reading is History.REFUSED:
            raise Problem(403, 50001, "Missing Access")
        if self.reading is History.EMPTY:
            return reply([])
        limit = _number(request, "limit", 50)
        before, after = _number(request, "before", 1 << 63), _number(request, "after", 0)
        if not 1 <= limit <= 100:
            rules.refuse([rules.Wrong("limit", "NUMBER_TYPE_MAX", "Must be between 1 and 100.")])
        found = [
            shown
            for shown in self._messages.listed(channel.id)
            if after < int(shown["id"]) < before and not shown["flags"] & Flags.EPHEMERAL
        ]
        found = found[:limit] if "after" in request.query else found[-limit:]
        return reply(found[::-1])

    async def post(self, request: web.Request) -> web.Response:
        """Post a message; only this answer tells its nonce, which is not part of the history."""
        channel = self._visible(request)
        if channel.access is Access.SILENT:
            raise Problem(403, 50013, "Missing Permissions")
        body = form(request)
        posted = self._messages.post(channel.id, body)
        return reply({**posted, "nonce": body["nonce"]} if "nonce" in body else posted)

    def _scope(self, request: web.Request) -> str:
        if request.match_info["application"] != self._guild.bot:
            raise Problem(403, 20012, "You are not authorized to act on this application")
        scope = request.match_info.get("guild", "")
        if scope not in self.commands:
            raise Problem(403, 50001, "Missing Access")
        return scope

    def _visible(self, request: web.Request) -> Channel:
        channel = self._guild.channel(request.match_info["channel"])
        if channel is None:
            raise Problem(404, 10003, "Unknown Channel")
        if channel.access is Access.HIDDEN:
            raise Problem(403, 50001, "Missing Access")
        return channel


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not text.isdecimal():
        rules.refuse([rules.Wrong(name, "NUMBER_TYPE_COERCE", f"Value {text!r} is not int.")])
    return int(text)
