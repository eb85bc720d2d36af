"""The twin's REST API for answers to interactions, which need no other token than their own.

Reference: https://discord.com/developers/docs/interactions/receiving-and-responding.
"""

import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.twins import discord_rules as rules
from tests.twins.discord_front import form, reply
from tests.twins.discord_guild import Guild, Json
from tests.twins.discord_messages import Flags, Messages
from tests.twins.discord_rules import Problem

_ORIGINAL = "/webhooks/{application}/{token}/messages/@original"
_ACKNOWLEDGE_SECONDS = 3.0


@dataclass(slots=True)
class Interaction:
    """What a member did, and how the bot answered; `original` is None while there is no message."""

    payload: Json
    dispatched_at: float
    acknowledged_ms: float | None = None
    callback: Json | None = None
    original: Json | None = None
    followups: list[Json] = field(default_factory=list)
    ephemeral: bool = False

    @property
    def thinking(self) -> bool:
        """Whether the answer was deferred, and is not there yet."""
        return self.original is not None and bool(self.original["flags"] & Flags.LOADING)


class Answers:
    """The interactions of a guild, by id."""

    def __init__(self, guild: Guild, messages: Messages) -> None:
        self._bot = guild.bot
        self._messages = messages
        self._by_token: dict[str, Interaction] = {}
        self.interactions: dict[str, Interaction] = {}
        self.fault_routes: dict[Any, str] = {
            self.callback: "callback",
            self.edit: "edit",
            self.follow_up: "followup",
        }

    def routes(self) -> list[web.RouteDef]:
        """Its routes, below `/api/v10`."""
        return [
            web.post("/interactions/{id}/{token}/callback", self.callback),
            web.get(_ORIGINAL, self.original),
            web.patch(_ORIGINAL, self.edit),
            web.delete(_ORIGINAL, self.delete),
            web.post("/webhooks/{application}/{token}", self.follow_up),
        ]

    def expect(self, payload: Json) -> None:
        """From now on, wait three seconds for this interaction to be acknowledged."""
        started = Interaction(payload, time.time())
        self.interactions[payload["id"]] = self._by_token[payload["token"]] = started

    async def callback(self, request: web.Request) -> web.Response:
        """Acknowledge an interaction: in time, and once."""
        at = time.time()
        interaction = self._by_token.get(request.match_info["token"])
        if interaction is None or interaction.payload["id"] != request.match_info["id"]:
            raise Problem(404, 10062, "Unknown interaction")
        if interaction.callback is not None:
            raise Problem(400, 40060, "Interaction has already been acknowledged.")
        if at - interaction.dispatched_at > _ACKNOWLEDGE_SECONDS:
            raise Problem(404, 10062, "Unknown interaction")
        body = form(request)
        shown = self._respond(interaction, body.get("type"), body.get("data") or {})
        interaction.original = shown
        interaction.ephemeral = bool(shown and shown["flags"] & Flags.EPHEMERAL)
        interaction.callback = body
        interaction.acknowledged_ms = (at - interaction.dispatched_at) * 1000
        if request.query.get("with_response") not in ("1", "true"):
            return web.Response(status=204)
        return reply(_callback_response(interaction, body["type"]))

    async def original(self, request: web.Request) -> web.Response:
        return reply(_shown(self._acknowledged(request)))

    async def edit(self, request: web.Request) -> web.Response:
        shown = _shown(self._acknowledged(request))
        self._messages.change(shown, form(request))
        return reply(shown)

    async def delete(self, request: web.Request) -> web.Response:
        interaction = self._acknowledged(request)
        self._messages.delete(_shown(interaction))
        interaction.original = None
        return web.Response(status=204)

    async def follow_up(self, request: web.Request) -> web.Response:
        """Say more; but the first of these is the answer, while that is still deferred.

        https://github.com/discord/discord-api-docs/issues/2742
        """
        interaction = self._acknowledged(request)
        if interaction.thinking:
            return await self.edit(request)
        said = self._messages.post(interaction.payload["channel_id"], form(request))
        interaction.followups.append(said)
        return reply(said)

    def _respond(self, interaction: Interaction, kind: Any, data: Json) -> Json | None:
        """Do what a callback of this type asks; returns the message that is @original now."""
        channel = interaction.payload["channel_id"]
        pressed: Json | None = interaction.payload.get("message")
        match kind:
            case 4:
                return self._messages.post(channel, data)
            case 5:
                return self._messages.promise(channel, data.get("flags") or 0)
            case 6 if pressed:
                return pressed
            case 7 if pressed:
                self._messages.change(pressed, data)
                return pressed
            case 8:
                rules.refuse(rules.choices(data))
            case 9:
                rules.refuse(rules.modal(data))
            case _:
                wrong = rules.Wrong("type", "BASE_TYPE_CHOICES", "Not for this interaction.")
                rules.refuse([wrong])
        return None

    def _acknowledged(self, request: web.Request) -> Interaction:
        interaction = self._by_token.get(request.match_info["token"])
        ours = request.match_info["application"] == self._bot
        if not ours or interaction is None or interaction.callback is None:
            raise Problem(404, 10015, "Unknown Webhook")
        return interaction


def _shown(interaction: Interaction) -> Json:
    if interaction.original is None:
        raise Problem(404, 10008, "Unknown Message")
    return interaction.original


def _callback_response(interaction: Interaction, kind: int) -> Json:
    payload, shown = interaction.payload, interaction.original
    about = {"id": payload["id"], "type": payload["type"]}
    if shown is None:
        return {"interaction": about}
    about |= {
        "response_message_id": shown["id"],
        "response_message_loading": interaction.thinking,
        "response_message_ephemeral": interaction.ephemeral,
    }
    return {"interaction": about, "resource": {"type": kind, "message": shown}}
