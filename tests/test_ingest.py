"""Real folders and a real feed, looked at into a real store."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from summaries import clock
from summaries.cadence import Bounds
from summaries.errors import Busy, Gone, SourceError, StoreError
from summaries.ingest import ingest, reanalyse
from summaries.look import Outcome, failed
from summaries.look import look as look_once
from summaries.model import Bookmark, Reading, Search, Source, SourceKind
from summaries.sources import Tools
from summaries.store import Store
from summaries.text import ANALYSIS_VERSION
from tests.news import FRUIT, HOUR, QUAKE, RAIL, article
from tests.sites import Site, served
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


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with served() as made:
        yield made


def reads(folder: Path, name: str = "samples") -> Source:
    return Source(name, SourceKind.FOLDER, str(folder))


def hears(site: Site, path: str = "/feed", name: str = "gazette") -> Source:
    return Source(name, SourceKind.FEED, f"{site.base}{path}")


async def look(sources: Sequence[Source], store: Store, tools: Tools) -> dict[str, Outcome]:
    return {each.source: each async for each in ingest(sources, store, tools)}


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
    await asyncio.sleep(1)
    outcomes = await look([reads(folder), hears(site)], store, tools)
    assert outcomes == {
        "samples": Outcome("samples", unchanged=2),
        "gazette": Outcome("gazette", unchanged=1),
    }
    state = await store.sources.get("gazette")
    assert state.last_new
    assert state.last_success
    assert state.last_new < state.last_success


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
    outcomes = await look([reads(folder), hears(site)], store, tools)
    assert outcomes == {
        "samples": Outcome("samples", updated=1, unchanged=1),
        "gazette": Outcome("gazette", updated=1),
    }
    assert await store.articles.count() == 3


async def test_the_trouble_of_one_source_stops_no_other(
    store: Store, tools: Tools, folder: Path, site: Site, tmp_path: Path
) -> None:
    gone, away = reads(tmp_path / "gone", "gone"), hears(site, "/nothing", "away")
    page = hears(site, "/page", "page")
    outcomes = await look([gone, reads(folder), away, page, hears(site)], store, tools)
    assert (outcomes["samples"].new, outcomes["gazette"].new) == (2, 1)
    reasons = {name: [f.reason for f in each.failures] for name, each in outcomes.items()}
    assert not reasons["samples"]
    assert "does not exist" in reasons["gone"][0]
    assert "404" in reasons["away"][0]
    assert "not a feed" in reasons["page"][0]
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
    assert (state.errors_in_a_row, state.last_error) == (0, None)
    assert state.last_success


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


async def test_a_retired_source_is_passed_over_until_its_location_changes(
    store: Store, tools: Tools, site: Site
) -> None:
    away = hears(site, "/gone")
    first, second = await look([away], store, tools), await look([away], store, tools)
    (reason,) = (failure.reason for failure in first["gazette"].failures)
    assert "gone for good" in reason
    (reason,) = (failure.reason for failure in second["gazette"].failures)
    assert reason == "it is gone for good: remove the source, or correct its address"
    assert site.asked["/gone"] == 1
    assert (await look([hears(site)], store, tools))["gazette"].new == 1


async def test_an_address_that_a_source_moved_to_is_forgotten_when_it_fails(
    store: Store, tools: Tools, site: Site
) -> None:
    source, moved = hears(site), f"{site.base}/nothing"
    await store.sources.enrol([source], NOW)
    state = replace(await store.sources.get(source.name), bookmark=Bookmark(moved_to=moved))
    for error in (SourceError("404"), Gone("410")):
        _, after = failed(source, state, error, Bounds())
        assert (after.bookmark.moved_to, after.retired) == (None, False)
    _, after = failed(source, state, Busy("429", 9_000.0), Bounds())
    assert after.bookmark.moved_to == moved
    assert after.next_poll
    assert after.next_poll > clock.now() + 2 * HOUR


async def test_all_of_the_first_look_is_backlog_and_what_comes_later_is_not(
    store: Store, tools: Tools, folder: Path
) -> None:
    await look([reads(folder)], store, tools)
    (folder / "late.txt").write_text(f"Cherries\n\n{FRUIT}", "utf-8")
    await look([reads(folder)], store, tools)
    found = (await store.search.run(Search())).hits
    stored = await store.articles.get(hit.id for hit in found)
    assert {a.item: a.is_backlog for a in stored} == {
        "rail.txt": True,
        "quake.txt": True,
        "late.txt": False,
    }


async def test_a_first_look_that_was_cut_off_is_a_first_look_again(
    store: Store, tools: Tools, folder: Path
) -> None:
    source = reads(folder)
    await store.sources.enrol([source], NOW)
    before = await store.sources.get(source.name)
    await look_once(source, before, store, tools, Bounds())
    (folder / "late.txt").write_text(f"Cherries\n\n{FRUIT}", "utf-8")
    await look([source], store, tools)
    found = (await store.search.run(Search())).hits
    assert [hit.came_in for hit in found] == [None] * 3
    assert (await store.sources.get(source.name)).last_new


async def test_what_another_analysis_made_is_analysed_anew(store: Store) -> None:
    old = [article(str(n), RAIL) for n in range(3)]
    for each in old:
        assert each.analysis
        stale = replace(each, analysis=replace(each.analysis, version=0))
        await store.articles.add([Reading(stale, "1")], "wire", NOW)
    assert await store.articles.is_outdated(ANALYSIS_VERSION)
    assert [done async for done in reanalyse(store)] == [3]
    assert not await store.articles.is_outdated(ANALYSIS_VERSION)
    assert [done async for done in reanalyse(store)] == []
    stored = await store.articles.get([each.id for each in old])
    assert {each.analysis.version for each in stored if each.analysis} == {ANALYSIS_VERSION}
