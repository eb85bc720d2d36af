import asyncio
import multiprocessing
import pickle
import resource
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.errors import StoreError
from summaries.model import (
    Analysis,
    Bookmark,
    Known,
    Search,
    Sentence,
    Source,
    SourceKind,
    SourceState,
    Told,
)
from summaries.store import State, Store
from summaries.store.codec import decode, encode
from summaries.store.schema import row_id, seconds
from tests.stores import (
    ENGINES,
    NOW,
    analysis,
    hits,
    index_is_consistent,
    meddle,
    opened,
    reading,
    words,
)

DAY = timedelta(days=1)
WIRE = Source("wire", SourceKind.FEED, "https://wire.example/rss.xml")
GAZETTE = Source("gazette", SourceKind.FEED, "https://gazette.example/rss.xml")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def store(engine: str, tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(engine, tmp_path) as store:
        yield store


async def test_an_article_comes_back_as_it_was_given(store: Store) -> None:
    given_ = reading("a", "ships sail. ports open", "Ships", published=NOW - DAY, tags=("b", "a"))
    article = replace(given_.article, url="https://example.org/a", outlet="Wire", author="Ann")
    await store.articles.add([replace(given_, article=article)], "wire", NOW)
    assert await store.articles.get(["a"]) == [replace(article, source="wire", first_seen=NOW)]


async def test_articles_come_back_in_the_order_asked_for(store: Store) -> None:
    await store.articles.add([reading(id_, id_) for id_ in "abc"], "wire", NOW)
    assert [a.id for a in await store.articles.get(["c", "nowhere", "\ud800", "a"])] == ["c", "a"]


async def test_an_article_seen_again_is_stored_once(store: Store) -> None:
    first = await store.articles.add([reading("a", "one"), reading("b", "two")], "wire", NOW)
    again = await store.articles.add([reading("a", "one"), reading("c", "six")], "wire", NOW + DAY)
    assert (first.new, first.updated, first.unchanged) == (("a", "b"), 0, 0)
    assert (again.new, again.updated, again.unchanged) == (("c",), 0, 1)
    assert await store.articles.count() == 3


async def test_an_article_twice_in_one_batch_is_stored_once(store: Store) -> None:
    added = await store.articles.add([reading("a", "one"), reading("a", "one")], "wire", NOW)
    assert (added.new, added.updated, added.unchanged) == (("a",), 0, 1)


async def test_a_changed_article_is_replaced_and_keeps_when_it_was_first_seen(store: Store) -> None:
    await store.articles.add([reading("a", "tariffs rise")], "wire", NOW)
    added = await store.articles.add([reading("a", "tariffs fall")], "wire", NOW + DAY)
    assert (added.new, added.updated, added.unchanged) == ((), 1, 0)
    [article] = await store.articles.get(["a"])
    assert (article.text, article.first_seen) == ("tariffs fall", NOW)
    assert (await store.search.run(Search(words=words("rise")))).hits == ()
    found = await store.search.run(Search(words=words("fall")))
    assert list(found.hits) == hits([article])


async def test_an_article_stays_with_the_source_that_had_it_first(store: Store) -> None:
    await store.articles.add([reading("a", "one")], "wire", NOW)
    added = await store.articles.add([reading("a", "two", fingerprint="2")], "gazette", NOW)
    assert (added.new, added.updated, added.unchanged) == ((), 0, 1)
    [article] = await store.articles.get(["a"])
    assert (article.source, article.text) == ("wire", "one")
    assert (await store.articles.known("gazette", {"a": "2"})).unchanged == {"a"}


async def test_items_are_known_by_what_the_source_showed_last(store: Store) -> None:
    await store.articles.add([reading("a", "one"), reading("b", "two")], "wire", NOW)
    await store.articles.add([reading("a", "one", fingerprint="2")], "wire", NOW)
    shown = {"a": "1", "b": "1", "c": "3"}
    assert await store.articles.known("wire", shown) == Known(frozenset("b"), frozenset("a"))
    assert await store.articles.known("wire", {"a": "2"}) == Known(frozenset("a"))
    assert await store.articles.known("gazette", shown) == Known()


async def test_an_item_is_known_by_its_fingerprint_under_another_name(store: Store) -> None:
    await store.articles.add([reading("a", "one", fingerprint="x")], "wire", NOW)
    assert await store.articles.known("wire", {"new": "x"}) == Known(frozenset({"new"}))
    assert await store.articles.known("gazette", {"new": "x"}) == Known()


async def test_what_has_no_article_to_give_is_known_as_well(store: Store) -> None:
    await store.articles.pass_over("wire", {"a": "1"})
    assert await store.articles.known("wire", {"a": "1"}) == Known(frozenset("a"))
    assert await store.articles.count() == 0


async def test_the_backlog_of_a_source_never_came_in(store: Store) -> None:
    await store.articles.add([reading("a", "old one")], "wire", NOW, is_backlog=True)
    await store.articles.add([reading("b", "old two")], "wire", NOW + DAY)
    await store.articles.add([reading("a", "old three")], "wire", NOW + DAY)
    found = await store.search.run(Search(words=words("old")))
    assert {hit.id: hit.came_in for hit in found.hits} == {"a": None, "b": NOW + DAY}
    hit = next(hit for hit in found.hits if hit.id == "a")
    assert hit in Told(backlog=True)
    assert hit not in Told()


async def test_articles_are_counted_by_source_and_languages_by_frequency(store: Store) -> None:
    await store.articles.add([reading("a", "one"), reading("b", "two")], "wire", NOW)
    await store.articles.add([reading("c", "bir", language="tr")], "gazete", NOW)
    assert await store.articles.count() == 3
    assert await store.articles.counts_by_source() == {"wire": 2, "gazete": 1}
    assert await store.articles.languages() == ("en", "tr")


async def test_nothing_to_add_is_no_mistake(store: Store) -> None:
    assert (await store.articles.add([], "wire", NOW)).new == ()
    assert await store.articles.get([]) == []
    assert await store.articles.languages() == ()


async def test_an_article_that_is_not_analysed_is_the_callers_mistake(store: Store) -> None:
    raw = reading("a", "one")
    with pytest.raises(ValueError, match="not analysed"):
        await store.articles.add(
            [replace(raw, article=replace(raw.article, analysis=None))], "w", NOW
        )
    assert await store.articles.count() == 0


async def test_text_that_no_database_takes_keeps_its_length(store: Store) -> None:
    await store.articles.add(
        [reading("a", "x\0y \ud800z", "\udfff", tags=("\ud800",))], "wire", NOW
    )
    [article] = await store.articles.get(["a"])
    assert article.text == "x\ufffdy ?z"
    assert (
        await store.articles.add([reading("a", "x\0y \ud800z", "\udfff")], "wire", NOW)
    ).unchanged


@pytest.mark.parametrize("year", [1, 1969, 1970, 9999])
async def test_any_time_can_be_stored(store: Store, year: int) -> None:
    published = datetime(year, 1, 1, tzinfo=UTC)
    await store.articles.add([reading("a", "one", published=published)], "wire", NOW)
    assert (await store.articles.get(["a"]))[0].published == published


async def test_many_articles_of_one_second_are_all_kept(store: Store) -> None:
    many = [reading(f"{i:x}", f"word {i}", published=NOW) for i in range(1200)]
    await store.articles.add(many, "wire", NOW)
    assert len((await store.search.run(Search(words=words("word"), limit=5000))).hits) == 1200


async def test_articles_that_want_one_row_number_are_all_kept(store: Store) -> None:
    wanting: dict[int, list[str]] = {}
    for i in range(30_000):
        wanting.setdefault(row_id(str(i), seconds(NOW)), []).append(str(i))
    crowd = next(
        [*wanting[number + 1], *ids]
        for number, ids in wanting.items()
        if len(ids) > 1 and number + 1 in wanting
    )
    for batch in (crowd[:1], crowd[1:]):
        dated = [reading(id_, "word", published=NOW) for id_ in batch]
        await store.articles.add(dated, "wire", NOW)
    found = await store.search.run(Search(words=words("word")))
    assert sorted(hit.id for hit in found.hits) == sorted(crowd)


async def test_adding_at_once_waits_instead_of_failing(store: Store) -> None:
    async def add(i: int) -> None:
        for j in range(3):
            await store.articles.add([reading(f"{i} {j}", "word")], f"source {i}", NOW)

    await asyncio.gather(*map(add, range(12)))
    assert (await store.search.run(Search(words=words("word")))).holding == {"word": 36}


async def test_pruning_deletes_a_few_of_the_oldest(store: Store) -> None:
    ages = {"new": 1, "old": 9, "older": 10, "oldest": 11}
    dated = [reading(id_, f"age {id_}", published=NOW - n * DAY) for id_, n in ages.items()]
    await store.articles.add([*dated, reading("undated", "age none", tags=("t",))], "wire", NOW)
    assert await store.articles.prune(NOW - 5 * DAY, limit=2) == 2
    left = await store.search.run(Search(words=words("age")))
    assert [hit.id for hit in left.hits] == ["undated", "new", "old"]
    assert (left.matched, left.stored, left.holding) == (3, 3, {"age": 3})
    assert await store.articles.prune(NOW + DAY) == 3
    assert await store.articles.count() == 0


async def test_what_was_pruned_stays_known_to_its_source(store: Store) -> None:
    await store.articles.add([reading("a", "one", published=NOW - 9 * DAY)], "wire", NOW)
    await store.articles.prune(NOW)
    assert (await store.articles.known("wire", {"a": "1"})).unchanged == {"a"}


async def test_articles_are_analysed_anew_in_batches(store: Store) -> None:
    await store.articles.add([reading(id_, f"ships {id_}") for id_ in "abcde"], "wire", NOW)
    seen, after = [], ""
    while batch := await store.articles.to_reindex(2, 2, after):
        seen += [article.id for article in batch]
        after = batch[-1].id
        anew = [replace(a, analysis=analysis("", "ship " + a.id, version=2)) for a in batch]
        assert await store.articles.reanalyse(anew) == len(batch)
    assert seen == list("abcde")
    found = await store.search.run(Search(words=words("ship ships")))
    assert (found.matched, found.holding) == (5, {"ship": 5})
    assert (await store.articles.get("a"))[0].first_seen == NOW


async def test_old_analyses_are_noticed_as_long_as_one_is_left_to_do(store: Store) -> None:
    assert not await store.articles.is_outdated(2)
    await store.articles.add([reading(id_, f"ships {id_}") for id_ in "abc"], "wire", NOW)
    for left in (2, 1, 0):
        assert await store.articles.is_outdated(2)
        [first] = await store.articles.to_reindex(2, 1)
        await store.articles.reanalyse([replace(first, analysis=analysis("", "ship", version=2))])
        assert len(await store.articles.to_reindex(2, 9)) == left
    assert not await store.articles.is_outdated(2)


async def test_an_analysis_of_an_older_text_is_not_stored(store: Store) -> None:
    await store.articles.add([reading("a", "one")], "wire", NOW)
    [read] = await store.articles.to_reindex(2, 9)
    await store.articles.add([reading("a", "two")], "wire", NOW)
    assert await store.articles.reanalyse([replace(read, analysis=analysis("", "one"))]) == 0
    assert (await store.search.run(Search(words=words("two")))).matched == 1


STEM = st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1, max_size=9)
STEMS = st.lists(STEM, max_size=9).map(tuple)
ANALYSES = st.builds(
    Analysis,
    language=st.sampled_from(["en", "und"]),
    title=STEMS,
    sentences=st.lists(st.builds(Sentence, st.integers(0), st.integers(0), STEMS)).map(tuple),
    version=st.integers(0, 99),
)


