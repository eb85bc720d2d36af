"""What a store remembers of each source, and whose turn it is to look at one."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from summaries.model import Bookmark, Source, SourceKind, SourceState
from summaries.store import Store
from tests.stores import NOW, reading

DAY = timedelta(days=1)
WIRE = Source("wire", SourceKind.FEED, "https://wire.example/rss.xml")
GAZETTE = Source("gazette", SourceKind.FEED, "https://gazette.example/rss.xml")


async def test_a_source_is_remembered(store: Store) -> None:
    assert await store.sources.get("wire") == SourceState()
    bookmark = Bookmark(etag='"x"', shown=3)
    await store.sources.enrol([WIRE, GAZETTE], NOW)
    state = SourceState(
        location=WIRE.location,
        bookmark=bookmark,
        last_success=NOW,
        last_new=NOW - DAY,
        next_poll=NOW + DAY,
        rhythm=60.0,
    )
    await store.sources.put({"wire": state})
    assert await store.sources.get("wire") == state
    worse = replace(state, last_error="no answer", errors_in_a_row=2)
    other = SourceState(location=GAZETTE.location, bookmark=Bookmark(feed="https://a.example/"))
    await store.sources.put({"wire": worse, "gazette": other})
    assert await store.sources.all() == {"gazette": other, "wire": worse}


async def test_what_a_source_was_at_its_old_location_is_not_remembered(store: Store) -> None:
    await store.sources.enrol([WIRE], NOW)
    old = await store.sources.get("wire")
    await store.sources.enrol([replace(WIRE, location="https://wire.example/news.xml")], NOW)
    await store.sources.put({"wire": replace(old, last_success=NOW)})
    assert (await store.sources.get("wire")).last_success is None


async def test_the_articles_of_each_source_are_counted_by_day(store: Store) -> None:
    for days, text in enumerate(("a", "b", "c", "d")):
        told = reading(text, text, published=NOW - timedelta(days=days // 2))
        await store.articles.add([told], "wire", NOW)
    await store.articles.add([reading("e", "e", published=NOW - 2 * DAY)], "gazette", NOW)
    today = NOW.date()
    assert await store.sources.by_day(today - timedelta(days=1)) == {
        "wire": Counter({today: 2, today - timedelta(days=1): 2})
    }
    assert "gazette" in await store.sources.by_day(today - timedelta(days=2))


async def test_a_new_source_is_due_at_once_and_one_that_is_claimed_is_not(store: Store) -> None:
    await store.sources.enrol([WIRE, GAZETTE], NOW)
    assert await store.sources.due(NOW) == ["gazette", "wire"]
    claimed = await store.sources.claim(["wire"], NOW + DAY, due_by=NOW)
    assert claimed == {"wire": SourceState(location=WIRE.location, next_poll=NOW + DAY)}
    assert await store.sources.due(NOW) == ["gazette"]
    assert await store.sources.claim(["wire"], NOW + DAY, due_by=NOW) == {}
    assert await store.sources.claim(["wire"], NOW + 2 * DAY) != {}
    assert await store.sources.due(NOW + 3 * DAY) == ["gazette", "wire"]


async def test_a_due_source_is_claimed_by_one(store: Store) -> None:
    await store.sources.enrol([WIRE], NOW)
    claims = [store.sources.claim(["wire"], NOW + DAY, due_by=NOW) for _ in range(8)]
    assert sorted(map(len, await asyncio.gather(*claims))) == [0] * 7 + [1]


async def test_a_source_that_is_enrolled_again_keeps_its_state(store: Store) -> None:
    await store.sources.enrol([WIRE], NOW)
    state = SourceState(location=WIRE.location, last_success=NOW, next_poll=NOW + DAY)
    await store.sources.put({"wire": state})
    await store.sources.enrol([WIRE], NOW + DAY)
    assert await store.sources.get("wire") == state


async def test_a_source_with_another_location_is_another_source(store: Store) -> None:
    await store.sources.enrol([WIRE], NOW)
    gone = SourceState(location=WIRE.location, last_success=NOW, errors_in_a_row=3, retired=True)
    await store.sources.put({"wire": gone})
    assert await store.sources.due(NOW + DAY) == []
    assert await store.sources.claim(["wire"], NOW + DAY) == {}
    moved = replace(WIRE, location="https://wire.example/news.xml")
    await store.sources.enrol([moved], NOW + DAY)
    state = SourceState(location=moved.location, next_poll=NOW + DAY)
    assert await store.sources.get("wire") == state
    assert await store.sources.due(NOW + DAY) == ["wire"]
