"""A loopback Slack that the real slack_sdk and slack_bolt talk to.

    python -m tests.twins.slack --port 0 --log FILE.jsonl

prints `{"port": N}` when it listens on 127.0.0.1, and ends on SIGTERM. The app's base URL is
`http://127.0.0.1:N/api/`; `slack_control` tells what tests find under `/control`.
"""

import argparse
import asyncio
import json
import math
import signal
import time
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from tests.twins.faults import SILENT, Fault, Faults, cut
from tests.twins.log import Log
from tests.twins.slack_arguments import read
from tests.twins.slack_control import Control
from tests.twins.slack_rules import Refusal
from tests.twins.slack_socket import Sockets
from tests.twins.slack_workspace import Body, Workspace

_SCOPES = "channels:history,channels:join,channels:read,chat:write,commands,users:read"


class Slack:
    """The Web API, `response_url` and the websockets of one workspace."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._bot_token: str = options.bot_token
        self._app_token: str = options.app_token
        self._log = Log(options.log)
        self._faults = Faults("chat.postMessage")
        self._workspace = Workspace(pace=options.pace == "on", more_channels=options.channels)
        self._sockets = Sockets(lambda body: self._log.write("WS", "/socket", 200, body))
        self._control = Control(
            self._workspace,
            self._sockets,
            self._faults,
            self._log,
            options.signing_secret,
        )

    def application(self) -> web.Application:
        """The web application."""
        app = web.Application()
        app.on_shutdown.append(lambda _app: self._sockets.close())
        app.add_routes(
            [
                web.route("*", "/api/{method}", self._api),
                web.post("/response/{token}", self._response),
                web.get("/socket", self._sockets.serve),
                *self._control.routes(),
                *self._faults.routes(),
            ]
        )
        return app

    async def _api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        arguments = await read(request)
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = arguments.pop("token", "") or bearer

        def answer() -> web.Response:
            try:
                body = self._call(method, token, arguments, request.host)
            except Refusal as refusal:
                return _refused(refusal, 200)
            return web.json_response({"ok": True} | body, headers={"X-OAuth-Scopes": _SCOPES})

        return await self._serve(request, method, arguments, answer)

    def _call(self, method: str, token: str, arguments: Body, host: str) -> Body:
        if not token:
            raise Refusal("not_authed")
        if token not in (self._bot_token, self._app_token):
            raise Refusal("invalid_auth")
        opens = method == "apps.connections.open"
        if opens != (token == self._app_token):
            raise Refusal("not_allowed_token_type")
        if opens:
            return {"url": f"ws://{host}/socket?ticket={self._sockets.ticket()}"}
        return self._workspace.call(method, arguments)

    async def _response(self, request: web.Request) -> web.Response:
        body = await request.json()

        def answer() -> web.Response:
            try:
                self._workspace.respond(request.match_info["token"], body, time.monotonic())
            except Refusal as refusal:
                return _refused(refusal, 404 if refusal.error.endswith("_url") else 400)
            return web.Response(text="ok")

        return await self._serve(request, "response", body, answer)

    async def _serve(
        self, request: web.Request, method: str, body: Body, answer: Callable[[], web.Response]
    ) -> web.Response:
        fault = self._faults.take(method, request)
        match fault:
            case Fault(kind="429", retry_after=seconds):
                response = _refused(Refusal("ratelimited", retry_after=seconds), 429)
            case Fault(kind="500"):
                response = _refused(Refusal("internal_error"), 500)
            case Fault(kind="503"):
                response = _refused(Refusal("service_unavailable"), 503)
            case Fault(kind=kind) if kind in SILENT:
                response = web.Response()
            case _:
                response = answer()
        answered = fault is None or fault.kind not in (*SILENT, "lost")
        status = response.status if answered else None
        self._log.write(request.method, request.path, status, body)
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.retry_after)
        if fault and not answered:
            cut(request, fault)
        return response


def _refused(refusal: Refusal, status: int) -> web.Response:
    body: Body = {"ok": False, "error": refusal.error}
    if refusal.messages:
        body["response_metadata"] = {"messages": refusal.messages}
    if refusal.needed:
        body |= {"needed": refusal.needed, "provided": _SCOPES.replace(refusal.needed + ",", "")}
    if refusal.retry_after is None:
        return web.json_response(body, status=status)
    return web.json_response(
        body, status=429, headers={"Retry-After": str(math.ceil(refusal.retry_after))}
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A loopback Slack for tests.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--signing-secret", default="twin-signing-secret")
    parser.add_argument("--bot-token", default="xoxb-twin")
    parser.add_argument("--app-token", default="xapp-twin")
    parser.add_argument("--pace", choices=("on", "off"), default="off", help="429 when too fast")
    parser.add_argument("--channels", type=int, default=0, help="make so many more, #c1 and on")
    return parser.parse_args()


async def _run(options: argparse.Namespace) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    app = Slack(options).application()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", options.port).start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await ended.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_run(_options()))
