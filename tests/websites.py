"""Loopback web sites, good and bad, and names that lead to them."""

import asyncio
import gzip
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from summaries.addresses import Resolver
from summaries.fetch import LARGEST_DOWNLOAD
from tests.loopback import listening


class Site:
    """A loopback web site whose pages are functions, and which notes the requests it gets."""

    def __init__(self) -> None:
        self.seen: list[web.Request] = []
        self.base = ""
        self.robots = ""
        self.busy = self.most_at_once = 0
        self.ends: list[float] = []
        self.gaps: list[float] = []

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self.base}{path}".replace("127.0.0.1", host)

    def paths(self) -> list[str]:
        return [request.path for request in self.seen]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        self.gaps += [time.monotonic() - end for end in self.ends[-1:]]
        self.busy += 1
        self.most_at_once = max(self.most_at_once, self.busy)
        try:
            return await self.page(request, request.match_info["kind"])
        finally:
            self.busy -= 1
            self.ends.append(time.monotonic())

    async def page(self, request: web.Request, kind: str) -> web.StreamResponse:
        if kind == "plain":
            return web.Response(body=b"hello", headers={"ETag": '"v1"'}, content_type="text/html")
        if kind == "known":
            return web.Response(status=304, headers={"ETag": '"v1"', "Cache-Control": "max-age=60"})
        if kind == "robots.txt" and self.robots:
            return web.Response(text=self.robots)
        if kind == "loop":
            return web.Response(status=302, headers={"Location": "/loop"})
        if kind == "away":
            code = int(request.query.get("code", 302))
            return web.Response(status=code, headers={"Location": request.query["to"]})
        if kind == "headers":
            return web.Response(headers=request.query)
        if kind == "drip":
            return await self.drip(request)
        if kind == "slow":
            await asyncio.sleep(0.1)
            return web.Response(body=b"slow")
        if kind == "large":
            return web.Response(body=b"x" * (LARGEST_DOWNLOAD + 1))
        if kind == "endless":
            return await self.endless(request)
        if kind == "status":
            code = int(request.query["code"])
            return web.Response(status=code, headers={"Retry-After": "120"})
        if kind not in CODED:
            return web.Response(status=404)
        body, coding = CODED[kind]
        return web.Response(body=body, headers={"Content-Encoding": coding})

    async def drip(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b".")
            await asyncio.sleep(0.1)
        return response

    async def endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


CODED = {
    "gzip": (gzip.compress(b"hello" * 1000), "gzip"),
    "deflate": (zlib.compress(b"hello" * 1000), "deflate"),
    "bare": (bare_deflate(b"hello" * 1000), "deflate"),
    "bomb": (gzip.compress(b"\0" * (1 << 26)) * 16, "gzip"),
    "double": (gzip.compress(gzip.compress(b"\0" * 1_000_000)), "gzip, gzip"),
    "brotli": (b"hello", "br"),
    "damaged": (b"\x1f\x8b\x08\x00 this is not gzip", "gzip"),
}


class Names(Resolver):
    """Knows the names in a table, and notes which it was asked for."""

    def __init__(self, **table: Sequence[str]) -> None:
        super().__init__()
        self.table = table
        self.asked: list[str] = []

    def look_up(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self.table[host.partition(".")[0]]


@asynccontextmanager
async def website() -> AsyncIterator[Site]:
    """A site that every address in 127.0.0.0/8 leads to."""
    place = Site()
    app = web.Application()
    app.router.add_get("/{kind}", place.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, listening()).start()
    place.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield place
    await runner.cleanup()


@asynccontextmanager
async def serving(
    handle: Callable[[asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """The address of a server that does to each connection as it likes."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        try:
            await handle(writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    yield "http://127.0.0.1:{1}/".format(*server.sockets[0].getsockname())
    server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks)
