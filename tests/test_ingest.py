"""Real folders and a real feed, looked at into a real store."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from summaries.errors import StoreError
from summaries.ingest import Outcome, ingest, poll, reanalyse
from summaries.model import Reading, Source, SourceKind
from summaries.sources import Tools
from summaries.store import Store
from summaries.text import ANALYSIS_VERSION
from tests.news import FRUIT, HOUR, QUAKE, RAIL, article
from tests.program import until
from tests.stores import NOW, opened


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened("sqlite", tmp_path) as store:
        yield store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "news"
    made.mkdir()
    (made / "rail.txt").write_text(f"Rail accord signed\n\n{RAIL}", "utf-8")
    (made / "quake.txt").write_text(f"Quake shakes coast\n\n{QUAKE}", "utf-8")
    return made


@dataclass(slots=True)
class Site:
    """A loopback site: `/feed` shows one article, `/page` is no feed, little else is there."""

    base: str = ""
    text: str = FRUIT
    asked: int = 0

    async def feed(self, request: web.Request) -> web.Response:
        self.asked += 1
        etag = f'"{len(self.text)}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        item = (
            f"<item><guid>fruit</guid><link>{self.base}/fruit?utm_source=rss</link>"
            f"<title>Cherries</title><description>{self.text}</description></item>"
        )
        body = f'<rss version="2.0"><channel><title>Gazette</title>{item}</channel></rss>'
        return web.Response(text=body, content_type="text/xml", headers={"ETag": etag})

    async def article(self, _request: web.Request) -> web.Response:
        body = f"<html><body><h1>Cherries</h1><p>{self.text}</p></body></html>"
        return web.Response(text=body, content_type="text/html")

    async def page(self, _request: web.Request) -> web.Response:
        return web.Response(text="<html><body>Welcome</body></html>", content_type="text/html")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made, app = Site(), web.Application()
    app.router.add_get("/feed", made.feed)
    app.router.add_get("/fruit", made.article)
    app.router.add_get("/page", made.page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


def reads(folder: Path, name: str = "samples") -> Source:
    return Source(name, SourceKind.FOLDER, str(folder))


def hears(site: Site, path: str = "/feed", name: str = "gazette") -> Source:
    return Source(name, SourceKind.FEED, f"{site.base}{path}")


async def look(
    sources: Sequence[Source], store: Store, tools: Tools, now: datetime = NOW
) -> dict[str, Outcome]:
    return {each.source: each async for each in ingest(sources, store, tools, now)}


async def test_what_is_new_is_stored(store: Store, tools: Tools, folder: Path, site: Site) -> None:
    outcomes = await look([reads(folder), hears(site)], store, tools)
    assert outcomes == {
        "samples": Outcome("samples", new=2),
        "gazette": Outcome("gazette", new=1),
    }
    assert await store.articles.counts_by_source() == {"samples": 2, "gazette": 1}


async def test_what_is_seen_again_is_only_counted(
    store: Store, tools: Tools, folder: Path, site: Site
) -> None:
    await look([reads(folder), hears(site)], store, tools)
    outcomes = await look([reads(folder), hears(site)], store, tools, NOW + HOUR)
    assert outcomes == {
        "samples": Outcome("samples", unchanged=2),
        "gazette": Outcome("gazette", unchanged=1),
    }
    state = await store.sources.get("gazette")
    assert (state.last_new, state.last_success) == (NOW, NOW + HOUR)


async def test_one_page_in_two_feeds_is_one_article(store: Store, tools: Tools, site: Site) -> None:
    first = await look([hears(site)], store, tools)
    second = await look([hears(site, name="digest")], store, tools)
    assert (first["gazette"].new, second["digest"].new) == (1, 0)
    assert await store.articles.count() == 1


async def test_a_change_replaces_what_was_stored(
    store: Store, tools: Tools, folder: Path, site: Site
) -> None:
    await look([reads(folder), hears(site)], store, tools)
    (folder / "quake.txt").write_text(f"Quake shakes coast\n\n{QUAKE} Aid came.", "utf-8")
    site.text += " The first crates left by air."
    outcomes = await look([reads(folder), hears(site)], store, tools, NOW + HOUR)
    assert outcomes == {
        "samples": Outcome("samples", updated=1, unchanged=1),
        "gazette": Outcome("gazette", updated=1),
    }
    assert await store.articles.count() == 3


async def test_the_trouble_of_one_source_stops_no_other(
    store: Store, tools: Tools, folder: Path, site: Site, tmp_path: Path
) -> None:
    gone, away = reads(tmp_path / "gone", "gone"), hears(site, "/nothing", "away")
    page, unread = hears(site, "/page", "page"), Source("press", SourceKind.PAGE, site.base)
    outcomes = await look([gone, reads(folder), away, page, hears(site), unread], store, tools)
    assert (outcomes["samples"].new, outcomes["gazette"].new) == (2, 1)
    reasons = {name: [f.reason for f in each.failures] for name, each in outcomes.items()}
    assert not reasons["samples"]
    assert "does not exist" in reasons["gone"][0]
    assert "404" in reasons["away"][0]
    assert "not a feed" in reasons["page"][0]
    assert "404" in reasons["press"][0]
    assert all(f.source == name for name, each in outcomes.items() for f in each.failures)


async def test_a_source_counts_its_failures_until_it_is_well_again(
    store: Store, tools: Tools, folder: Path
) -> None:
    hidden = folder.rename(folder.with_name("elsewhere"))
    for count in (1, 2):
        await look([reads(folder)], store, tools)
        state = await store.sources.get("samples")
        assert (state.errors_in_a_row, state.last_success) == (count, None)
        assert "does not exist" in (state.last_error or "")
    hidden.rename(folder)
    await look([reads(folder)], store, tools)
    state = await store.sources.get("samples")
    assert (state.errors_in_a_row, state.last_error, state.last_success) == (0, None, NOW)


async def test_a_file_that_cannot_be_read_is_named_and_the_others_are_read(
    store: Store, tools: Tools, folder: Path
) -> None:
    (folder / "link.txt").symlink_to(folder / "nowhere.txt")
    outcome = (await look([reads(folder)], store, tools))["samples"]
    assert outcome.new == 2
    assert [failure.item for failure in outcome.failures] == ["link.txt"]


async def test_a_store_that_fails_is_the_callers_to_know(
    store: Store, tools: Tools, folder: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "bot.db")) as database:
        database.execute("DROP TABLE items")
    with pytest.raises(StoreError):
        await look([reads(folder)], store, tools)


async def test_a_source_is_looked_at_whenever_it_is_due(
    store: Store, tools: Tools, folder: Path, site: Site
) -> None:
    often = replace(reads(folder), every=timedelta(seconds=1))
    new: Counter[str] = Counter()

    async def count() -> None:
        async for outcome in poll([often, hears(site)], store, tools, HOUR):
            new[outcome.source] += outcome.new

    async def came(total: int) -> bool:
        return new.total() == total

    polling = asyncio.create_task(count())
    await until(lambda: came(3))
    (folder / "late.txt").write_text(f"Cherries\n\n{FRUIT}", "utf-8")
    await until(lambda: came(4))
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    assert new == {"samples": 3, "gazette": 1}
    assert site.asked == 1


async def test_what_another_analysis_made_is_analysed_anew(store: Store) -> None:
    old = [article(str(n), RAIL) for n in range(3)]
    for each in old:
        assert each.analysis
        stale = replace(each, analysis=replace(each.analysis, version=0))
        await store.articles.add([Reading(stale, "1")], "wire", NOW)
    assert [done async for done in reanalyse(store)] == [3]
    assert [done async for done in reanalyse(store)] == []
    stored = await store.articles.get([each.id for each in old])
    assert {each.analysis.version for each in stored if each.analysis} == {ANALYSIS_VERSION}
