"""What every REST request to the twin passes: its body, faults, the bot's token, the log.

An error is `{"message", "code"}`, with `errors` where it is about a form. Answers are exactly
`application/json`, with no charset, which clients insist on.
"""

import asyncio
import json
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from tests.twins.discord_guild import Json
from tests.twins.discord_pace import Limit, Pace, limit_headers
from tests.twins.discord_rules import Problem
from tests.twins.faults import REFUSING, SILENT, Fault, Faults, cut
from tests.twins.log import Log

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

POSTS = "messages"
"""The name by which faults call the posts of messages."""

_BODY = web.RequestKey("body", Any)
_WITHOUT_BOT_TOKEN = ("/api/v10/interactions/", "/api/v10/webhooks/")


def reply(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A JSON answer."""
    data = json.dumps(body).encode()
    return web.Response(body=data, status=status, headers=headers, content_type="application/json")


def sent(request: web.Request) -> Any:
    """The JSON that came with a request, or None."""
    return request[_BODY]


def form(request: web.Request) -> Json:
    """The JSON object that came with a request; raises Problem if something else came."""
    body = request[_BODY]
    if not isinstance(body, dict):
        raise Problem(400, 50109, "The request body contains invalid JSON.")
    return body


class Front:
    """The one middleware; `routes` tells by which name faults call a handler.

    Without a pace, requests may come as fast as they will, and no header tells of limits.
    """

    def __init__(
        self, token: str, routes: Mapping[Any, str], faults: Faults, pace: Pace | None, log: Log
    ) -> None:
        self._token = token
        self._routes = routes
        self._faults = faults
        self._pace = pace
        self._log = log

    @web.middleware
    async def receive(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer one request, now, later or never."""
        fault = self._faults.take(self._routes.get(request.match_info.handler), request)
        response = await self._answer(request, handler, fault)
        answered = fault is None or fault.kind not in (*SILENT, "lost")
        status = response.status if answered else None
        self._log.write(request.method, request.path, status, request.get(_BODY))
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.retry_after)
        if fault and not answered:
            cut(request, fault)
        return response

    async def _answer(
        self, request: web.Request, handler: Handler, fault: Fault | None
    ) -> web.StreamResponse:
        try:
            request[_BODY] = _parse(await request.text())
            if fault and fault.kind in REFUSING:
                return _refusal(fault)
            if fault and fault.kind in SILENT:
                return web.Response()
            self._authorise(request)
            if self._pace:
                return await self._in_turn(request, handler, self._pace)
            return await handler(request)
        except Problem as problem:
            return reply(problem.body, problem.status)
        except web.HTTPException as error:
            return reply({"message": f"{error.status}: {error.reason}", "code": 0}, error.status)

    async def _in_turn(
        self, request: web.Request, handler: Handler, pace: Pace
    ) -> web.StreamResponse:
        """Answer what does not come too fast; interactions are in nobody's way."""
        now = time.time()
        if not request.path.startswith(_WITHOUT_BOT_TOKEN) and (limit := pace.request(now)):
            return _too_fast(limit, {"X-RateLimit-Global": "true"})
        if self._routes.get(request.match_info.handler) != POSTS:
            return await handler(request)
        channel = request.match_info["channel"]
        if limit := pace.post(channel, now):
            return _too_fast(limit, pace.headers(channel, now))
        try:
            response = await handler(request)
        except Problem as problem:
            response = reply(problem.body, problem.status)
        response.headers.update(pace.headers(channel, now))
        return response

    def _authorise(self, request: web.Request) -> None:
        """Ask for the bot's token, except where the path holds an interaction's own."""
        if request.path.startswith(_WITHOUT_BOT_TOKEN):
            return
        if request.headers.get("Authorization") != f"Bot {self._token}":
            raise Problem(401, 0, "401: Unauthorized")


def _parse(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        raise Problem(400, 50109, "The request body contains invalid JSON.") from None


def _refusal(fault: Fault) -> web.Response:
    seconds = fault.retry_after
    if fault.kind == "429":
        return _too_fast(Limit(seconds, "user"), limit_headers(0, seconds, time.time()))
    status = HTTPStatus(int(fault.kind))
    return reply({"message": f"{status}: {status.phrase}", "code": 0}, status)


def _too_fast(limit: Limit, headers: Mapping[str, str]) -> web.Response:
    """A 429, with the `Via` without which clients take it for a ban by Cloudflare."""
    told = {
        "Via": "1.1 twin",
        "Retry-After": str(math.ceil(limit.seconds)),
        "X-RateLimit-Scope": limit.scope,
        **headers,
    }
    body = {
        "message": "You are being rate limited.",
        "retry_after": math.ceil(limit.seconds * 1000) / 1000,
        "global": limit.scope == "global",
    }
    return reply(body, 429, told)
