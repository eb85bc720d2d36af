"""What goes wrong with the requests to a twin: the faults that a test arranges, and random ones.

Of the kinds of a fault, `429`, `500` and `503` refuse before anything happens. `dropped` cuts the
connection before anything happens; so does `stale`, but only one that has served a request before,
as a server does that closes a kept-alive connection just as the next request comes. With `lost`
and `slow` everything happens, and then the connection is cut, or the answer comes late.
"""

import random
import socket
import struct
from asyncio import BaseTransport
from collections import Counter
from dataclasses import dataclass
from itertools import cycle
from weakref import WeakSet

from aiohttp import web

REFUSING = ("429", "500", "503")
SILENT = ("dropped", "stale")
KINDS = (*REFUSING, *SILENT, "lost", "slow")

_RESET = struct.pack("ii", 1, 0)
"""Linger for no time, so that closing resets the connection."""


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` requests of one route, `any` being all of them.

    `retry_after`, in seconds, is what a `429` tells, and how late the answer is with `slow`.
    """

    route: str
    kind: str
    times: int = 1
    retry_after: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise web.HTTPBadRequest(text=f"kind must be one of {KINDS}")


@dataclass(frozen=True, slots=True)
class Odds:
    """The chance of each misfortune of a post; `refused` is a 429, a 500 and a 503 by turns.

    All others are answered after up to `latency` seconds.
    """

    seed: int
    refused: float = 0.0
    lost: float = 0.0
    slow: float = 0.0
    slow_seconds: float = 2.5
    dropped: float = 0.0
    latency: float = 0.0


class Chaos:
    """Draws a misfortune, or none, for each post; the same seed draws the same row of them."""

    def __init__(self, odds: Odds) -> None:
        self.odds: Odds | None = odds
        self._random = random.Random(odds.seed)
        self._refusals = cycle(REFUSING)
        self.counts = Counter(posts=0, refused=0, lost=0, slow=0, dropped=0)

    def draw(self, route: str) -> Fault | None:
        """What goes wrong with the next post; nothing, where `odds` were taken away."""
        if (odds := self.odds) is None:
            return None
        self.counts["posts"] += 1
        place = self._random.random()
        for name in ("refused", "lost", "slow", "dropped"):
            place -= getattr(odds, name)
            if place < 0:
                self.counts[name] += 1
                kind = next(self._refusals) if name == "refused" else name
                return Fault(route, kind, retry_after=odds.slow_seconds if name == "slow" else 1.0)
        if not odds.latency:
            return None
        return Fault(route, "slow", retry_after=self._random.random() * odds.latency)


class Faults:
    """The faults to come; the random ones are for the posts of messages, which is one route."""

    def __init__(self, posts: str) -> None:
        self._posts = posts
        self._arranged: list[Fault] = []
        self._chaos = Chaos(Odds(seed=0))
        self._served: WeakSet[BaseTransport] = WeakSet()

    def routes(self) -> list[web.RouteDef]:
        """The addresses under which random faults begin, end and are counted."""
        return [
            web.post("/control/chaos", self._begin_chaos),
            web.get("/control/chaos", self._count_chaos),
        ]

    def arrange(self, fault: Fault) -> None:
        """Add a fault, behind those that are there."""
        self._arranged.append(fault)

    def take(self, route: str | None, request: web.Request) -> Fault | None:
        """What goes wrong with this request: what is arranged for it, or else what chance does."""
        used = request.transport in self._served
        if request.transport:
            self._served.add(request.transport)
        for fault in self._arranged:
            if fault.route in (route, "any") and (used or fault.kind != "stale"):
                fault.times -= 1
                if fault.times < 1:
                    self._arranged.remove(fault)
                return fault
        return self._chaos.draw(self._posts) if route == self._posts else None

    async def _begin_chaos(self, request: web.Request) -> web.Response:
        """Start with these odds and with counts of zero; or end, where there are none."""
        if odds := await request.json():
            self._chaos = Chaos(Odds(**odds))
        else:
            self._chaos.odds = None
        return web.json_response({})

    async def _count_chaos(self, _: web.Request) -> web.Response:
        return web.json_response(self._chaos.counts)


def cut(request: web.Request, fault: Fault) -> None:
    """End the connection of a request without an answer: `dropped` resets it, others close it."""
    if request.transport is None:
        return
    if fault.kind == "dropped":
        request.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, _RESET
        )
    request.transport.abort()
