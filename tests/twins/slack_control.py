"""What tests do to the twin: play the members of the workspace, break things, read what came in.

    POST /control/command     {"text", "user", "channel", "mode": "socket"|"http", "url", "times"?}
    POST /control/button      {"action_id", "value", "user", "channel", "mode", "url"}
    POST /control/raw         {"url", "body", "timestamp", "signature"?} -> {"status", "body"}
    POST /control/fault       {"method", "kind", "times", "retry_after"}, see `faults`
    POST /control/chaos       {"seed", "refused", "lost", "slow", "slow_seconds", "dropped"}
    POST /control/disconnect  {"type": "warning"|"refresh_requested"|"drop"}
    POST /control/delete      {"channel", "id"}: deletes the message of this ts
    POST /control/channel     {"id", "state": "open"|"archived"|"deleted"|"forbidden"}
    POST /control/permissions {"history": bool, "list": bool}: whether there is a scope for it
    GET  /control/ready       {"sockets": n}
    GET  /control/messages?channel=ID, /control/response/ID, /control/chaos, /control/log

Without a channel, /control/messages are all by channel, the deleted ones too, each with `deleted`.
With chaos, each post of a message has these chances of a fault; `{}` ends it, GET counts them.
The method of a fault may also be "response", for `response_url`, or "any".
`times` is how often the one envelope is sent. A command and a button answer `{"id",
"acknowledged_ms", "ack", "status", "error"}`; the id is that of its `response_url`, and the error
what the member would be told. In HTTP mode there are also the "timestamp", "signature" and "body"
that were sent.
"""

import asyncio
import time
from dataclasses import dataclass

from aiohttp import ClientError, ClientSession, web

from tests.twins.faults import Fault, Faults
from tests.twins.log import Log
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
_STATES = ("open", "archived", "deleted", "forbidden")
_DISCONNECTS = ("warning", "refresh_requested", "drop")


@dataclass(frozen=True, slots=True)
class Control:
    """The addresses under `/control`."""

    workspace: Workspace
    sockets: Sockets
    faults: Faults
    log: Log
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
            web.post("/control/delete", self._delete),
            web.post("/control/channel", self._change_channel),
            web.post("/control/permissions", self._permissions),
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
        wish = await request.json()
        self.faults.arrange(Fault(wish.pop("method"), **wish))
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
        channel = request.query.get("channel")
        if channel is None:
            return web.json_response(self.workspace.everything())
        return web.json_response(self.workspace.channels[channel].messages)

    async def _delete(self, request: web.Request) -> web.Response:
        wish = await request.json()
        try:
            self.workspace.delete(wish["channel"], wish["id"])
        except Refusal as refusal:
            raise web.HTTPNotFound(reason=refusal.error) from None
        return web.json_response({})

    async def _change_channel(self, request: web.Request) -> web.Response:
        wish = await request.json()
        channel, state = self.workspace.channels[wish["id"]], wish["state"]
        if state not in _STATES:
            raise web.HTTPBadRequest(text=f"state must be one of {_STATES}")
        channel.archived = state == "archived"
        channel.gone = state == "deleted"
        channel.restricted = state == "forbidden"
        return web.json_response({})

    async def _permissions(self, request: web.Request) -> web.Response:
        wish = await request.json()
        self.workspace.denied -= {deed for deed, allowed in wish.items() if allowed}
        self.workspace.denied |= {deed for deed, allowed in wish.items() if not allowed}
        return web.json_response({})

    async def _response(self, request: web.Request) -> web.Response:
        response = self.workspace.responses[request.match_info["id"]]
        return web.json_response({"uses": response.uses})

    async def _log(self, _request: web.Request) -> web.Response:
        return web.json_response(self.log.lines())


def _address(request: web.Request, token: str) -> str:
    return f"http://{request.host}/response/{token}"


async def _send(url: str, body: str, timestamp: str, signed: str) -> tuple[int, str]:
    async with (
        ClientSession() as session,
        session.post(url, data=body, headers=headers(timestamp, signed)) as response,
    ):
        return response.status, await response.text()
