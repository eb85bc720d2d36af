import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.model import Found, Reading, Search, Stems
from summaries.store import Store
from summaries.store.lexemes import LONGEST
from summaries.store.spelling import slips
from summaries.text import analyse, stem
from tests.stores import ENGINES, NOW, opened, reading, words

DAY = timedelta(days=1)


@pytest.fixture(params=ENGINES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(request.param, tmp_path) as store:
        yield store


async def fill(store: Store, *readings: Reading, source: str = "wire") -> None:
    await store.articles.add(readings, source, NOW)


def ids(found: Found) -> str:
    return " ".join(hit.id for hit in found.hits)


async def test_any_of_the_words_is_enough_and_the_newest_come_first(store: Store) -> None:
    await fill(
        store,
        reading("old", "trade with china", published=NOW - 2 * DAY),
        reading("new", "trade falls", published=NOW - DAY),
        reading("other", "rain falls", published=NOW),
    )
    found = await store.search.run(Search(words=words("china trade")))
    assert ids(found) == "new old"
    assert (found.matched, found.stored) == (2, 3)
    assert found.holding == {"china": 1, "trade": 2}


async def test_articles_with_every_word_are_not_crowded_out_by_newer_ones(store: Store) -> None:
    newer = [reading(f"n{i}", "trade falls", published=NOW - i * DAY) for i in range(5)]
    await fill(store, *newer, reading("both", "china trade", published=NOW - 9 * DAY))
    found = await store.search.run(Search(words=words("china trade"), limit=3))
    assert ids(found) == "n0 n1 both"
    assert found.matched == 6


async def test_articles_with_two_of_the_words_are_not_crowded_out_either(store: Store) -> None:
    newer = [reading(f"n{i}", "trade", published=NOW - i * DAY) for i in range(6)]
    middle = [reading(f"m{i}", "china", published=NOW - (6 + i) * DAY) for i in range(4)]
    rarest = [reading(f"r{i}", "port", published=NOW - (10 + i) * DAY) for i in range(3)]
    await fill(store, *newer, *middle, *rarest)
    await fill(store, reading("two", "china trade", published=NOW - 20 * DAY))
    found = await store.search.run(Search(words=words("china trade port"), limit=3))
    assert ids(found) == "r0 r1 two"


async def test_no_words_at_all_means_the_newest(store: Store) -> None:
    await fill(store, *[reading(f"n{i}", "x", published=NOW - i * DAY) for i in range(5)])
    found = await store.search.run(Search(limit=2))
    assert (ids(found), found.matched) == ("n0 n1", 5)


async def test_a_word_may_stand_for_several_stems(store: Store) -> None:
    await fill(store, reading("a", "ticaret"), reading("b", "trade"), reading("c", "rain"))
    found = await store.search.run(Search(words=words("trade|ticaret")))
    assert {hit.id for hit in found.hits} == {"a", "b"}


async def test_a_phrase_is_words_side_by_side_in_title_or_text(store: Store) -> None:
    await fill(
        store,
        reading("title", "x", "red cross helps"),
        reading("text", "the red cross. helps"),
        reading("apart", "red and cross"),
        reading("across", "cross", "red"),
    )
    found = await store.search.run(Search(phrases=(words("red|rote cross|kreuz"),)))
    assert {hit.id for hit in found.hits} == {"title", "text"}


async def test_a_phrase_or_word_can_be_left_out(store: Store) -> None:
    await fill(store, reading("a", "china trade talks"), reading("b", "trade china talks"))
    without = (words("china trade"),)
    assert ids(await store.search.run(Search(words=words("talks"), without=without))) == "b"
    assert ids(await store.search.run(Search(without=without))) == "b"


async def test_filters_narrow_what_is_found(store: Store) -> None:
    await fill(store, reading("a", "x", tags=("east", "sea"), published=NOW - 3 * DAY))
    await fill(store, reading("b", "x", language="tr", published=NOW - 2 * DAY), source="gazete")
    await fill(store, reading("c", "x", tags=("east",), published=NOW - DAY), source="post")
    for looked_for in ((), words("x")):
        for filters, expected in (
            ({"sources": ("gazete", "post")}, "c b"),
            ({"tags": ("east",)}, "c a"),
            ({"tags": ("sea", "land")}, "a"),
            ({"languages": ("tr", "de")}, "b"),
            ({"since": NOW - 2 * DAY}, "c b"),
            ({"until": NOW - 2 * DAY}, "a"),
            ({"since": NOW - 2 * DAY, "until": NOW, "tags": ("east",)}, "c"),
            ({"sources": ("nowhere\ud800",)}, ""),
        ):
            found = await store.search.run(Search(words=looked_for, **filters))
            assert (ids(found), found.matched) == (expected, len(expected.split()))


async def test_an_article_without_a_date_stands_where_it_was_first_seen(store: Store) -> None:
    await fill(store, reading("a", "x"))
    assert ids(await store.search.run(Search(since=NOW, until=NOW + DAY))) == "a"
    assert ids(await store.search.run(Search(until=NOW))) == ""


async def test_only_the_head_of_a_very_long_article_is_indexed(store: Store) -> None:
    await fill(store, reading("a", f"first {'x ' * LONGEST} last", "title"))
    for word, matched in (("title", 1), ("first", 1), ("last", 0)):
        found = await store.search.run(Search(words=words(word)))
        assert (found.matched, found.holding.get(word, 0)) == (matched, matched)


async def test_of_many_words_the_sixteen_rarest_are_looked_for(store: Store) -> None:
    often = " ".join(f"often{i}" for i in range(20))
    rare = " ".join(f"rare{i}" for i in range(15))
    await fill(store, *[reading(f"o{i}", f"{often} most") for i in range(3)])
    await fill(store, reading("r", f"{rare} {often}"), reading("s", "rare14"))
    found = await store.search.run(Search(words=words(f"most unheard {often} {rare}")))
    assert {hit.id for hit in found.hits} == {"r", "s", "o0", "o1", "o2"}
    found = await store.search.run(Search(words=words(f"unheard {often} {rare} rare0|x")))
    assert {hit.id for hit in found.hits} == {"r", "s"}


HOSTILE = [
    'a" OR "b',
    "NEAR(a b, 2)",
    "title:a",
    "^a*",
    "-a",
    "{a b}",
    "a AND NOT",
    '"unclosed',
    "'; DROP TABLE articles; --",
    "C++",
    "AT&T",
    "%_?:x",
    "\0",
    "a\0b",
    "\ud800",
    "😀",
    " ",
    "",
    "\\",
    "x" * 5000,
    "( " * 500,
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_no_query_text_is_syntax(store: Store, text: str) -> None:
    await fill(store, reading("plain", "a b or near drop"))
    stems = frozenset({text})
    for search in (
        Search(words=(stems,)),
        Search(phrases=((stems, stems),)),
        Search(without=((stems,),)),
        Search(words=(frozenset({"a"}), stems), phrases=((stems,),), sources=(text,), tags=(text,)),
    ):
        assert (await store.search.run(search)).stored == 1
    assert (await store.search.run(Search(words=(stems,)))).matched == 0
    assert await store.search.surface(text) is None
    assert await store.search.near(text, 3) in ([], ["a", "b"])


ALPHABET = ["a", "b", "c++", "at&t", 'q"', "or", "near", "中国", "é"]
STEMS = st.frozensets(st.sampled_from(ALPHABET), min_size=1, max_size=2)
PHRASES = st.lists(st.lists(STEMS, min_size=1, max_size=3).map(tuple), max_size=2).map(tuple)
BODY = st.lists(st.sampled_from(ALPHABET), max_size=6).map(" ".join)
TIMES = st.integers(0, 6).map(lambda days: NOW + days * DAY)
TAGS = st.lists(st.sampled_from("xyz"), max_size=2).map(tuple)
SEARCHES = st.builds(
    Search,
    words=st.lists(STEMS, max_size=3).map(tuple),
    phrases=PHRASES,
    without=PHRASES,
    since=st.none() | TIMES,
    until=st.none() | TIMES,
    sources=st.sampled_from([(), ("wire",), ("gazette",), ("wire", "gazette")]),
    tags=TAGS,
    languages=st.sampled_from([(), ("en",), ("tr", "de")]),
)
READING = st.builds(
    lambda text, title, **rest: reading("", text, title, **rest),
    BODY,
    BODY,
    published=TIMES,
    tags=TAGS,
    language=st.sampled_from(["en", "tr"]),
)
CORPORA = st.lists(st.tuples(st.sampled_from(["wire", "gazette"]), READING), max_size=8)


def says(search: Search, source: str, shown: Reading) -> bool:
    """Whether an article matches, found out by looking at its stems alone."""
    article = shown.article
    assert article.analysis
    assert article.published
    body = tuple(chain.from_iterable(s.stems for s in article.analysis.sentences))
    fields = (article.analysis.title, body)

    def holds(phrase: Sequence[Stems]) -> bool:
        return any(
            all(stem in stems for stem, stems in zip(field[i:], phrase, strict=False))
            for field in fields
            for i in range(len(field) - len(phrase) + 1)
        )

    return (
        (not search.words or any(holds([word]) for word in search.words))
        and all(map(holds, search.phrases))
        and not any(map(holds, search.without))
        and (search.since is None or article.published >= search.since)
        and (search.until is None or article.published < search.until)
        and (not search.sources or source in search.sources)
        and (not search.tags or bool({*search.tags} & {*article.tags}))
        and (not search.languages or article.analysis.language in search.languages)
    )


@settings(max_examples=25, deadline=None)
@given(corpus=CORPORA, searches=st.lists(SEARCHES, min_size=1, max_size=12))
@pytest.mark.parametrize("engine", ENGINES)
def test_a_search_finds_exactly_what_a_plain_filter_finds(
    tmp_path_factory: pytest.TempPathFactory,
    engine: str,
    corpus: list[tuple[str, Reading]],
    searches: list[Search],
) -> None:
    async def run() -> None:
        async with opened(engine, tmp_path_factory.mktemp("store")) as store:
            for i, (source, shown) in enumerate(corpus):
                article = reading(
                    str(i),
                    shown.article.text,
                    shown.article.title,
                    published=shown.article.published,
                    tags=shown.article.tags,
                    language=shown.article.analysis.language if shown.article.analysis else "",
                )
                await store.articles.add([article], source, NOW)
            for search in searches:
                found = await store.search.run(search)
                expected = {str(i) for i, one in enumerate(corpus) if says(search, *one)}
                assert {hit.id for hit in found.hits} == expected
                assert found.matched == len(expected)
                times = [hit.published or NOW for hit in found.hits]
                assert times == sorted(times, reverse=True)

    asyncio.run(run())


ANY_TEXT = st.text(max_size=40)
ANY_STEMS = st.frozensets(ANY_TEXT, max_size=3)
ANY_PHRASES = st.lists(st.lists(ANY_STEMS, max_size=3).map(tuple), max_size=3).map(tuple)


ANY_SEARCHES = st.lists(
    st.builds(
        Search,
        words=st.lists(ANY_STEMS, max_size=20).map(tuple),
        phrases=ANY_PHRASES,
        without=ANY_PHRASES,
        sources=st.lists(ANY_TEXT, max_size=2).map(tuple),
        tags=st.lists(ANY_TEXT, max_size=2).map(tuple),
    ),
    min_size=17,
    max_size=17,
)


async def seconds_of(store: Store, search: Search) -> float:
    started = time.perf_counter()
    assert (await store.search.run(search)).stored == 1
    return time.perf_counter() - started


def every_search_is_answered(url: str, searches: list[Search]) -> None:
    async def run() -> None:
        store = await Store.open(url)
        if not await store.articles.count():
            await fill(store, reading("a", "a 0 ' \" ( ) & | ! : * NEAR"))
        for search in searches:
            assert min([await seconds_of(store, search) for _ in range(2)]) < 1
        await store.close()

    asyncio.run(run())


@settings(max_examples=30, deadline=None)
@given(searches=ANY_SEARCHES)
@pytest.mark.parametrize("engine", ENGINES)
def test_any_query_is_answered(
    tmp_path_factory: pytest.TempPathFactory, engine: str, searches: list[Search]
) -> None:
    every_search_is_answered(ENGINES[engine](tmp_path_factory.getbasetemp() / "any"), searches)


@pytest.mark.long
@settings(max_examples=1_180, deadline=None)
@given(searches=ANY_SEARCHES)
@pytest.mark.parametrize("engine", ENGINES)
def test_any_of_20_000_queries_is_answered(
    tmp_path_factory: pytest.TempPathFactory, engine: str, searches: list[Search]
) -> None:
    every_search_is_answered(ENGINES[engine](tmp_path_factory.getbasetemp() / "any"), searches)


async def test_near_spellings_are_offered_nearest_first_then_most_used(store: Store) -> None:
    await fill(
        store,
        reading("a", "china trade azerbaijan"),
        reading("b", "chino trade"),
        reading("c", "chino chinas unrelated"),
    )
    assert await store.search.near("chin", 5) == ["chino", "china"]
    assert await store.search.near("chnia", 5) == ["china"]
    assert await store.search.near("hina", 5) == ["china"]
    assert await store.search.near("azerbiajn", 5) == ["azerbaijan"]
    assert await store.search.near("trade", 5) == ["trade"]
    assert await store.search.near("chino", 2) == ["chino"]
    assert await store.search.near("zebra", 5) == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("", "", 0),
        ("", "abc", 3),
        ("trade", "trade", 0),
        ("trade", "trad", 1),
        ("trade", "tirade", 1),
        ("trade", "grade", 1),
        ("trade", "tarde", 1),
        ("trade", "rtaed", 2),
        ("kitten", "sitting", 3),
    ],
)
def test_slips_are_counted_both_ways(one: str, other: str, expected: int) -> None:
    assert slips(one, other) == slips(other, one) == expected


async def test_a_stem_is_shown_as_a_word_that_an_article_has(store: Store) -> None:
    told = reading("a", "Factories reopened after the storms.")
    article = replace(told.article, analysis=analyse("", told.article.text))
    await fill(store, replace(told, article=article))
    assert await store.search.surface(stem("factory", "en")) == "factories"
    assert await store.search.surface("nowhere") is None
