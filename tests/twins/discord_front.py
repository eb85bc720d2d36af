"""What every REST request to the twin passes: its body, faults, the bot's token, the log.

An error is `{"message", "code"}`, with `errors` where it is about a form. Answers are exactly
`application/json`, with no charset, which clients insist on.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from aiohttp import web

from tests.twins.discord_guild import Json
from tests.twins.discord_rules import Problem

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_BODY = web.RequestKey("body", Any)
_WITHOUT_BOT_TOKEN = ("/api/v10/interactions/", "/api/v10/webhooks/")
_REFUSING = ("429", "500")


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


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next requests of one route, `any` being all of them.

    A `429` or `500` refuses before anything happens. With `lost` and `slow` everything happens,
    and then the connection is cut, or the answer comes after `retry_after` seconds.
    """

    route: str
    kind: str
    times: int = 1
    retry_after: float = 1.0


class Front:
    """The one middleware; `routes` tells by which name faults call a handler."""

    def __init__(self, token: str, routes: Mapping[Any, str], file: TextIO) -> None:
        self._token = token
        self._routes = routes
        self._file = file
        self.log: list[Json] = []
        self.faults: list[Fault] = []

    @web.middleware
    async def receive(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer one request, now, later or never."""
        at = time.time()
        fault = self._take(self._routes.get(request.match_info.handler))
        response = await self._answer(request, handler, fault)
        lost = fault is not None and fault.kind == "lost"
        entry: Json = {"at": at, "method": request.method, "path": request.path}
        entry |= {"status": None if lost else response.status, "body": request.get(_BODY)}
        self.log.append(entry)
        self._file.write(json.dumps(entry) + "\n")
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.retry_after)
        if lost and request.transport:
            request.transport.close()
        return response

    async def _answer(
        self, request: web.Request, handler: Handler, fault: Fault | None
    ) -> web.StreamResponse:
        try:
            request[_BODY] = _parse(await request.text())
            if fault and fault.kind in _REFUSING:
                return _refusal(fault)
            self._authorise(request)
            return await handler(request)
        except Problem as problem:
            return reply(problem.body, problem.status)
        except web.HTTPException as error:
            return reply({"message": f"{error.status}: {error.reason}", "code": 0}, error.status)

    def _authorise(self, request: web.Request) -> None:
        """Ask for the bot's token, except where the path holds an interaction's own."""
        if request.path.startswith(_WITHOUT_BOT_TOKEN):
            return
        if request.headers.get("Authorization") != f"Bot {self._token}":
            raise Problem(401, 0, "401: Unauthorized")

    def _take(self, route: str | None) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.route in (route, "any"):
                fault.times -= 1
                return fault
        return None


def _parse(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        raise Problem(400, 50109, "The request body contains invalid JSON.") from None


def _refusal(fault: Fault) -> web.Response:
    """A 500; or a 429 with the `Via` without which clients take it for a ban by Cloudflare."""
    if fault.kind == "500":
        return reply({"message": "500: Internal Server Error", "code": 0}, 500)
    seconds = fault.retry_after
    headers = {
        "Via": "1.1 twin",
        "Retry-After": str(seconds),
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(time.time() + seconds),
        "X-RateLimit-Reset-After": str(seconds),
        "X-RateLimit-Bucket": "twin",
        "X-RateLimit-Scope": "user",
    }
    body = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
    return reply(body, 429, headers)
