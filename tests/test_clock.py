"""Words into times, and times into words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries import clock
from summaries.errors import UserError

BAKU = ZoneInfo("Asia/Baku")


def test_the_present_is_in_utc() -> None:
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        (" 7D ", timedelta(days=7)),
        ("2 w", timedelta(weeks=2)),
    ],
)
def test_lengths_of_time_are_read(text: str, length: timedelta) -> None:
    assert clock.duration(text) == length


@pytest.mark.parametrize("text", ["", "7", "d", "0d", "-1d", "1.5h", "7y", "123456d", "٧d", "7d2h"])
def test_what_is_no_length_of_time_is_told_with_a_right_one(text: str) -> None:
    with pytest.raises(UserError, match="as 7d"):
        clock.duration(text)


def test_a_zone_has_its_name() -> None:
    assert clock.zone("Asia/Baku") == BAKU


@pytest.mark.parametrize("name", ["", "Mars/Base", "Europe", "../../etc/passwd", "a\0b", "\ud800"])
def test_what_is_no_zone_is_told_with_a_right_one(name: str) -> None:
    with pytest.raises(UserError, match="as Europe/Berlin"):
        clock.zone(name)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-08-01", datetime(2026, 7, 31, 20, tzinfo=UTC)),
        ("2026-08-01T12:00", datetime(2026, 8, 1, 8, tzinfo=UTC)),
        ("2026-08-01 12:00:00", datetime(2026, 8, 1, 8, tzinfo=UTC)),
        ("2026-08-01t12:00:00z", datetime(2026, 8, 1, 12, tzinfo=UTC)),
        ("2026-08-01T12:00:00+02:00", datetime(2026, 8, 1, 10, tzinfo=UTC)),
    ],
)
def test_dates_are_in_the_local_zone_unless_they_name_one(text: str, moment: datetime) -> None:
    assert clock.moment(text, BAKU) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "01.08.2026", "0001-01-01"])
def test_what_is_no_date_is_told_with_a_right_one(text: str) -> None:
    with pytest.raises(UserError, match="as 2026-08-01"):
        clock.moment(text, BAKU)


@given(
    st.integers(-2_000_000_000, 200_000_000_000).map(lambda n: datetime.fromtimestamp(n, UTC)),
    st.timezones(),
)
def test_a_written_time_is_read_back_as_it_was(when: datetime, zone: ZoneInfo) -> None:
    assert clock.moment(clock.iso(when.astimezone(zone)), BAKU) == when


def test_times_are_written_in_utc_to_the_second() -> None:
    assert clock.iso(datetime(2026, 8, 1, 16, 0, 59, 999, BAKU)) == "2026-08-01T12:00:59Z"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("30d", "30 days"),
        ("1d", "1 day"),
        ("24h", "1 day"),
        ("36h", "36 hours"),
        ("90m", "90 minutes"),
        ("60s", "1 minute"),
        ("61s", "61 seconds"),
    ],
)
def test_lengths_of_time_are_said_as_people_say_them(text: str, said: str) -> None:
    assert clock.words(clock.duration(text)) == said
