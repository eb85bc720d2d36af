"""The twin's /control, by which a test plays the members, and looks at what became of them."""

from collections.abc import Iterable
from dataclasses import asdict

from aiohttp import web

from tests.twins.discord_answers import Answers
from tests.twins.discord_front import reply
from tests.twins.discord_gateway import Gateway
from tests.twins.discord_guild import (
    Access,
    Channel,
    Guild,
    Json,
    Snowflakes,
    channel_object,
    interaction,
)
from tests.twins.discord_messages import Messages
from tests.twins.discord_rest import History, Rest
from tests.twins.faults import Fault, Faults
from tests.twins.log import Log

_COMMAND, _COMPONENT = 2, 3
_BUTTON = 2
_STATES = {"open": Access.OPEN, "forbidden": Access.SILENT, "deleted": Access.GONE}


class Control:
    """What cannot be done (409) or found (404) says why in the reason of its HTTP status."""

    def __init__(
        self,
        guild: Guild,
        ids: Snowflakes,
        messages: Messages,
        rest: Rest,
        answers: Answers,
        gateway: Gateway,
        faults: Faults,
        log: Log,
    ) -> None:
        self._guild = guild
        self._ids = ids
        self._messages = messages
        self._rest = rest
        self._answers = answers
        self._gateway = gateway
        self._faults = faults
        self._log = log

    def routes(self) -> list[web.RouteDef]:
        """Its routes."""
        return [
            web.post("/control/interaction", self.interact),
            web.post("/control/event", self.event),
            web.get("/control/interaction/{id}", self.interaction),
            web.get("/control/messages", self.messages),
            web.post("/control/delete", self.delete),
            web.post("/control/channel", self.channel),
            web.post("/control/permissions", self.permissions),
            web.get("/control/commands", self.commands),
            web.get("/control/ready", self.ready),
            web.get("/control/log", self.log),
            web.post("/control/fault", self.fault),
        ]

    async def interact(self, request: web.Request) -> web.Response:
        """Do what a member does, and tell every gateway session."""
        wanted: Json = await request.json()
        channel = self._guild.channel(str(wanted["channel"]))
        if channel is None:
            raise web.HTTPConflict(reason="no such channel")
        if not self._gateway.connected:
            raise web.HTTPConflict(reason="no gateway session is identified")
        payload = interaction(
            self._guild,
            self._ids.next(),
            channel=channel,
            asker=str(wanted["user"]),
            **self._deed(wanted, channel),
        )
        self._answers.expect(payload)
        await self._gateway.dispatch("INTERACTION_CREATE", payload)
        return reply({"id": payload["id"], "token": payload["token"]})

    async def event(self, request: web.Request) -> web.Response:
        """Tell every gateway session of any event, also of one that no client can read."""
        event: Json = await request.json()
        await self._gateway.dispatch(event["name"], event["data"])
        return reply({})

    async def interaction(self, request: web.Request) -> web.Response:
        found = self._answers.interactions.get(request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound(reason="no such interaction")
        shown = asdict(found)
        del shown["payload"]
        return reply({**shown, "original": None if found.thinking else found.original})

    async def messages(self, request: web.Request) -> web.Response:
        channel = request.query.get("channel")
        return reply(
            self._messages.everything() if channel is None else self._messages.listed(channel)
        )

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a message, as a moderator does."""
        wanted: Json = await request.json()
        found = [m for m in self._messages.listed(wanted["channel"]) if m["id"] == wanted["id"]]
        if not found:
            raise web.HTTPNotFound(reason="no such message")
        self._messages.delete(found[0])
        return reply({})

    async def channel(self, request: web.Request) -> web.Response:
        """Delete a channel, forbid the bot to write in it, or open it again; the gateway tells."""
        wanted: Json = await request.json()
        if wanted["state"] not in _STATES:
            raise web.HTTPBadRequest(reason=f"state must be one of {tuple(_STATES)}")
        was_there = self._guild.channel(wanted["id"]) is not None
        channel = self._guild.change(wanted["id"], _STATES[wanted["state"]])
        if channel.access is Access.GONE:
            event = "CHANNEL_DELETE"
        else:
            event = "CHANNEL_UPDATE" if was_there else "CHANNEL_CREATE"
        await self._gateway.dispatch(event, channel_object(self._guild, channel))
        return reply({})

    async def permissions(self, request: web.Request) -> web.Response:
        """Let the bot read what was said, or not."""
        self._rest.reading = History((await request.json())["history"])
        return reply({})

    async def commands(self, _: web.Request) -> web.Response:
        return reply(self._commands())

    async def ready(self, _: web.Request) -> web.Response:
        return reply({"connected": self._gateway.connected})

    async def log(self, _: web.Request) -> web.Response:
        return reply(self._log.lines())

    async def fault(self, request: web.Request) -> web.Response:
        self._faults.arrange(Fault(**await request.json()))
        return reply({})

    def _commands(self) -> list[Json]:
        return [command for scope in self._rest.commands.values() for command in scope]

    def _deed(self, wanted: Json, channel: Channel) -> Json:
        """The parts of the interaction that depend on what the member does."""
        if wanted["kind"] == "command":
            return {"kind": _COMMAND, "data": self._brief(wanted.get("query"))}
        data = {"custom_id": wanted["custom_id"], "component_type": _BUTTON}
        for message in reversed(self._messages.listed(channel.id)):
            if wanted["custom_id"] in _enabled(message["components"]):
                return {"kind": _COMPONENT, "data": data, "message": message}
        raise web.HTTPConflict(reason="no message of that channel shows such a button")

    def _brief(self, query: str | None) -> Json:
        command = next((found for found in self._commands() if found["name"] == "brief"), None)
        if command is None:
            raise web.HTTPConflict(reason="no command `brief` is registered")
        data = {"id": command["id"], "name": "brief", "type": 1, "options": []}
        if query is not None:
            data["options"] = [{"type": 3, "name": "query", "value": query}]
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        return data


def _enabled(rows: Iterable[Json]) -> list[str]:
    """The ids of the buttons that can be pressed."""
    buttons = [button for row in rows for button in row["components"]]
    return [button.get("custom_id", "") for button in buttons if not button.get("disabled")]
