"""Points that read well alone, in short stories that each tempt to a bad one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries import summarise
from summaries.summarisers import METHODS
from summaries.summarisers.standing import is_whole, leans
from summaries.text import analyse

MINISTER = "Transport minister Jane Roe opened the new ferry line to Alat on Tuesday morning."
LINE = "The ferry line to Alat carries container trains across the Caspian Sea every day."
PRICE = "Building the ferry line cost the transport ministry about 300 million dollars."
WEATHER = "A light rain fell on the harbour while a band played for the guests."

BAD = {
    "missing he": "He said that the new ferry line to Alat would carry container trains for years.",
    "he behind": '"The new ferry line to Alat will carry container trains for years," he said.',
    "nobody speaks": '"The new ferry line to Alat will carry container trains for many years."',
    "demonstrative": "This new ferry line to Alat will carry container trains across the sea.",
    "connective": "However, the new ferry line to Alat will carry container trains in June only.",
    "the two": "The two will meet at the new ferry line to Alat when container trains arrive.",
}
BROKEN = {
    "half quotation": "“The new ferry line to Alat carries container trains across the sea.",
    "read more": "Read more: New ferry line to Alat carries container trains across the sea.",
    "dateline": "ALAT (Reuters) - The new ferry line carries container trains across the sea.",
    "caption": "The new ferry line to Alat carries container trains. (AP Photo/Jane Roe)",
    "tags": "#ferry #line #alat #container #trains #caspian #sea.",
    "colon": "The new ferry line to Alat carries container trains across the sea to:",
    "no stop": "New ferry line to Alat carries container trains across the Caspian Sea",
    "cut off": "The new ferry line to Alat carries container trains across the Casp...",
    "fragment": "which carries container trains on the new ferry line to Alat every day.",
}

every_method = pytest.mark.parametrize("method", METHODS)


def story(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs)


@every_method
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_what_leans_comes_with_the_sentence_before_it_or_not_at_all(method: str, bad: str) -> None:
    text = story(WEATHER, MINISTER, bad, LINE, PRICE)
    for budget in range(1, 5):
        points = summarise([text], sentences=budget, method=method).points
        assert points
        assert sum(len(point.text.split(". ")) for point in points) <= budget
        for point in points:
            assert not point.text.startswith(bad[:20])
            assert bad not in point.text or point.text == f"{MINISTER} {bad}"


@every_method
@pytest.mark.parametrize("bad", BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_left_out(method: str, bad: str) -> None:
    text = story(MINISTER, LINE, bad, PRICE)
    points = summarise([text], sentences=4, method=method).points
    assert [point.text for point in points] == [MINISTER, LINE, PRICE]


@pytest.mark.parametrize("between", ["\n\n", "\n"])
def test_no_point_has_the_bars_of_a_table_of_two_columns(between: str) -> None:
    table = "Port | Tonnes\nAlat | 7,100,000."
    text = between.join((MINISTER, table, PRICE))
    points = summarise([text]).points
    assert all("|" not in point.text for point in points)


@pytest.mark.parametrize("between", ["\n\n", "\n"])
def test_a_table_with_bars_is_left_out_of_the_prose_around_it(between: str) -> None:
    table = "| Port | Tonnes |\n|------|-------:|\n| Alat | 7,100,000 |\nAktau | 4,000,000 | -2.4"
    text = between.join((MINISTER, table, PRICE))
    assert [point.text for point in summarise([text]).points] == [MINISTER, PRICE]


def test_two_sentences_of_one_point_count_as_two() -> None:
    text = f"{MINISTER} {BAD['missing he']}"
    assert [point.text for point in summarise([text], sentences=2).points] == [text]
    assert [point.text for point in summarise([text], sentences=1).points] == [MINISTER]


def test_words_of_both_sentences_of_a_point_count() -> None:
    text = story(f"{MINISTER} {BAD['missing he']}", PRICE)
    for words in range(14, 45):
        points = summarise([text], words=words).points
        assert sum(len(point.text.split()) for point in points) <= words


def test_nothing_comes_between_the_sentences_of_a_point() -> None:
    text = story(MINISTER, "Read more: Ferries", BAD["missing he"], PRICE)
    points = summarise([text], sentences=3).points
    assert [point.text for point in points] == [MINISTER, PRICE]


def test_of_a_long_chain_only_its_beginning_is_offered() -> None:
    chain = [
        f"He said that ferry number {n} to Alat would sail in June." for n in "3 4 5 6".split()
    ]
    text = " ".join((MINISTER, *chain))
    points = summarise([text], sentences=5).points
    assert [point.text for point in points] == [" ".join((MINISTER, *chain[:2]))]


@pytest.mark.parametrize("bad", BROKEN.values(), ids=BROKEN)
def test_where_nothing_reads_well_there_are_points_all_the_same(bad: str) -> None:
    text = f"Something else without a stop\n\nAnother line of it\n\n{bad}"
    assert summarise([text]).points


@given(
    st.lists(
        st.sampled_from([MINISTER, LINE, PRICE, WEATHER, *BAD.values(), *BROKEN.values()]),
        min_size=1,
        max_size=12,
    ),
    st.integers(1, 5),
    st.sampled_from(["\n\n", " "]),
)
@settings(max_examples=60, deadline=None)
def test_a_point_begins_by_itself_and_is_whole(
    sentences: list[str], budget: int, between: str
) -> None:
    text = f"{MINISTER}\n\n{between.join(sentences)}"
    points = summarise([text], sentences=budget).points
    assert points
    for point in points:
        assert point.text == " ".join(text[point.start : point.end].split())
        analysed = analyse("", point.text, "en").sentences
        told = [point.text[each.start : each.end] for each in analysed]
        assert all(map(is_whole, told))
        assert [leans(each, "en") for each in told] == [False, *[True] * (len(told) - 1)]
