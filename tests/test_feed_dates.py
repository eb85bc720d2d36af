"""Dates as feeds write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.sources.feed_dates import EARLIEST_YEAR, read_date

ONE = datetime(2026, 1, 5, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 05 Jan 2026 13:00:00 GMT",
        "Mon, 5 Jan 2026 8:00 EST",
        "Mon, 05 Jan 26 13:00:00 GMT",
        "Mon, 05 Jan 2026 17:00:00 +0400",
        "Mon, 05 Jan 2026 17:00:00 +04:00",
        "Mon, 05 Jan 2026 17:00:00 GMT+4",
        "Mon, 05 Jan 2026 17:00:00 GMT+0400",
        "Mon, 05 Jan 2026 17:00:00 +0400 (AZT)",
        "Mon, 05 Jan 2026 13:00:00 Z+0000",
        "Monday, 05 January 2026 13:00:00 GMT",
        "Tue, 05 Jan 2026 13:00:00 GMT",
        "Mon 05 Jan 2026 13:00:00 GMT",
        "Mon Jan  5 13:00:00 UTC 2026",
        "Jan 5, 2026 13:00 GMT",
        "Mon, Jan 5, 2026 01:00 PM GMT",
        "05-Jan-2026 13:00:00 GMT",
        "Mon,05Jan2026 13:00:00 GMT",
        "Mon Jan 05 2026 13:00:00 GMT+0000 (Coordinated Universal Time)",
        "2026-01-05T22:00+09:00",
        "\n Mon, 05 Jan 2026\n 13:00:00 GMT ",
        "Mon, 05 Jan 2026 18:30:00 IST",
        "Mon, 05 Jan 2026 22:00:00 JST",
        "2026-01-05T13:00:00Z",
        "2026-01-05T13:00:00.000Z",
        "2026-01-05T13:00:00.000000000+00:00",
        "2026-01-05T17:00:00+04",
        "2026-01-05T17:00:00+0400",
        "2026-01-05 17:00:00 +0400",
        "2026-01-05T12:59:60Z",
        "20260105T130000Z",
        "1767618000",
        "1767618000000",
        "Пн, 05 янв 2026 16:00:00 +0300",
        "5 января 2026 г., 16:00 МСК",
        "Mo, 05 Jan 2026 14:00:00 MEZ",
        "lun., 05 janv. 2026 14:00:00 +0100",
        "lun, 05 ene 2026 14:00:00 +0100",
        "Lun, 05 Gen 2026 14:00:00 +0100",
        "Pzt, 05 Oca 2026 16:00:00 +0300",
        "pon, 05 sty 2026 14:00:00 +0100",
        "Seg, 5 de janeiro de 2026 10:00:00 -0300",
        "星期一, 05 一月 2026 21:00:00 +0800",
        "周一, 5 1月 2026 21:00:00 +0800",
        "2026. 1. 5. 오후 10:00 KST",
        "2026年1月5日 下午9:00 +0800",
        "Mon, 05 Jan 2026 13.00.00 GMT",
        "Mon, 5 Jan 2026 13:0:0 GMT",
    ],
)
def test_one_moment_is_written_in_many_ways(text: str) -> None:
    assert read_date(text) == ONE


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Mon, 05 Jan 2026 13:00:00", "2026-01-05T13:00:00"),
        ("Mon Jan 5 13:00:00 2026", "2026-01-05T13:00:00"),
        ("2026-01-05 13:00", "2026-01-05T13:00:00"),
        ("2026-01-05", "2026-01-05T00:00:00"),
        ("2026-01", "2026-01-01T00:00:00"),
        ("2026.01.05 13:00:00", "2026-01-05T13:00:00"),
        ("05.01.2026 13:00", "2026-01-05T13:00:00"),
        ("2026年1月5日 13:00:00", "2026-01-05T13:00:00"),
        ("2026년 1월 5일 13:00:00", "2026-01-05T13:00:00"),
        ("1/5/2026 1:00:00 PM", "2026-01-05T13:00:00"),
        ("1/25/2026 13:00", "2026-01-25T13:00:00"),
        ("25/1/2026 13:00", "2026-01-25T13:00:00"),
        ("5 Jan 2026", "2026-01-05T00:00:00"),
        ("Di, 05 Mai 2026 15:00:00 +0200", "2026-05-05T13:00:00+00:00"),
        ("Mi, 04 Mär 2026 14:00:00 +0100", "2026-03-04T13:00:00+00:00"),
        ("Qua, 04 Fev 2026 14:00:00 +0100", "2026-02-04T13:00:00+00:00"),
        ("mar, 03 mar 2026 14:00:00 +0100", "2026-03-03T13:00:00+00:00"),
        ("Tue, 15 Sept 2026 13:00:00 GMT", "2026-09-15T13:00:00+00:00"),
        ("Mon, 06 Jul 2026 09:00:00 EDT", "2026-07-06T13:00:00+00:00"),
        ("Mon, 06 Jul 2026 14:00:00 BST", "2026-07-06T13:00:00+00:00"),
        ("2026-01-05T24:00:00Z", "2026-01-06T00:00:00+00:00"),
        ("Mon, 05 Jan 2026 24:00:00 GMT", "2026-01-06T00:00:00+00:00"),
        ("Wed, 31 Dec 1969 23:00:00 GMT", "1969-12-31T23:00:00+00:00"),
        ("Tue, 05 Jan 99 13:00:00 GMT", "1999-01-05T13:00:00+00:00"),
    ],
)
def test_a_date_says_no_more_than_it_does(text: str, moment: str) -> None:
    assert read_date(text) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "0000-00-00 00:00:00", "Wed, 30 Nov -0001 00:00:00 +0000",
        "Mon, 01 Jan 0001 00:00:00 GMT", "Mon, 31 Feb 2026 00:00:00 GMT", "04/05/2026 13:00",
        "Mon, 05 Jan 2026 29:00:00 GMT", "2026-13-01", "12", "½ Jan 2026",
    ],
)  # fmt: skip
def test_what_names_no_day_is_no_date(text: str) -> None:
    assert read_date(text) is None


moments = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(moments)
def test_the_standard_forms_are_read_exactly(moment: datetime) -> None:
    for form in ("%a, %d %b %Y %H:%M:%S +0000", "%Y-%m-%dT%H:%M:%SZ", "%d %B %Y %H:%M:%S GMT"):
        assert read_date(moment.strftime(form)) == moment


@given(st.text(max_size=60) | st.text("0123456789:-/+.TZ JanGMTPM年月日", max_size=40))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = read_date(text)
    assert found is None or found.year >= EARLIEST_YEAR
