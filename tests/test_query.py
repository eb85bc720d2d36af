from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.errors import QueryError
from summaries.model import Query, Show
from summaries.query import Grammar, parse, subject, write

NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
BAKU = Grammar(ZoneInfo("Asia/Baku"), ("reuters", "Silk.Road"), ("caucasus", "energy"))


def ask(text: str) -> Query:
    return parse(text, BAKU, NOW)


def test_plain_words_are_words_as_typed() -> None:
    assert ask("  China   trade ").words == ("China", "trade")


def test_an_empty_query_asks_for_everything() -> None:
    assert ask("   ") == Query()


@pytest.mark.parametrize("text", ['"middle corridor"', "“middle corridor”", "«middle corridor»"])
def test_a_phrase_is_words_side_by_side_whatever_quotes_a_phone_typed(text: str) -> None:
    assert ask(text).phrases == (("middle", "corridor"),)


def test_a_minus_leaves_out_a_word_or_a_phrase() -> None:
    query = ask('trade -opinion -"letters to the editor" –sport')
    assert query.without == (("opinion",), ("letters", "to", "the", "editor"), ("sport",))
    assert query.words == ("trade",)


def test_a_hyphen_inside_a_word_leaves_nothing_out() -> None:
    assert ask("Azerbaijan-China - trade").words == ("Azerbaijan-China", "trade")


def test_since_takes_a_length_a_date_and_a_moment() -> None:
    assert ask("since:7d").since == NOW - timedelta(days=7)
    assert ask("since:2026-08-01").since == datetime(2026, 7, 31, 20, tzinfo=UTC)
    assert ask("since:2026-08-01T12:00:00Z").since == datetime(2026, 8, 1, 12, tzinfo=UTC)


def test_until_includes_its_day() -> None:
    assert ask("until:2026-08-01").until == datetime(2026, 8, 1, 20, tzinfo=UTC)


def test_sources_tags_and_languages_are_filters_in_any_case() -> None:
    query = ask("from:REUTERS from:silk.road tag:Energy lang:RU trade")
    assert query.sources == ("reuters", "Silk.Road")
    assert (query.tags, query.languages, query.words) == (("energy",), ("ru",), ("trade",))


def test_top_skip_and_show_page_through_an_answer() -> None:
    query = ask("trade top:3 skip:6 show:articles")
    assert (query.top, query.skip, query.show) == (3, 6, Show.ARTICLES)


@pytest.mark.parametrize(
    "text", ["10:30", "https://example.org/a?b=c", "C++", "AT&T", "NEAR(c", "b*", "note:this"]
)
def test_what_is_no_filter_is_a_word(text: str) -> None:
    assert ask(text).words == (text,)


@pytest.mark.parametrize(
    ("text", "part", "example"),
    [
        ("trade sicne:7d", "sicne:7d", "since:7d"),
        ("since:yesterday", "since:yesterday", "since:7d"),
        ("since:9999999d", "since:9999999d", "since:7d"),
        ("since:2026-13-45", "since:2026-13-45", "since:7d"),
        ("since:0001-01-01", "since:0001-01-01", "since:7d"),
        ("from:retuers", "from:retuers", "from:reuters"),
        ("tag:caucsus", "tag:caucsus", "tag:caucasus"),
        ("lang:russian", "lang:russian", "lang:en"),
        ("top:0", "top:0", "top:5"),
        ("top:99", "top:99", "top:5"),
        ("top:five", "top:five", "top:5"),
        ("show:pictures", "show:pictures", "show:articles"),
        ('trade "unclosed', '"unclosed', '"unclosed"'),
        ("🔥🔥", "🔥🔥", "china trade"),
        ('""', '""', '"middle corridor"'),
        ("since:2026-08-10 until:2026-08-01", "since:2026-08-09", "until:"),
    ],
)
def test_a_mistake_names_the_part_and_shows_a_right_one(text: str, part: str, example: str) -> None:
    with pytest.raises(QueryError) as mistake:
        ask(text)
    assert mistake.value.part == part
    assert example in str(mistake.value)
    assert "\n" not in str(mistake.value)


def test_a_query_of_5000_characters_is_refused_in_one_short_line() -> None:
    with pytest.raises(QueryError) as mistake:
        ask("trade " * 833)
    assert "at most 500" in str(mistake.value)
    assert len(str(mistake.value)) < 200


def test_a_headline_of_any_length_may_be_pasted() -> None:
    assert len(ask("word " * 99).words) == 99


@pytest.mark.parametrize("strict", ['"{}"', "-{}", '-"{}"'])
def test_at_most_16_words_must_or_must_not_be_there(strict: str) -> None:
    ask(" ".join([strict.format("word")] * 16))
    with pytest.raises(QueryError, match="17 words"):
        ask(" ".join([strict.format("word")] * 17))


def test_the_subject_leaves_window_filters_and_paging_out() -> None:
    assert subject(ask('trade since:7d "sea port" -sport from:reuters top:2')) == (
        'trade "sea port" -sport'
    )


WORDS = st.sampled_from(["china", "trade", "C++", "3.5", "порт", "Azerbaijan-China"])
MOMENTS = st.integers(1, 2_000).map(lambda hours: NOW - timedelta(hours=hours))
QUERIES = st.builds(
    Query,
    words=st.lists(WORDS, max_size=3).map(tuple),
    phrases=st.lists(st.lists(WORDS, min_size=1, max_size=3).map(tuple), max_size=2).map(tuple),
    without=st.lists(st.lists(WORDS, min_size=2, max_size=2).map(tuple), max_size=2).map(tuple),
    since=st.none() | MOMENTS,
    until=st.none() | st.just(NOW),
    sources=st.lists(st.sampled_from(BAKU.sources), max_size=2).map(tuple),
    tags=st.lists(st.sampled_from(BAKU.tags), max_size=2).map(tuple),
    languages=st.lists(st.sampled_from(["en", "tr"]), max_size=2).map(tuple),
    top=st.none() | st.integers(1, 10),
    skip=st.integers(0, 50),
    show=st.sampled_from(Show),
)


@given(QUERIES)
def test_a_written_query_is_read_back_as_the_same(query: Query) -> None:
    later = NOW + timedelta(days=40)
    again = parse(write(query), BAKU, later)
    assert write(again) == write(query)
    assert (again.since, again.until, again.words) == (query.since, query.until, query.words)


@given(st.text(max_size=600))
def test_any_text_is_a_query_or_a_mistake(text: str) -> None:
    with suppress(QueryError):
        parse(text, BAKU, NOW)
