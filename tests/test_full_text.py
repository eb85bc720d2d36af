"""Teasers, and the pages that make them whole."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from summaries.draft import Draft
from summaries.sources.full_text import LEAST_WORDS, is_teaser, with_page

PAGE = "https://example.org/river"
TEASER = Draft(
    title="River cuts off two villages",
    text="The river rose on Sunday and cut off two villages.",
    url=PAGE,
)
WHOLE = Draft(
    text="The river rose on Sunday after a week of rain, and it cut off two villages from the road."
    " Boats brought bread and water to families on the roofs of their houses. Engineers expect"
    " that the water falls by Wednesday, the ministry of emergencies said in the evening.",
    title="Another headline",
    author="Jo Doe",
    published=datetime(2026, 4, 19, tzinfo=UTC),
)
LONG = "The water rose by a metre overnight. " * LEAST_WORDS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The river rose on Sunday.",
        "河水周日上涨，两个村庄被切断。",
        *(
            LONG + end
            for end in (
                "The road is…", "The road is...", "The road is […]", "The road [...]", "Read more",
                "Continue reading →", "Read the full story »", "Weiterlesen", "Читать далее…",
                "Continue reading River rises at the Ledger",
            )
        ),
    ],
)  # fmt: skip
def test_what_is_short_or_breaks_off_is_a_teaser(text: str) -> None:
    assert is_teaser(Draft(text=text, url=PAGE))
    assert not is_teaser(Draft(text=text))


@pytest.mark.parametrize("text", [LONG, LONG + "He wants to read more.", "河水周日上涨。" * 30])
def test_what_is_long_and_ends_is_whole(text: str) -> None:
    assert not is_teaser(Draft(text=text, url=PAGE))


def test_the_page_gives_the_text_and_the_feed_all_else() -> None:
    whole = with_page(TEASER, WHOLE)
    assert (whole.title, whole.url, whole.text) == (TEASER.title, PAGE, WHOLE.text)
    assert (whole.author, whole.published) == ("Jo Doe", WHOLE.published)
    own = replace(TEASER, author="Al Roe", published=datetime(2026, 4, 18, tzinfo=UTC))
    assert with_page(own, WHOLE).author == "Al Roe"
    assert with_page(own, WHOLE).published == own.published


@pytest.mark.parametrize(
    "text",
    [
        "The river rose.",
        "We and our partners store cookies on your device to give you the best service. " * 9,
        TEASER.text,
    ],
)
def test_a_page_that_is_no_more_than_the_teaser_changes_nothing(text: str) -> None:
    assert with_page(TEASER, Draft(text=text)) == TEASER
