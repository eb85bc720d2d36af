"""Which sentences add something to what was said before."""

import pytest

from summaries.novelty import adding
from summaries.text import analyse
from tests.news import RAIL, RAIL_ELSEWHERE

KNOWN = "Rescue teams found 20 miners alive in the flooded shaft near Kadji on Sunday evening."


def new(text: str, *known: str) -> list[str]:
    analysis = analyse("", text, "en")
    kept = adding(analysis, [analyse("", each, "en") for each in known])
    return [text[sentence.start : sentence.end] for sentence in kept]


def test_everything_is_new_to_who_knows_nothing() -> None:
    assert len(new(RAIL)) == 3


def test_a_repetition_is_not_new() -> None:
    assert new(RAIL, RAIL) == []


def test_the_same_in_other_words_is_not_new_and_the_rest_is() -> None:
    assert new(RAIL_ELSEWHERE, RAIL) == [RAIL_ELSEWHERE.split(". ")[2]]


@pytest.mark.parametrize(
    ("text", "adds"),
    [
        ("Near Kadji rescue teams found miners alive in a flooded shaft.", False),
        ("Rescue teams found 23 miners alive in the flooded shaft near Kadji on Monday.", True),
        ("The owner of the mine had been fined for its pumps in the spring.", True),
    ],
)
def test_a_number_that_nobody_told_is_new(text: str, adds: bool) -> None:
    assert bool(new(text, KNOWN)) is adds


def test_what_is_spread_over_several_known_sentences_is_new_together() -> None:
    known = "The mine near Kadji was flooded. Pumps failed in spring. The owner was fined."
    assert new("The fined owner said that pumps failed before the flooded mine closed.", known)
