"""Query -> briefing, over a real store."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.briefing import brief, is_common, plan
from summaries.errors import QueryError
from summaries.model import Article, Briefing, Options, Query, Story, Told
from summaries.query import Grammar, parse
from summaries.store import Store
from summaries.stories import NOBODY, arrange, compose
from tests.news import DAY, FRUIT, QUAKE, RAIL, RAIL_ELSEWHERE, article, found, put
from tests.stores import NOW, opened

GRAMMAR = Grammar(ZoneInfo("UTC"), ("wire", "gazette"), tags=None)
RAIL_NEWS = article("rail", RAIL)
RAIL_TOO = article(
    "rail-2", RAIL_ELSEWHERE, outlet="Harbour Post", source="gazette", tags=("rail",)
)
FRUIT_NEWS = article("fruit", FRUIT, published=NOW - 2 * DAY)
QUAKE_NEWS = article("quake", QUAKE, published=NOW - 3 * DAY)
NEWS = [RAIL_NEWS, RAIL_TOO, FRUIT_NEWS, QUAKE_NEWS]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened("sqlite", tmp_path) as store:
        yield store


def query(text: str) -> Query:
    return parse(text, GRAMMAR, NOW)


async def ask(
    store: Store, text: str, told: Told = NOBODY, *, widen: bool = True, **options: Any
) -> Briefing:
    return await brief(query(text), store, Options(**options), NOW, told, widen)


def told_of(briefing: Briefing) -> list[set[str]]:
    return [{article.id for article in story.articles} for story in briefing.stories]


def assert_verbatim(story: Story) -> None:
    for point in story.points:
        text = story.articles[point.document].text
        assert point.text == " ".join(text[point.start : point.end].split())
        assert point.text


async def test_an_answer_has_each_story_once_with_all_who_told_it(store: Store) -> None:
    await put(store, NEWS)
    made = await ask(store, "china trade")
    assert told_of(made) == [{"rail", "rail-2"}, {"fruit"}]
    assert (made.matched, made.total, made.note, made.suggestion) == (3, 2, None, None)
    assert (made.since, made.until) == (NOW - 30 * DAY, NOW)


@pytest.mark.parametrize(("method", "given"), [("default", 80), ("luhn", 80), ("kl", 60)])
async def test_a_slow_method_is_given_less_of_a_long_story(
    store: Store, method: str, given: int
) -> None:
    said = " ".join(f"Ferry number {n} of the line left for Aktau at noon." for n in range(80))
    await put(store, [article("ferries", said, title="Ferries")])
    [story] = (await ask(store, "ferry", method=method, points=100)).stories
    assert sum(point.text.count("Ferry") for point in story.points) == given


@pytest.mark.parametrize("method", ["default", "lexrank", "luhn"])
async def test_every_point_is_in_its_article_word_for_word(store: Store, method: str) -> None:
    await put(store, NEWS)
    for story in (await ask(store, "china trade", method=method, points=2)).stories:
        assert 1 <= len(story.points) <= 2
        assert_verbatim(story)


async def test_an_empty_query_tells_what_is_new(store: Store) -> None:
    await put(store, NEWS)
    assert told_of(await ask(store, "")) == [{"rail", "rail-2"}, {"fruit"}, {"quake"}]


async def test_pages_have_all_stories_between_them(store: Store) -> None:
    await put(store, NEWS)
    first, rest = await ask(store, "top:1"), await ask(store, "skip:1")
    assert [len(page.stories) for page in (first, rest)] == [1, 2]
    assert told_of(first) + told_of(rest) == told_of(await ask(store, ""))
    assert first.total == rest.total == 3


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("china from:gazette", {"rail-2"}),
        ("china tag:rail", {"rail-2"}),
        ("china -cherries", {"rail", "rail-2"}),
        ('"sour cherries"', {"fruit"}),
        ("china since:1d", {"rail", "rail-2"}),
        ("china until:2026-04-18", {"fruit"}),
        ("china since:2026-04-17 until:2026-04-17", {"fruit"}),
        ("chinas trades", {"rail", "rail-2", "fruit"}),
        ("CHINA", {"rail", "rail-2", "fruit"}),
    ],
)
async def test_words_and_filters_choose(store: Store, text: str, ids: set[str]) -> None:
    await put(store, NEWS)
    assert set().union(*told_of(await ask(store, text))) == ids


async def test_only_the_sources_that_are_asked_answer(store: Store) -> None:
    await put(store, NEWS)
    assert told_of(await ask(store, "china", sources=("gazette",))) == [{"rail-2"}]
    assert told_of(await ask(store, "china from:wire since:1d", sources=("gazette",))) == [{"rail"}]


async def test_a_window_that_finds_nothing_is_widened_and_says_so(store: Store) -> None:
    await put(store, [replace(RAIL_NEWS, published=NOW - 90 * DAY)])
    made = await ask(store, "china trade")
    assert told_of(made) == [{"rail"}]
    assert made.since is None
    assert made.note == "Nothing in the last 30 days; this is from all dates."
    since = await ask(store, "china trade since:7d")
    assert since.note == "Nothing since 12 April 2026; this is from all dates."


async def test_a_window_that_must_not_be_widened_stays_empty(store: Store) -> None:
    await put(store, [replace(RAIL_NEWS, published=NOW - 90 * DAY)])
    made = await ask(store, "china trade", widen=False)
    assert (made.stories, made.total) == ((), 0)


async def test_a_window_of_nothing_but_undated_articles_is_widened(store: Store) -> None:
    await put(store, [replace(FRUIT_NEWS, published=None)])
    await put(store, [replace(RAIL_NEWS, published=NOW - 90 * DAY)])
    made = await ask(store, "china trade")
    assert made.matched == 2
    assert made.note == "Nothing dated in the last 30 days; this is from all dates."


async def test_no_match_says_so_and_suggests_a_near_spelling(store: Store) -> None:
    await put(store, NEWS)
    made = await ask(store, "eartquake")
    assert made.stories == ()
    assert made.note == "No article matches eartquake. Did you mean earthquake?"
    assert made.suggestion == replace(query("eartquake"), words=("earthquake",))
    far = await ask(store, "zzzzzzzz")
    assert (far.note, far.suggestion) == (
        "No article matches zzzzzzzz. Try fewer or other words.",
        None,
    )


async def test_an_empty_store_says_so(store: Store) -> None:
    made = await ask(store, "china trade")
    assert (made.note, made.suggestion) == ("There are no articles yet.", None)


@pytest.mark.parametrize("text", ["the", "what is the"])
async def test_words_that_every_article_has_are_refused(store: Store, text: str) -> None:
    with pytest.raises(QueryError, match="add a word"):
        await ask(store, text)


async def test_a_function_word_in_capitals_is_a_name(store: Store) -> None:
    await put(store, [article("us", "The US raised its tariffs on steel from the coast.")])
    assert told_of(await ask(store, "US")) == [{"us"}]


async def test_what_was_told_is_not_told_again(store: Store) -> None:
    await put(store, NEWS)
    told = Told(frozenset({"rail", "rail-2"}))
    assert told_of(await ask(store, "china trade", told)) == [{"fruit"}]
    everything = Told(frozenset({"rail", "rail-2", "fruit"}))
    assert told_of(await ask(store, "china trade", everything)) == []


async def test_a_story_that_goes_on_is_an_update_of_what_is_new_in_it(store: Store) -> None:
    await put(store, [RAIL_NEWS, RAIL_TOO])
    made = await ask(store, "china trade", Told(frozenset({"rail"})))
    [story] = made.stories
    assert story.update
    assert [each.id for each in story.articles] == ["rail-2"]
    assert_verbatim(story)


async def test_an_update_has_only_what_adds_something(store: Store) -> None:
    await put(store, [RAIL_NEWS, RAIL_TOO])
    [story] = (await ask(store, "china trade", Told(frozenset({"rail"})))).stories
    assert [point.text for point in story.points] == [RAIL_ELSEWHERE.split(". ")[2]]


async def test_a_story_that_only_repeats_gives_its_place_to_the_next(store: Store) -> None:
    copy = replace(RAIL_NEWS, id="copy", outlet="Harbour Post", item="copy.txt")
    await put(store, [RAIL_NEWS, copy, FRUIT_NEWS])
    made = await ask(store, "china trade top:1", Told(frozenset({"rail"})))
    assert told_of(made) == [{"fruit"}]
    assert made.total == 1
    assert told_of(await ask(store, "china trade", Told(frozenset({"rail", "fruit"})))) == []


async def test_a_story_says_why_it_was_chosen(store: Store) -> None:
    copy = replace(RAIL_NEWS, id="copy", outlet="Harbour Post", item="copy.txt")
    await put(store, [RAIL_NEWS, copy, FRUIT_NEWS])
    rail, fruit = (await ask(store, "china cherries and the corridor")).stories
    if rail.articles[0].id == "fruit":
        rail, fruit = fruit, rail
    assert (rail.why.words, fruit.why.words) == (("china", "corridor"), ("china", "cherries"))
    assert (rail.copies, fruit.copies) == ((1,), ())
    assert rail.why.breadth > fruit.why.breadth == 1
    assert rail.why.newness > fruit.why.newness > 1
    assert rail.why.weight == pytest.approx(
        rail.why.relevance * rail.why.newness * rail.why.breadth
    )


WORDS = [
    "china",
    "trade",
    "Trade",
    "the",
    "rail,",
    "Baku",
    "“port”",
    "U.S.",
    "中国",
    "\n\n",
    "\t",
    "3.5",
]
sentence = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(
    lambda w: f"{' '.join(w)}."
)
parts = st.sampled_from([*RAIL.split("\n"), *FRUIT.split(". "), RAIL_ELSEWHERE]) | sentence
texts = st.lists(parts | st.text(max_size=20), max_size=5).map(" ".join)
corpora = st.lists(st.tuples(texts, st.none() | st.integers(0, 9)), max_size=8).map(
    lambda rows: [
        article(f"a{n}", text, published=None if age is None else NOW - age * DAY, outlet=f"O{n}")
        for n, (text, age) in enumerate(rows)
    ]
)


@settings(max_examples=60, deadline=None)
@given(corpora, st.sampled_from(["china trade", "rail -ban", "", "baku top:2"]))
def test_of_any_articles_comes_a_briefing_that_keeps_its_promises(
    articles: list[Article], text: str
) -> None:
    asked, options = query(text), Options(stories=10)
    search = plan(asked, ("en",), options, NOW)
    candidates = found(*articles, search=search)
    groups, total = arrange(asked, search, candidates, options, NOW)
    groups = groups[: asked.top or 10]
    stories = compose(asked, groups, articles, options)
    ids = [each.id for story in stories for each in story.articles]
    assert len(ids) == len(set(ids))
    assert bool(total) <= len(stories) <= min(total, asked.top or 10)
    for story in stories:
        assert_verbatim(story)
        assert len(story.points) <= options.points
    again, _ = arrange(asked, search, candidates, options, NOW)
    assert again[: len(groups)] == groups
    assert compose(asked, groups, articles, options) == stories


@pytest.mark.parametrize(
    ("word", "languages"),
    [
        ("wells", ["en"]),
        ("canned", ["en"]),
        ("US", ["en"]),
        ("u.s.", ["en"]),
        ("car", ["en", "fr"]),
        ("die", ["en", "de"]),
    ],
)
def test_an_ordinary_word_may_be_asked(word: str, languages: list[str]) -> None:
    assert not is_common(word, languages)


@pytest.mark.parametrize(
    ("text", "looked_for"),
    [
        ("WHAT IS THE TRADE OF CHINA", {"trade", "china"}),
        ("WHO", {"who"}),
        ("the WHO warns", {"who", "warns"}),
        ("THE US TRADE", {"us", "trade"}),
        ("the u.s. trade", {"us", "trade"}),
        ("china AND trade", {"trade", "china"}),
    ],
)
def test_capitals_name_something_unless_everything_is_in_capitals(
    text: str, looked_for: set[str]
) -> None:
    search = plan(query(text), ("en",), Options(), NOW)
    assert len(search.words) == len(looked_for)
    assert looked_for <= frozenset().union(*search.words)


def test_what_is_new_is_not_crowded_out_by_what_is_known() -> None:
    known = [article(f"rail-{n}", RAIL, published=NOW) for n in range(200)]
    new = article("new", RAIL_ELSEWHERE.replace("rail", "line"), published=NOW - DAY)
    told = Told(frozenset(each.id for each in known))
    search = plan(query("corridor"), ("en",), Options(), NOW)
    there = found(*known, new, search=search)
    groups, _ = arrange(query("corridor"), search, there, Options(), NOW, told)
    [story] = compose(query("corridor"), groups, [*known, new], Options(), told)
    assert [each.id for each in story.articles] == ["new"]
