"""When servers want to be asked again, as they say it, well or badly."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.freshness import LONGEST, fresh_for, retry_after

NOW = datetime(2026, 4, 19, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Cache-Control": "max-age=300"}, 300),
        ({"Cache-Control": 'public, Max-Age="300", must-revalidate'}, 300),
        ({"Cache-Control": "public,max-age = 300"}, 300),
        ({"Cache-Control": "s-maxage=600, max-age=300"}, 300),
        ({"Cache-Control": "s-maxage=600"}, 0),
        ({"Cache-Control": "max-age=300", "Age": "100"}, 200),
        ({"Cache-Control": "max-age=300", "Age": "1000"}, 0),
        ({"Cache-Control": "max-age=300", "Age": "old"}, 300),
        ({"Cache-Control": "max-age=31536000", "Age": "864000"}, LONGEST),
        ({"Cache-Control": "max-age=-1"}, 0),
        ({"Cache-Control": "max-age=soon"}, 0),
        ({"Cache-Control": "max-age=" + "9" * 8000}, LONGEST),
        ({"Cache-Control": "no-store, max-age=300"}, 0),
        ({"Cache-Control": "max-age=300, no-cache"}, 0),
        ({"Cache-Control": "max-age=0", "Expires": "Sun, 19 Apr 2026 11:00:00 GMT"}, 0),
        ({"Expires": "Sun, 19 Apr 2026 10:10:00 GMT"}, 600),
        (
            {
                "Expires": "Sun, 19 Apr 2026 10:10:00 GMT",
                "Date": "Sun, 19 Apr 2026 10:09:00 GMT",
            },
            60,
        ),
        ({"Expires": "Sun, 19 Apr 2026 09:00:00 GMT"}, 0),
        ({"Expires": "Sun, 19 Apr 2099 09:00:00 GMT"}, LONGEST),
        ({"Expires": "0"}, 0),
        ({"Expires": "-1"}, 0),
        ({"Expires": "Sun, 99 Foo 2026 10:10:00 GMT"}, 0),
    ],
)
def test_an_answer_stays_fresh_as_long_as_its_headers_say(
    headers: dict[str, str], seconds: float
) -> None:
    assert fresh_for(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 0),
        ("9" * 12, LONGEST),
        ("Sun, 19 Apr 2026 10:02:00 GMT", 120),
        ("Sun, 19 Apr 2026 12:02:00 +0200", 120),
        ("Mon, 19 Apr 2060 10:02:00 GMT", LONGEST),
        ("Sun, 19 Apr 2026 09:00:00 GMT", None),
        ("-5", None),
        ("1e9", None),
        ("١٢", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_a_wait_is_a_number_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_rubbish_is_tolerated(control: str, age: str, date: str) -> None:
    headers = {"Cache-Control": control, "Age": age, "Expires": date, "Date": age}
    assert 0 <= fresh_for(headers, NOW) <= LONGEST
    assert 0 <= (retry_after(date, NOW) or 0) <= LONGEST
