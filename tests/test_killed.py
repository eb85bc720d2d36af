"""`python -m bot fetch`, killed in the middle of its work, and then left alone."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from summaries.store import Store
from tests.loopback import listening
from tests.program import bot, start, write_config
from tests.stores import ENGINES, index_is_consistent, meddle

FEEDS, ITEMS, KILLS = 60, 10, 8
PLACES = "Baku Ganja Sheki Quba Lankaran Shamakhi Zaqatala Gabala Naftalan Shirvan".split()


@dataclass(slots=True)
class Newsstand:
    """Feeds of which each has its own address and its own news."""

    port: int = 0

    def sources(self) -> dict[str, dict[str, str]]:
        return {
            f"wire{n}": {"feed": f"http://127.0.5.{n + 1}:{self.port}/feed"} for n in range(FEEDS)
        }

    async def feed(self, request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304)
        items = "".join(_item(request.host, n) for n in range(ITEMS))
        body = f'<rss version="2.0"><channel><title>{request.host}</title>{items}</channel></rss>'
        return web.Response(text=body, content_type="text/xml", headers={"ETag": '"1"'})


def _item(host: str, n: int) -> str:
    place = PLACES[n]
    text = (
        f"The council of {place} opened bridge number {n} over the river on Monday morning. "
        f"Engineers from {host.partition(':')[0]} had worked on it for {n + 2} years in all."
    )
    return (
        f"<item><guid>{n}</guid><link>http://{host}/{n}</link><title>A bridge for {place}</title>"
        f"<pubDate>Mon, 13 Apr 2026 08:{n:02}:00 GMT</pubDate>"
        f"<description>{text}</description></item>"
    )


@asynccontextmanager
async def newsstand() -> AsyncIterator[Newsstand]:
    made, app = Newsstand(), web.Application()
    app.router.add_get("/feed", made.feed)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, listening()).start()
    made.port = runner.addresses[0][1]
    try:
        yield made
    finally:
        await runner.cleanup()


async def kill(folder: Path, url: str, pause: float) -> int:
    """Begin a fetch, end it by SIGKILL after so many seconds, and count what is stored then."""
    process = await start("fetch", folder=folder)
    ended = asyncio.create_task(process.communicate())
    await asyncio.wait([ended], timeout=pause)
    if process.returncode is None:
        process.kill()
    await ended
    return articles(url)


def articles(url: str) -> int:
    ((count,),) = meddle(url, "SELECT count(*) FROM articles")
    return int(count)


def stored(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All that a store holds but when it came."""
    columns = {
        "articles": "id, source, item, title, text, url, outlet, published, stands_at, is_backlog",
        "items": "source, item, fingerprint, article_id",
        "terms": "kind, name, articles",
        "sources": "name, location, CAST(bookmark AS TEXT), errors_in_a_row, retired",
    }
    return {
        table: sorted(meddle(url, f"SELECT {names} FROM {table}"))
        for table, names in columns.items()
    }


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_fetch_that_was_killed_leaves_nothing_that_the_next_does_not_mend(
    engine: str, tmp_path: Path
) -> None:
    chance, urls = random.Random(5), list[str]()
    moments = sorted(chance.uniform(0.4, 1.0) for _ in range(KILLS))
    undisturbed_takes = 0.0
    async with newsstand() as stand:
        for name, kills in (("left alone", []), ("killed", moments)):
            folder = tmp_path / name
            folder.mkdir()
            urls.append(ENGINES[engine](folder))
            write_config(
                folder,
                sources=stand.sources(),
                fetch={"allow": ["127.0.0.0/8"], "full_text": False},
                database=urls[-1],
            )
            await (await Store.open(urls[-1])).close()
            left = [await kill(folder, urls[-1], part * undisturbed_takes) for part in kills]
            assert not kills or left[0] < FEEDS * ITEMS
            began = time.monotonic()
            ended = await bot("fetch", folder=folder)
            undisturbed_takes = time.monotonic() - began
            assert ended.status == 0, ended
            assert ended.out.endswith(", 0 failed\n")
    undisturbed, mended = map(stored, urls)
    assert len(undisturbed["articles"]) == FEEDS * ITEMS
    assert mended == undisturbed
    store = await Store.open(urls[1])
    await index_is_consistent(store, urls[1])
    await store.close()
