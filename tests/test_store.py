import asyncio
import multiprocessing
import pickle
import resource
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.errors import StoreError
from summaries.model import (
    Analysis,
    Known,
    Reading,
    Search,
    Sentence,
    Told,
)
from summaries.store import Store
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


@pytest.mark.parametrize(
    ("title", "published", "is_same"),
    [
        ("River rises", None, True),
        ("River falls", NOW, True),
        ("River falls", NOW + DAY, False),
        ("River falls", None, False),
    ],
)
async def test_an_edited_item_at_another_address_is_the_same_article(
    store: Store, title: str, published: datetime | None, is_same: bool
) -> None:
    old = reading("a", "one", "River rises", published=NOW).article
    new = reading("b", "two", title, published=published).article
    for article in (old, new):
        shown = Reading(replace(article, item="guid"), article.text)
        added = await store.articles.add([shown], "wire", NOW)
    texts = [article.text for article in await store.articles.get("ab")]
    assert (added.updated, texts) == ((1, ["two"]) if is_same else (0, ["one", "two"]))


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
    assert hit in Told(after=NOW - DAY)
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
