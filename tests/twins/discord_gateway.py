"""The twin's gateway: the sessions that listen, and resume where they stopped listening.

Opcodes and close codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes.
"""

import json
import secrets
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum

from aiohttp import WSCloseCode, WSMsgType, web

from tests.twins.discord_guild import Guild, Json, guild_object, user

_HEARTBEAT_MS = 41_250
_GUILDS_INTENT = 1


class _Op(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    RESUME = 6
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


_IGNORED = (3, 4, 8)


class _Wire:
    """A connection, as zlib-stream where the client asked for that, else as plain text."""

    def __init__(self, socket: web.WebSocketResponse, compression: str | None) -> None:
        self.socket = socket
        self._deflate = zlib.compressobj() if compression == "zlib-stream" else None

    async def send(self, payload: Json) -> None:
        """Send it, unless the connection is gone: then a session hears it when it resumes."""
        data = json.dumps(payload)
        with suppress(ConnectionError):
            if self._deflate is None:
                await self.socket.send_str(data)
            else:
                deflated = self._deflate.compress(data.encode())
                await self.socket.send_bytes(deflated + self._deflate.flush(zlib.Z_SYNC_FLUSH))


@dataclass(eq=False, slots=True)
class _Session:
    """What one identified client was told so far, so that it can resume."""

    id: str
    events: list[Json] = field(default_factory=list)
    wire: _Wire | None = None

    async def tell(self, event: str, data: Json) -> None:
        sequence = len(self.events) + 1
        self.events.append({"op": _Op.DISPATCH, "t": event, "s": sequence, "d": data})
        if self.wire:
            await self.wire.send(self.events[-1])

    async def attach(self, wire: _Wire, heard: int) -> None:
        """Replay what was missed; events that come meanwhile queue up behind it, in order."""
        self.wire = None
        while heard < len(self.events):
            await wire.send(self.events[heard])
            heard += 1
        self.wire = wire


class Gateway:
    """Every identified session hears every dispatch, now or when it resumes."""

    def __init__(self, token: str, guild: Guild) -> None:
        self._token = token
        self._guild = guild
        self._sessions: dict[str, _Session] = {}

    @property
    def connected(self) -> int:
        """How many sessions are identified and connected now."""
        return sum(session.wire is not None for session in self._sessions.values())

    async def dispatch(self, event: str, data: Json) -> None:
        """Send an event to every session."""
        for session in list(self._sessions.values()):
            await session.tell(event, data)

    async def close(self) -> None:
        """Tell every client to go, and to come back later."""
        for session in list(self._sessions.values()):
            if session.wire:
                await session.wire.socket.close(code=WSCloseCode.GOING_AWAY)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, from HELLO to its end."""
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        wire = _Wire(socket, request.query.get("compress"))
        await wire.send({"op": _Op.HELLO, "d": {"heartbeat_interval": _HEARTBEAT_MS}})
        session: _Session | None = None
        try:
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT:
                    break
                message = frame.json()
                data = message.get("d")
                match message.get("op"):
                    case _Op.HEARTBEAT:
                        await wire.send({"op": _Op.HEARTBEAT_ACK})
                    case _Op.IDENTIFY | _Op.RESUME if session:
                        await socket.close(code=4005, message=b"Already authenticated.")
                    case _Op.IDENTIFY | _Op.RESUME if data.get("token") != self._token:
                        await socket.close(code=4004, message=b"Authentication failed.")
                    case _Op.IDENTIFY:
                        session = await self._identify(wire, data, f"ws://{request.host}/gateway")
                    case _Op.RESUME:
                        session = await self._resume(wire, data)
                    case op if op not in _IGNORED:
                        await socket.close(code=4001, message=b"Unknown opcode.")
                    case _ if session is None:
                        await socket.close(code=4003, message=b"Not authenticated.")
        finally:
            if session and session.wire is wire:
                session.wire = None
        return socket

    async def _identify(self, wire: _Wire, data: Json, url: str) -> _Session:
        session = _Session(secrets.token_hex(16))
        self._sessions[session.id] = session
        session.wire = wire
        ready = {
            "v": 10,
            "user": user(self._guild.bot, bot=True),
            "guilds": [{"id": self._guild.id, "unavailable": True}],
            "session_id": session.id,
            "resume_gateway_url": url,
            "application": {"id": self._guild.bot, "flags": 0},
            "shard": data.get("shard", [0, 1]),
        }
        await session.tell("READY", ready)
        if data.get("intents", 0) & _GUILDS_INTENT:
            await session.tell("GUILD_CREATE", guild_object(self._guild))
        return session

    async def _resume(self, wire: _Wire, data: Json) -> _Session | None:
        """Take up a session where it was left, or say that it is not known any more."""
        session = self._sessions.get(str(data.get("session_id")))
        heard = data.get("seq")
        if session is None or not isinstance(heard, int) or not 0 <= heard <= len(session.events):
            await wire.send({"op": _Op.INVALID_SESSION, "d": False})
            return None
        await session.attach(wire, heard)
        await session.tell("RESUMED", {})
        return session
