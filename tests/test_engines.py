import asyncio
import contextlib
import multiprocessing
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from multiprocessing.queues import Queue
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.errors import StoreError
from summaries.model import Analysis, Article, Reading, Search, Sentence
from summaries.store import Store
from summaries.store.database import Database
from summaries.store.lexemes import MOST_OCCURRENCES
from summaries.store.question import ask
from tests.stores import ENGINES, NOW, index_is_consistent, opened, own_server, reading, words

DAY = timedelta(days=1)
YEAR = 365 * DAY

HOSTILE = [
    "'",
    "\\",
    "a'b",
    "a\\'",
    "b:1A",
    "&",
    "|",
    "!",
    "<->",
    "(",
    '"',
    "A",
    "a",
    "é",
    "中",
    "\ufffd",
]
STEM = st.sampled_from(HOSTILE) | st.text(
    st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1, max_size=5
)
STEMS = st.lists(STEM, max_size=6).map(tuple)
WORD = st.frozensets(STEM, min_size=1, max_size=2)
PHRASES = st.lists(st.lists(WORD, min_size=1, max_size=3).map(tuple), max_size=1).map(tuple)
TIMES = st.integers(0, 900).map(lambda days: NOW - days * DAY)
TAGS = st.lists(st.sampled_from(["x", "X", "y z", "'"]), max_size=2).map(tuple)
LANGUAGES = st.sampled_from(["en", "tr"])
SEARCHES = st.builds(
    Search,
    words=st.lists(WORD, max_size=4).map(tuple),
    phrases=PHRASES,
    without=PHRASES,
    since=st.none() | TIMES,
    until=st.none() | TIMES,
    sources=st.sampled_from([(), ("wire",), ("wire", "gazette")]),
    tags=TAGS,
    languages=st.sampled_from([(), ("en",)]),
    limit=st.integers(1, 6),
)
ARTICLES = st.builds(
    lambda title, stems, language, **rest: Article(
        text=" ".join(stems),
        analysis=Analysis(language, title, (Sentence(0, 0, stems),), 1),
        **rest,
    ),
    STEMS,
    STEMS,
    LANGUAGES,
    published=TIMES,
    tags=TAGS,
)
CORPORA = st.lists(st.tuples(st.sampled_from(["wire", "gazette"]), ARTICLES), max_size=12)


async def fill(store: Store, corpus: list[tuple[str, Article]]) -> None:
    for i, (source, article) in enumerate(corpus):
        named = Article(
            id=str(i),
            item=str(i),
            text=article.text,
            published=article.published,
            tags=article.tags,
            analysis=article.analysis,
        )
        await store.articles.add([Reading(named, "1")], source, NOW)


@settings(max_examples=40, deadline=None)
@given(corpus=CORPORA, searches=st.lists(SEARCHES, min_size=1, max_size=8))
def test_every_engine_finds_the_same_in_the_same_order(
    tmp_path_factory: pytest.TempPathFactory,
    corpus: list[tuple[str, Article]],
    searches: list[Search],
) -> None:
    async def run() -> None:
        folder = tmp_path_factory.mktemp("store")
        async with AsyncExitStack() as stack:
            stores = [await stack.enter_async_context(opened(e, folder)) for e in ENGINES]
            for store in stores:
                await fill(store, corpus)
            for search in searches:
                first, *others = [await store.search.run(search) for store in stores]
                assert all(found == first for found in others)

    asyncio.run(run())


@settings(max_examples=20, deadline=None)
@given(corpus=CORPORA, searches=st.lists(SEARCHES, min_size=1, max_size=8))
@pytest.mark.parametrize("engine", ENGINES)
def test_how_many_are_expected_never_changes_what_is_found(
    tmp_path_factory: pytest.TempPathFactory,
    engine: str,
    corpus: list[tuple[str, Article]],
    searches: list[Search],
) -> None:
    async def run() -> None:
        folder = tmp_path_factory.mktemp("store")
        async with opened(engine, folder) as store:
            await fill(store, corpus)
        database = await Database.open(ENGINES[engine](folder))
        async with database.read() as connection:
            for search in searches:
                question, _ = ask(search)
                if match := question.match(question.words):
                    few, many = [
                        await database.engine.newest(
                            connection, match, question.window, search.limit, expected
                        )
                        for expected in (0.0, 1e9)
                    ]
                    assert few == many
        await database.close()

    asyncio.run(run())


