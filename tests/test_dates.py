"""Dates as pages write them."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.dates import find_date

FORMATS = ["%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%d %b %Y 10:00", "%a, %d %b %Y", "%d.%m.%Y"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("19 April 2026 15:28", "2026-04-19T15:28:00"),
        ("April 19, 2026, 3:28 PM", "2026-04-19T15:28:00"),
        ("May 3rd, 2026 at 12:05 a.m.", "2026-05-03T00:05:00"),
        ("Oct. 3, 2026", "2026-10-03T00:00:00"),
        ("19 апреля 2026 г. 15:28", "2026-04-19T15:28:00"),
        ("19 Nisan 2026", "2026-04-19T00:00:00"),
        ("2026年4月19日 15:28", "2026-04-19T15:28:00"),
        ("18 April, 2026 12:05", "2026-04-18T12:05:00"),
        ("Published 05:12 PM, Sun April 19, 2026", "2026-04-19T17:12:00"),
        ("It opens at 05:12 in May. April 19, 2026", "2026-04-19T00:00:00"),
        ("19.04.2026 09:05", "2026-04-19T09:05:00"),
        ("13/05/2026", "2026-05-13T00:00:00"),
        ("04/05/2026", None),
        ("31 February 2026", None),
        ("April 19", None),
    ],
)
def test_dates_are_read_as_they_are_written(text: str, found: str | None) -> None:
    date = find_date(text)
    assert (date and date.isoformat()) == found


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("2026-04-19 19 April 2026 15:28 (UTC+04:00)", "+04:00"),
        ("19 April 2026 15:28 (UTC+04:00)", "+04:00"),
        ("2026-04-19T15:28:00+04:00", "+04:00"),
        ("Sun, 19 Apr 2026 15:28:00 -0530", "-05:30"),
        ("2026-04-19T15:28:00Z", "+00:00"),
        ("April 19, 2026 3:28 PM EDT", "-04:00"),
        ("April 19, 2026 3:28 PM GMT+4Updated 3 hours ago", "+04:00"),
        ("Published 3:28 PM EST, Sun April 19, 2026", "-05:00"),
    ],
)
def test_a_zone_that_is_named_is_kept(text: str, offset: str) -> None:
    date = find_date(text)
    assert date
    assert date.isoformat() == f"2026-04-19T15:28:00{offset}"


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    find_date(text)


@given(st.dates(min_value=datetime.date(1900, 1, 1)), st.sampled_from(FORMATS))
def test_a_date_is_read_back_whichever_way_it_is_written(day: datetime.date, form: str) -> None:
    found = find_date(day.strftime(form))
    assert found
    assert found.date() == day
