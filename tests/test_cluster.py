"""Articles on one event make one story."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.cluster import cluster, distinct, similarity
from summaries.model import Article
from summaries.text import analyse
from tests.news import DAY, FRUIT, QUAKE, RAIL, RAIL_ELSEWHERE, article
from tests.stores import NOW, hits

NEWS = [
    article("rail", RAIL, outlet="Caspian Ledger"),
    article("quake", QUAKE, outlet="Andes Dispatch"),
    article("rail-2", RAIL_ELSEWHERE, outlet="Harbour Post"),
    article("fruit", FRUIT, outlet="Caspian Ledger"),
]


def stories(articles: list[Article]) -> set[frozenset[str]]:
    return {frozenset(articles[i].id for i in group) for group in cluster(hits(articles))}


def heads(articles: list[Article]) -> set[str]:
    return {articles[group[0]].id for group in cluster(hits(articles))}


def test_two_tellings_of_an_event_are_one_story_and_another_event_is_another() -> None:
    assert stories(NEWS) == {
        frozenset({"rail", "rail-2"}),
        frozenset({"quake"}),
        frozenset({"fruit"}),
    }


def test_stories_come_in_the_order_of_their_first_articles() -> None:
    assert [min(group) for group in cluster(hits(NEWS))] == [0, 1, 3]


def test_what_was_told_alike_weeks_apart_is_not_one_event() -> None:
    april, may = NEWS[0], replace(NEWS[2], published=NOW + 21 * DAY)
    assert len(cluster(hits([april, may]))) == 2


def test_a_text_that_is_carried_again_weeks_later_is_still_one_story() -> None:
    again = article("again", f"{RAIL} Subscribers read it first.", published=NOW + 21 * DAY)
    assert len(cluster(hits([NEWS[0], again]))) == 1


def test_a_notice_of_each_month_with_new_figures_is_a_story_each_time() -> None:
    notice = "Prices of food rose by {} percent in {}, and those of fuel by {}, the office said."
    march = article("march", notice.format("2.1", "March", "0.4"))
    april = article("april", notice.format("1.7", "April", "3.8"), published=NOW + 30 * DAY)
    assert len(cluster(hits([march, april]))) == 2


def test_a_weekday_in_common_makes_no_event() -> None:
    deal = article("deal", "Alat signed a trade deal with shipyards of four countries on Monday.")
    rise = article(
        "rise", "Railway trade rose by a tenth on Monday, as the office said in Tbilisi."
    )
    assert len(cluster(hits([deal, rise, *NEWS]))) == 5


def test_all_that_was_found_may_be_of_one_event() -> None:
    assert len(cluster(hits([NEWS[0], NEWS[2]]))) == 1


def test_an_article_without_a_date_may_belong_to_an_event() -> None:
    assert len(cluster(hits([NEWS[0], replace(NEWS[2], published=None)]))) == 1


def test_the_article_that_the_others_resemble_most_stands_first() -> None:
    parts = [article(f"part{n}", half, "Notes") for n, half in enumerate(RAIL.split(". "))]
    [group] = cluster(hits([*parts, article("whole", RAIL, "Notes")]))
    assert group[0] == len(parts)


@pytest.mark.parametrize("last", [NEWS[2], replace(NEWS[0], id="z-copy", outlet="Harbour Post")])
def test_of_articles_alike_the_one_whose_headline_says_what_all_tell_stands_first(
    last: Article,
) -> None:
    told = [
        article("a-short", last.text, "Baku"),
        article("b-odd", last.text, "Minister forgets his umbrella, again"),
        article("c-telling", last.text, "China and Azerbaijan agree on rail freight"),
        replace(last, title="", analysis=analyse("", last.text)),
    ]
    [group] = cluster(hits(told))
    assert group[0] == 2


def test_none_and_one_are_no_mistake() -> None:
    assert cluster([]) == []
    assert cluster(hits(NEWS[:1])) == [(0,)]
    assert distinct([]) == []


def test_articles_without_words_stay_apart() -> None:
    empty = [article("a", "", " "), article("b", "!!!", " ")]
    assert cluster(hits(empty)) == [(0,), (1,)]


def test_a_copy_is_passed_over_and_another_telling_is_not() -> None:
    copy = article("copy", f"{RAIL}\n", NEWS[0].title, outlet="Harbour Post")
    assert distinct(hits([NEWS[0], copy, NEWS[2]])) == [0, 2]


def test_likeness_is_symmetric_and_complete_with_oneself() -> None:
    alike = similarity(hits(NEWS))
    assert alike.shape == (4, 4)
    assert np.allclose(alike, alike.T)
    assert np.allclose(np.diag(alike), 1)
    assert alike.min() >= 0


TELLING = [part for a in NEWS for part in a.text.split(". ")]
titles = st.sampled_from([a.title for a in NEWS] + ["Notes", ""])
times = st.none() | st.integers(0, 30).map(lambda days: NOW - days * DAY)


@st.composite
def news(draw: st.DrawFn, parts: list[str], least: int = 0) -> list[Article]:
    """Articles made of some of the parts each, in any order, their ids in any order too."""
    count = draw(st.integers(0, 12))
    ids = draw(st.permutations(range(count)))
    return [
        article(
            str(n),
            ". ".join(draw(st.lists(st.sampled_from(parts), min_size=least, max_size=4))),
            draw(titles),
            published=draw(times),
        )
        for n in ids
    ]


@settings(max_examples=60)
@given(news([*TELLING, "", "!", "Baku"]))
def test_each_article_is_in_exactly_one_story(articles: list[Article]) -> None:
    groups = cluster(hits(articles))
    assert sorted(i for group in groups for i in group) == list(range(len(articles)))
    assert [min(group) for group in groups] == sorted(min(group) for group in groups)


@settings(max_examples=60)
@given(news([*TELLING, "", "!", "Baku"]), st.randoms())
def test_the_order_does_not_matter(articles: list[Article], random: Random) -> None:
    shuffled = random.sample(articles, len(articles))
    assert stories(shuffled) == stories(articles)
    assert heads(shuffled) == heads(articles)


@settings(max_examples=60)
@given(news(TELLING, least=1), st.data())
def test_copies_are_in_the_story_of_their_original(
    articles: list[Article], data: st.DataObject
) -> None:
    originals = data.draw(
        st.sets(st.sampled_from(articles), max_size=5) if articles else st.just(set())
    )
    copies = {
        replace(a, id=f"{a.id} again", outlet="Harbour Post", published=data.draw(times)): a
        for a in originals
    }
    made = stories([*copies, *articles])
    for copy, original in copies.items():
        assert any({copy.id, original.id} <= story for story in made)


def test_a_copy_with_a_word_changed_is_told_from_another_report_of_the_event() -> None:
    first, copy = article("a", RAIL), article("b", RAIL.replace("Monday", "Tuesday"))
    assert distinct(hits([first, copy])) == [0]
    assert distinct(hits([first, article("c", RAIL_ELSEWHERE)])) == [0, 1]
