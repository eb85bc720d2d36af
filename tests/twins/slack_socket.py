"""Socket Mode: the websockets over which Slack sends envelopes and reads acknowledgements.

Source: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
from collections.abc import Callable
from secrets import token_hex
from typing import Any

from aiohttp import WSMsgType, web

from tests.twins.slack_workspace import APP, Body

_PING_SECONDS = 10.0


class Sockets:
    """The open connections; `heard` is told of each message that comes in over one."""

    def __init__(self, heard: Callable[[Body], None]) -> None:
        self._heard = heard
        self._tickets: set[str] = set()
        self._open: dict[web.WebSocketResponse, web.Request] = {}
        self._waiting: dict[str, asyncio.Future[Any]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def ticket(self) -> str:
        """What lets one connection in, once."""
        ticket = token_hex(8)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Greet a connection that holds a ticket, and listen to it until it ends."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse(heartbeat=_PING_SECONDS)
        await socket.prepare(request)
        self._open[socket] = request
        try:
            await socket.send_json(self._hello())
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._take(message.json())
        finally:
            del self._open[socket]
        return socket

    async def deliver(self, kind: str, payload: Body, times: int = 1) -> Any:
        """Send an envelope to the newest connection; returns the payload of its acknowledgement.

        Slack may send one again, as it does where the acknowledgement was lost: `times`.

        Raises ConnectionError if nobody is connected. Waits for ever: set a deadline.
        """
        if not self._open:
            raise ConnectionError("no open socket")
        envelope = token_hex(8)
        acknowledged = self._waiting[envelope] = asyncio.get_running_loop().create_future()
        try:
            for attempt in range(times):
                await list(self._open)[-1].send_json(
                    {
                        "envelope_id": envelope,
                        "type": kind,
                        "payload": payload,
                        "accepts_response_payload": True,
                        "retry_attempt": attempt,
                    }
                )
            return await acknowledged
        finally:
            del self._waiting[envelope]

    async def disconnect(self, kind: str) -> None:
        """Ask every connection to go ("warning", "refresh_requested"), or cut it off ("drop")."""
        for socket, request in list(self._open.items()):
            if kind == "drop":
                if request.transport:
                    request.transport.abort()
            else:
                await socket.send_json(
                    {"type": "disconnect", "reason": kind, "debug_info": {"host": "twin"}}
                )

    async def close(self) -> None:
        """Say goodbye to every connection."""
        for socket in list(self._open):
            await socket.close()

    def _take(self, message: Body) -> None:
        self._heard(message)
        waiting = self._waiting.get(message.get("envelope_id", ""))
        if waiting and not waiting.done():
            waiting.set_result(message.get("payload"))

    def _hello(self) -> Body:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": {
                "host": "twin",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": APP},
        }
