"""What tests do to the twin: play the members of the workspace, break things, read what came in.

    POST /control/command     {"text", "user", "channel", "mode": "socket"|"http", "url", "times"?}
    POST /control/button      {"action_id", "value", "user", "channel", "mode", "url"}
    POST /control/raw         {"url", "body", "timestamp", "signature"?} -> {"status", "body"}
    POST /control/fault       {"method", "kind", "times", "retry_after"}, see Fault
    POST /control/disconnect  {"type": "warning"|"refresh_requested"|"drop"}
    GET  /control/ready       {"sockets": n}
    GET  /control/messages?channel=ID, /control/response/ID, /control/log

`times` is how often the one envelope is sent. A command and a button answer `{"id",
"acknowledged_ms", "ack", "status", "error"}`; the id is that of its `response_url`, and the error
what the member would be told. In HTTP mode there are also the "timestamp", "signature" and "body"
that were sent.
"""

import asyncio
import time
from dataclasses import dataclass

from aiohttp import ClientError, ClientSession, web

from tests.twins.slack_payloads import (
    acknowledged,
    block_actions,
    form,
    headers,
    signature,
    slash_command,
)
from tests.twins.slack_rules import Refusal
from tests.twins.slack_socket import Sockets
from tests.twins.slack_workspace import Body, Workspace

_ACKNOWLEDGE_SECONDS = 3.0
_FAULTS = ("429", "500", "lost", "slow")
_DISCONNECTS = ("warning", "refresh_requested", "drop")


@dataclass
class Fault:
    """What goes wrong with the next `times` calls of a Web API method, "response" or "any".

    "429" and "500" refuse before anything is stored; "lost" stores and cuts the connection;
    "slow" stores and answers `retry_after` seconds later.
    """

    method: str
    kind: str
    times: int = 1
    retry_after: float = 1


class Faults:
    """The faults to come."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def arrange(self, fault: Fault) -> None:
        """Add a fault, behind those that are there."""
        self._faults.append(fault)

    def take(self, method: str) -> Fault | None:
        """Use up the first fault of this method."""
        for fault in self._faults:
            if fault.times > 0 and fault.method in (method, "any"):
                fault.times -= 1
                return fault
        return None


@dataclass(frozen=True, slots=True)
class Control:
    """The addresses under `/control`; `lines` are those of the log."""

    workspace: Workspace
    sockets: Sockets
    faults: Faults
    lines: list[Body]
    signing_secret: str

    def routes(self) -> list[web.RouteDef]:
        """Where each of them is."""
        return [
            web.post("/control/command", self._command),
            web.post("/control/button", self._button),
            web.post("/control/raw", self._raw),
            web.post("/control/fault", self._arrange_fault),
            web.post("/control/disconnect", self._disconnect),
            web.get("/control/ready", self._ready),
            web.get("/control/messages", self._messages),
            web.get("/control/response/{id}", self._response),
            web.get("/control/log", self._log),
        ]

    async def _command(self, request: web.Request) -> web.Response:
        wish = await request.json()
        channel = self.workspace.channels[wish["channel"]]
        token = self.workspace.open_response(channel.id)
        payload = slash_command(wish["text"], wish["user"], channel, _address(request, token))
        report = await self._deliver(wish, "slash_commands", payload)
        if report["ack"]:
            try:
                self.workspace.show(token, report["ack"])
            except Refusal as refusal:
                report["error"] = refusal.error
        return web.json_response({"id": token} | report)

    async def _button(self, request: web.Request) -> web.Response:
        wish = await request.json()
        channel = self.workspace.channels[wish["channel"]]
        message = self.workspace.holding(channel.id, wish["action_id"])
        token = self.workspace.open_response(channel.id, message)
        button = {"action_id": wish["action_id"], "value": wish["value"]}
        address = _address(request, token)
        payload = block_actions(button, wish["user"], channel, message, address)
        report = await self._deliver(wish, "interactive", payload)
        return web.json_response({"id": token} | report)

    async def _deliver(self, wish: Body, kind: str, payload: Body) -> Body:
        sent: Body = {}
        status, ack, error = None, None, None
        started = time.perf_counter()
        try:
            async with asyncio.timeout(_ACKNOWLEDGE_SECONDS):
                if wish["mode"] == "socket":
                    ack = await self.sockets.deliver(kind, payload, wish.get("times", 1))
                    status = 200
                else:
                    timestamp, body = str(int(time.time())), form(kind, payload)
                    signed = signature(self.signing_secret, timestamp, body)
                    sent = {"timestamp": timestamp, "signature": signed, "body": body}
                    status, text = await _send(wish["url"], body, timestamp, signed)
                    ack = acknowledged(text) if status == 200 else None
        except TimeoutError:
            error = "operation_timeout"
        except (ConnectionError, ClientError):
            error = "dispatch_failed"
        if status not in (None, 200):
            error = "dispatch_failed"
        took = round((time.perf_counter() - started) * 1000, 1) if status == 200 else None
        return {"acknowledged_ms": took, "ack": ack, "status": status, "error": error} | sent

    async def _raw(self, request: web.Request) -> web.Response:
        wish = await request.json()
        timestamp, body = str(wish["timestamp"]), wish["body"]
        signed = wish.get("signature") or signature(self.signing_secret, timestamp, body)
        status, text = await _send(wish["url"], body, timestamp, signed)
        return web.json_response({"status": status, "body": text})

    async def _arrange_fault(self, request: web.Request) -> web.Response:
        fault = Fault(**await request.json())
        if fault.kind not in _FAULTS:
            raise web.HTTPBadRequest(text=f"kind must be one of {_FAULTS}")
        self.faults.arrange(fault)
        return web.json_response({"ok": True})

    async def _disconnect(self, request: web.Request) -> web.Response:
        kind = (await request.json())["type"]
        if kind not in _DISCONNECTS:
            raise web.HTTPBadRequest(text=f"type must be one of {_DISCONNECTS}")
        await self.sockets.disconnect(kind)
        return web.json_response({"ok": True})

    async def _ready(self, _request: web.Request) -> web.Response:
        return web.json_response({"sockets": len(self.sockets)})

    async def _messages(self, request: web.Request) -> web.Response:
        return web.json_response(self.workspace.channels[request.query["channel"]].messages)

    async def _response(self, request: web.Request) -> web.Response:
        response = self.workspace.responses[request.match_info["id"]]
        return web.json_response({"uses": response.uses})

    async def _log(self, _request: web.Request) -> web.Response:
        return web.json_response(self.lines)


def _address(request: web.Request, token: str) -> str:
    return f"http://{request.host}/response/{token}"


async def _send(url: str, body: str, timestamp: str, signed: str) -> tuple[int, str]:
    async with (
        ClientSession() as session,
        session.post(url, data=body, headers=headers(timestamp, signed)) as response,
    ):
        return response.status, await response.text()
