"""Which of the matches come first."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.model import Article, Search
from summaries.rank import Ranked, rank
from tests.news import DAY, HOUR, article, found
from tests.stores import NOW, words

HALF_LIFE = timedelta(days=3)
TRADE = Search(words=words("china trade"))
FILLER = "The weather stayed mild and people walked along the river in the evening."


def ranked(*articles: Article, search: Search = TRADE) -> list[Ranked]:
    return rank(search, found(*articles, search=search), NOW, HALF_LIFE)


def order(*articles: Article, search: Search = TRADE) -> list[str]:
    return [item.hit.id for item in ranked(*articles, search=search)]


def outlets(*texts: str, title: str = "Notes") -> list[Article]:
    """Articles of one time, each from an outlet of its own."""
    return [
        article(f"a{number}", text, title, outlet=f"Outlet {number}")
        for number, text in enumerate(texts)
    ]


def test_a_word_in_the_title_counts_for_more() -> None:
    below = article("below", f"{FILLER} They spoke of china.", "Evening notes", outlet="A")
    above = article("above", f"{FILLER} They spoke of lunch.", "China notes", outlet="B")
    assert order(below, above) == ["above", "below"]


def test_all_of_the_words_beat_a_rare_one_many_times() -> None:
    both, often, *others = outlets(
        "Of china and of much trade.", "China, china, and old china.", *[f"Of trade. {FILLER}"] * 5
    )
    assert order(often, both, *others)[:2] == [both.id, often.id]


def test_a_word_that_no_article_holds_is_not_missed() -> None:
    both, often, *others = outlets(
        "Of china and of much trade.", "China, china, and old china.", *[f"Of trade. {FILLER}"] * 5
    )
    misspelt = Search(words=words("china trade tradde"))
    assert order(often, both, *others, search=misspelt)[:2] == [both.id, often.id]


def test_most_of_many_words_are_no_better_than_what_each_is_worth() -> None:
    few, one, *others = outlets(
        "The talks went on for a long week.",
        "Nagorno, says nagorno.",
        *["The talks went on for a long week."] * 8,
    )
    asked = Search(words=words("nagorno talks went long unrest"))
    assert order(few, one, *others, search=asked)[0] == one.id


def test_words_side_by_side_beat_the_same_words_apart() -> None:
    apart, beside = outlets("The trade grew with china.", "Grew with the china trade.")
    assert order(apart, beside) == [beside.id, apart.id]


def test_a_rare_word_tells_more_than_a_common_one() -> None:
    common = outlets(*["Trade was slow that day."] * 5)
    rare = article("rare", "China was slow that day.", "Notes", outlet="Outlet")
    assert order(*common, rare)[0] == "rare"


def test_of_equal_matches_the_newer_comes_first() -> None:
    old, new = outlets("China trade grew.", "China trade grew.")
    assert order(replace(old, published=NOW - 9 * DAY), new) == [new.id, old.id]


def test_an_article_without_a_date_stands_where_it_was_first_seen() -> None:
    dated, seen = outlets("China trade grew.", "China trade grew.")
    dated = replace(dated, published=NOW - 5 * DAY)
    seen = replace(seen, published=None, first_seen=NOW - HOUR)
    assert order(dated, seen) == [seen.id, dated.id]


def test_newness_is_counted_from_the_newest_match() -> None:
    old, older = outlets("China trade grew.", "China trade grew.")
    old, older = replace(old, published=NOW - 400 * DAY), replace(older, published=NOW - 410 * DAY)
    first, second = ranked(older, old)
    assert (first.hit.id, second.hit.id) == (old.id, older.id)
    assert first.score > 1.2 * second.score


def test_outlets_take_turns() -> None:
    mine = [article(f"mine{n}", "China trade grew.", "Notes", outlet="A") for n in range(2)]
    other = article("other", "China trade grew.", "Notes", outlet="B", published=NOW - 2 * HOUR)
    assert order(*mine, other) == ["mine0", "other", "mine1"]


def test_without_words_the_newest_come_first() -> None:
    days = [
        article(f"a{n}", FILLER, "Notes", published=NOW - n * DAY, outlet=str(n)) for n in range(5)
    ]
    assert order(*reversed(days), search=Search()) == ["a0", "a1", "a2", "a3", "a4"]


def test_nothing_found_is_no_mistake() -> None:
    assert ranked() == []


bodies = st.lists(
    st.sampled_from(["China trade grew.", "Trade fell.", "China voted.", FILLER]), max_size=4
).map(" ".join)
drawn = st.tuples(bodies, st.integers(-2, 60), st.sampled_from("AB"))


@settings(max_examples=50)
@given(st.lists(drawn, max_size=8), st.randoms(use_true_random=False))
def test_every_match_is_ranked_once_whatever_order_they_came_in(
    rows: list[tuple[str, int, str]], random: Random
) -> None:
    articles = [
        article(f"a{n}", text, "Notes", outlet=outlet, published=NOW - age * DAY)
        for n, (text, age, outlet) in enumerate(rows)
    ]
    first = ranked(*articles)
    assert sorted(item.hit.id for item in first) == sorted(a.id for a in articles)
    assert [item.score for item in first] == sorted((i.score for i in first), reverse=True)
    random.shuffle(articles)
    assert [item.hit.id for item in ranked(*articles)] == [item.hit.id for item in first]
