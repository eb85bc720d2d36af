"""A loopback site whose feeds are well, slow, busy, moved or gone."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.loopback import listening
from tests.news import FRUIT

HANGING = 3600.0
RETRY_AFTER = 7200


@dataclass(slots=True)
class Site:
    """What a path means: `/feed...` one article, `/page` no feed, and as its name says.

    `/hangs` never answers, `/slow` after half a second, `/busy` 429, `/broken` 500, `/gone` 410;
    `/moved` leads to `/feed` for good. Of `most` requests at one time is told by address.
    """

    base: str = ""
    text: str = FRUIT
    asked: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    most: int = 0

    def at(self, address: str, path: str = "/feed") -> str:
        """The same site under another loopback address."""
        return f"{self.base.replace('127.0.0.1', address)}{path}"

    async def answer(self, request: web.Request) -> web.Response:
        self.asked[request.path] += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            return await self._answer(request)
        finally:
            self.under_way -= 1

    async def _answer(self, request: web.Request) -> web.Response:
        match request.path:
            case "/page":
                page = "<html><body>Welcome</body></html>"
                return web.Response(text=page, content_type="text/html")
            case "/hangs":
                await asyncio.sleep(HANGING)
            case "/slow":
                await asyncio.sleep(0.5)
            case "/busy":
                return web.Response(status=429, headers={"Retry-After": str(RETRY_AFTER)})
            case "/broken":
                return web.Response(status=500)
            case "/gone":
                return web.Response(status=410)
            case "/moved":
                return web.Response(status=301, headers={"Location": "/feed"})
        if not request.path.startswith(("/feed", "/slow")):
            return web.Response(status=404)
        return self._feed(request)

    def _feed(self, request: web.Request) -> web.Response:
        etag = f'"{len(self.text)}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        host = request.host if request.path == "/feed" else f"{request.host}{request.path}"
        item = (
            f"<item><guid>fruit</guid><link>http://{host}/fruit?utm_source=rss</link>"
            f"<title>Cherries</title><description>{self.text}</description></item>"
        )
        body = f'<rss version="2.0"><channel><title>Gazette</title>{item}</channel></rss>'
        return web.Response(text=body, content_type="text/xml", headers={"ETag": etag})


@asynccontextmanager
async def served() -> AsyncIterator[Site]:
    """A site on every address of loopback, until the block ends."""
    made, app = Site(), web.Application()
    app.router.add_get("/{path:.*}", made.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, listening()).start()
    made.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()
