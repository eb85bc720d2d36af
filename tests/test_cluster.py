"""Articles on one event make one story."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.cluster import cluster, distinct, similarity
from summaries.model import Article
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


def test_two_tellings_of_an_event_are_one_story_and_another_event_is_another() -> None:
    assert stories(NEWS) == {
        frozenset({"rail", "rail-2"}),
        frozenset({"quake"}),
        frozenset({"fruit"}),
    }


def test_stories_come_in_the_order_of_their_first_articles() -> None:
    assert [min(group) for group in cluster(hits(NEWS))] == [0, 1, 3]


def test_the_order_of_the_articles_does_not_matter() -> None:
    assert stories(NEWS[::-1]) == stories(NEWS)


def test_what_was_told_alike_weeks_apart_is_not_one_event() -> None:
    april, may = NEWS[0], replace(NEWS[2], published=NOW + 21 * DAY)
    assert len(cluster(hits([april, may]))) == 2


def test_an_article_without_a_date_may_belong_to_an_event() -> None:
    assert len(cluster(hits([NEWS[0], replace(NEWS[2], published=None)]))) == 1


def test_the_article_that_the_others_resemble_most_stands_first() -> None:
    parts = [article(f"part{n}", half, "Notes") for n, half in enumerate(RAIL.split(". "))]
    [group] = cluster(hits([*parts, article("whole", RAIL, "Notes")]))
    assert group[0] == len(parts)


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


sentences = st.sampled_from([part for a in NEWS for part in a.text.split(". ")] + ["", "!", "Baku"])
texts = st.lists(sentences, max_size=4).map(". ".join)
days = st.none() | st.integers(0, 30)


@settings(max_examples=50)
@given(st.lists(st.tuples(texts, days), max_size=12))
def test_each_article_is_in_one_story_and_the_same_every_time(
    rows: list[tuple[str, int | None]],
) -> None:
    articles = [
        article(str(n), text, "Notes", published=None if day is None else NOW - day * DAY)
        for n, (text, day) in enumerate(rows)
    ]
    groups = cluster(hits(articles))
    assert sorted(i for group in groups for i in group) == list(range(len(articles)))
    assert [min(group) for group in groups] == sorted(min(group) for group in groups)
    assert cluster(hits(articles)) == groups


def test_a_copy_with_a_word_changed_is_told_from_another_report_of_the_event() -> None:
    first, copy = article("a", RAIL), article("b", RAIL.replace("Monday", "Tuesday"))
    assert distinct(hits([first, copy])) == [0]
    assert distinct(hits([first, article("c", RAIL_ELSEWHERE)])) == [0, 1]