@pytest.fixture(params=ENGINES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(request.param, tmp_path) as store:
        yield store


async def test_occurrences_beyond_the_most_leave_gaps(store: Store) -> None:
    again = "again " * MOST_OCCURRENCES
    await store.articles.add([reading("a", f"{again}first again second then last")], "wire", NOW)
    for phrase, matched in (
        ("again again", 1),
        ("again first", 1),
        ("first again", 0),
        ("first second", 0),
        ("second then last", 1),
    ):
        found = await store.search.run(Search(phrases=(words(phrase),)))
        assert (phrase, found.matched) == (phrase, matched)


async def test_articles_of_any_size_and_words_of_any_length_are_stored(store: Store) -> None:
    long = " ".join("\U00020000" * 500 + str(i) for i in range(3000))
    await store.articles.add([reading("i" * 9000, f"first {long} last")], "wire", NOW)
    assert (await store.search.run(Search(words=words("first")))).matched == 1
    found = await store.search.run(Search(words=(frozenset({"\U00020000" * 5000}),)))
    assert found.matched == 1


async def test_what_many_articles_hold_is_counted_up_to_a_thousand(store: Store) -> None:
    many = [reading(str(i), f"word {i}", published=NOW - i * DAY) for i in range(1100)]
    await store.articles.add(many, "wire", NOW)
    for search in (Search(), Search(words=words("word")), Search(words=words("word nowhere"))):
        found = await store.search.run(search)
        assert [hit.id for hit in found.hits] == [str(i) for i in range(400)]
        assert (found.matched, found.stored) == (1000, 1100)


async def test_old_articles_with_the_rarer_words_are_among_the_candidates(store: Store) -> None:
    common = [reading(f"c{i}", "china trade", published=NOW - i * DAY) for i in range(40)]
    rare = [reading(f"r{i}", "china lithium", published=NOW - YEAR - i * DAY) for i in range(30)]
    both = reading("both", "china trade lithium", published=NOW - 2 * YEAR)
    await store.articles.add([*common, *rare, both], "wire", NOW)
    found = await store.search.run(Search(words=words("china trade lithium"), limit=11))
    ids = [hit.id for hit in found.hits]
    assert ids == ["c0", "c1", "c2", "c3", "c4", "c5", "r0", "r1", "r2", "r3", "both"]


def add_for_ever(url: str, name: str, told: "Queue[str]") -> None:
    """Add batches and tell of each article that was reported stored, until killed."""

    async def run() -> None:
        store = await Store.open(url)
        for i in range(1_000_000):
            ids = [f"{name} {i} {j}" for j in range(20)] + [f"shared {i} {j}" for j in range(5)]
            batch = [reading(id_, f"word {id_}", tags=(name,)) for id_ in ids]
            for id_ in (await store.articles.add(batch, name, NOW)).new:
                told.put(id_)

    asyncio.run(run())


@pytest.mark.parametrize("engine", ENGINES)
async def test_writers_that_are_killed_lose_nothing_they_reported(
    engine: str, tmp_path: Path
) -> None:
    url, spawn = ENGINES[engine](tmp_path), multiprocessing.get_context("spawn")
    reported: list[str] = []
    for turn in range(2):
        queues = {name: spawn.Queue() for name in (f"x{turn}", f"y{turn}")}
        writers = [spawn.Process(target=add_for_ever, args=(url, *pair)) for pair in queues.items()]
        for writer in writers:
            writer.start()
        reported += [await asyncio.to_thread(told.get, True, 60) for told in queues.values()]
        await asyncio.sleep(random.uniform(0.2, 0.6))
        for writer in writers:
            assert writer.is_alive()
            os.kill(writer.pid or 0, signal.SIGKILL)
            writer.join()
        for told in queues.values():
            with contextlib.suppress(Exception):
                while True:
                    reported.append(told.get(timeout=0.1))
    async with opened(engine, tmp_path) as store:
        assert len(reported) == len(set(reported))
        assert len(await store.articles.get(reported)) == len(reported)
        await index_is_consistent(store, ENGINES[engine](tmp_path))


async def test_a_server_that_goes_away_is_said_in_a_line_and_comes_back() -> None:
    with own_server() as server:
        store = await Store.open(server.get_uri())
        await store.articles.add([reading("a", "one")], "wire", NOW)
        server.stop()
        for _ in range(2):
            with pytest.raises(StoreError, match="cannot be reached; try again shortly"):
                await store.articles.get(["a"])
            with pytest.raises(StoreError, match="cannot be reached; try again shortly"):
                await Store.open(server.get_uri())
        server.ensure_postgres_running()
        assert len(await store.articles.get(["a"])) == 1
        assert (await store.articles.add([reading("b", "two")], "wire", NOW)).new == ("b",)
        await store.close()
