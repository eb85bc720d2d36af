"""Article pages: fetched a host at a time, extracted in workers, each trouble its own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web

from summaries.draft import Draft
from summaries.errors import Busy, SourceError, WorkerError
from summaries.fetch import Fetcher
from summaries.sources import Tools
from summaries.sources.articles import fetch_articles
from tests.loopback import listening

STORY = (
    "The river rose on Sunday after a week of rain, and two villages were cut off from the road. "
    "Boats brought bread and water to families who had climbed to the roofs of their houses."
)


class Site:
    """A loopback site at several addresses, of 127.0.0.0/8, that counts who is being served."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[str] = []
        self.serving: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.together = 0

    async def answer(self, request: web.Request) -> web.Response:
        host = request.host
        if request.path == "/robots.txt":
            return web.Response(status=404)
        self.asked.append(request.path)
        self.serving[host] = self.serving.get(host, 0) + 1
        self.most[host] = max(self.most.get(host, 0), self.serving[host])
        self.together = max(self.together, sum(self.serving.values()))
        await asyncio.sleep(0.02)
        self.serving[host] -= 1
        if request.path == "/busy":
            return web.Response(status=503)
        if request.path == "/none":
            return web.Response(status=404)
        page = f"<html><body><article><h1>T</h1><p>{STORY}</p></article></body></html>"
        return web.Response(text=page, content_type="text/html")

    def at(self, number: int, path: str) -> str:
        return f"http://127.0.0.{number}:{self.port}{path}"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    app = web.Application()
    app.router.add_get("/{page:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, listening()).start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


@pytest.fixture
async def hasty(tools: Tools) -> AsyncIterator[Tools]:
    async with Fetcher(allow=["127.0.0.0/8"], gap=0) as fetcher:
        yield replace(tools, fetcher=fetcher)


async def fetched(
    addresses: list[str], tools: Tools
) -> dict[str, Draft | SourceError | WorkerError]:
    return {
        address: page async for address, page in fetch_articles(dict.fromkeys(addresses), tools)
    }


async def test_each_address_has_its_article_or_its_trouble(site: Site, hasty: Tools) -> None:
    good, none, bad = site.at(1, "/a"), site.at(1, "/none"), "ftp://127.0.0.1/a"
    pages = await fetched([good, none, bad], hasty)
    story = pages[good]
    assert isinstance(story, Draft)
    assert story.text == STORY
    assert "nothing at this address" in str(pages[none])
    assert isinstance(pages[bad], SourceError)


async def test_hosts_are_asked_side_by_side_and_each_for_one_page_at_a_time(
    site: Site, hasty: Tools
) -> None:
    await fetched([site.at(n, f"/{k}") for n in (1, 2, 3) for k in range(3)], hasty)
    assert set(site.most.values()) == {1}
    assert site.together > 1


async def test_a_busy_host_is_left_alone(site: Site, hasty: Tools) -> None:
    addresses = [site.at(1, path) for path in ("/busy", "/a", "/b")]
    pages = await fetched([*addresses, site.at(2, "/c")], hasty)
    assert all(isinstance(pages[address], Busy) for address in addresses)
    assert isinstance(pages[site.at(2, "/c")], Draft)
    assert sorted(site.asked) == ["/busy", "/c"]


async def test_who_stops_listening_stops_the_fetching(site: Site, hasty: Tools) -> None:
    pages = fetch_articles({site.at(1, f"/{n}"): None for n in range(20)}, hasty)
    await anext(pages)
    await pages.aclose()  # type: ignore[attr-defined]
    asked = len(site.asked)
    await asyncio.sleep(0.1)
    assert len(site.asked) == asked < 20