@settings(max_examples=50)
@given(ANALYSES)
def test_an_analysis_survives_being_stored_and_sent_by_a_worker(given_: Analysis) -> None:
    assert decode(encode(given_)) == given_
    assert pickle.loads(pickle.dumps(given_)) == given_


CHANGES = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from("123456"), st.text("abcd. ", max_size=9)), max_size=4),
        st.sampled_from(["wire", "gazette"]),
        st.integers(0, 3),
    ),
    max_size=6,
)


@settings(max_examples=25, deadline=None)
@given(changes=CHANGES)
@pytest.mark.parametrize("engine", ENGINES)
def test_whatever_happens_the_index_holds_what_is_stored(
    tmp_path_factory: pytest.TempPathFactory,
    engine: str,
    changes: list[tuple[list[tuple[str, str]], str, int]],
) -> None:
    folder = tmp_path_factory.mktemp("store")

    async def run() -> None:
        async with opened(engine, folder) as store:
            for articles, source, pruned in changes:
                readings = [
                    reading(id_, " ".join(text), text[:2], tags=tuple(text[:1].strip()))
                    for id_, text in articles
                ]
                await store.articles.add(readings, source, NOW)
                await store.articles.prune(NOW + DAY, pruned)
            await index_is_consistent(store, ENGINES[engine](folder))

    asyncio.run(run())


def add_from_another_process(url: str, name: str, count: int) -> None:
    async def run() -> None:
        store = await Store.open(url)
        for i in range(count):
            shared = reading(f"shared {i}", f"shared {i}")
            own = reading(f"{name} {i}", f"own {i}")
            await store.articles.add([shared, own], name, NOW)
        await store.close()

    asyncio.run(run())


@pytest.mark.parametrize(("engine", "names"), [("sqlite", "xy"), ("postgresql", "vwxy")])
async def test_processes_write_one_store_at_once(engine: str, names: str, tmp_path: Path) -> None:
    url, spawn = ENGINES[engine](tmp_path), multiprocessing.get_context("spawn")
    processes = [
        spawn.Process(target=add_from_another_process, args=(url, name, 40)) for name in names
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * len(names)
    async with opened(engine, tmp_path) as store:
        assert await store.articles.count() == 40 + 40 * len(names)
        assert (await store.search.run(Search(words=words("shared")))).matched == 40
        await index_is_consistent(store, ENGINES[engine](tmp_path))


async def test_a_store_that_breaks_says_so_in_a_line(
    store: Store, engine: str, tmp_path: Path
) -> None:
    meddle(ENGINES[engine](tmp_path), "DROP TABLE items")
    with pytest.raises(StoreError, match="items") as told:
        await store.articles.add([reading("a", "one")], "wire", NOW)
    assert "\n" not in str(told.value)
    assert await store.articles.count() == 0


async def test_a_full_disk_loses_one_batch_and_work_resumes_by_itself(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as store:
        await store.articles.add([reading("a", "one")], "wire", NOW)
        long = [reading(f"long {i}", f"w{i} " * 1000) for i in range(100)]
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
        try:
            with pytest.raises(StoreError, match=r"[Dd]isk"):
                await store.articles.add(long, "wire", NOW)
            assert await store.articles.count() == 1
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert len((await store.articles.add(long, "wire", NOW)).new) == 100


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


async def test_a_part_of_a_slot_is_claimed_once(store: Store) -> None:
    deliveries = store.deliveries
    claims = [deliveries.claim("morning", "2026-04-19T08:30", "slack:C1", 0, NOW) for _ in range(8)]
    assert sorted(await asyncio.gather(*claims)) == [False] * 7 + [True]
    assert await deliveries.claim("morning", "2026-04-19T08:30", "slack:C1", 1, NOW)
    assert await deliveries.claim("morning", "2026-04-19T08:30", "slack:C2", 0, NOW)
    assert await deliveries.claim("morning", "2026-04-20T08:30", "slack:C1", 0, NOW)
    assert await deliveries.claim("evening", "2026-04-19T08:30", "slack:C1", 0, NOW)


async def test_who_claimed_a_part_is_told_so_again_until_it_is_finished(store: Store) -> None:
    key = ("morning", "2026-04-19T08:30", "slack:C1", 0)
    assert await store.deliveries.claim(*key, NOW, by="one")
    again = [await store.deliveries.claim(*key, NOW, by=name) for name in ("two", "one", None)]
    assert again == [False, True, False]
    await store.deliveries.finish(*key, State.SENT, NOW)
    assert not await store.deliveries.claim(*key, NOW, by="one")


async def test_a_finished_delivery_tells_what_became_of_it(store: Store) -> None:
    key = ("morning", "2026-04-19T08:30", "slack:C1", 0)
    await store.deliveries.claim(*key, NOW)
    [claimed] = await store.deliveries.recent()
    assert (claimed.state, claimed.claimed_at, claimed.articles) == (State.CLAIMED, NOW, ())
    await store.deliveries.finish(
        *key, State.SENT, NOW + DAY, message_id="17.5", payload="{}", articles=["a", "b"]
    )
    [sent] = await store.deliveries.recent()
    assert (sent.state, sent.sent_at, sent.message_id) == (State.SENT, NOW + DAY, "17.5")
    assert (sent.payload, sent.articles, sent.reason) == ("{}", ("a", "b"), None)


async def test_what_was_never_claimed_cannot_be_finished(store: Store) -> None:
    with pytest.raises(StoreError, match="never claimed"):
        await store.deliveries.finish("morning", "slot", "slack:C1", 0, State.SENT, NOW)


async def test_a_target_knows_what_any_briefing_told_it_and_what_this_one_passed_over(
    store: Store,
) -> None:
    told = {("morning", "slack:C1"): "a", ("evening", "slack:C1"): "b", ("morning", "x"): "c"}
    for (briefing, target), id_ in told.items():
        key = (briefing, "slot", target, 0)
        await store.deliveries.claim(*key, NOW)
        await store.deliveries.finish(*key, State.SENT, NOW, articles=[id_], passed=[id_ * 2])
    both = frozenset("ab")
    known = Told(both, frozenset({"aa"}), backlog=True)
    assert await store.deliveries.told("slack:C1", "morning") == known
    assert await store.deliveries.told("slack:C1", "new") == Told(both)
    assert await store.deliveries.told("nobody", "morning") == Told()


async def test_a_claim_that_was_given_back_can_be_made_again(store: Store) -> None:
    assert await store.deliveries.claim("morning", "one", "x", 0, NOW)
    assert not await store.deliveries.claim("morning", "one", "x", 0, NOW)
    await store.deliveries.release("morning", "one", "x", 0)
    assert await store.deliveries.claim("morning", "one", "x", 0, NOW)


async def test_a_buttons_command_is_kept_once(store: Store) -> None:
    await store.deliveries.keep_command("17", "china trade skip:5", NOW)
    await store.deliveries.keep_command("17", "another", NOW)
    assert await store.deliveries.command("17") == "china trade skip:5"
    assert await store.deliveries.command("18\ud800") is None
