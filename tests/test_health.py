from collections import Counter
from datetime import timedelta

from bot.health import first_day, median_a_day, row, trouble
from summaries import clock
from summaries.model import Bookmark, Source, SourceKind, SourceState
from tests.news import DAY, HOUR
from tests.stores import NOW

TODAY = NOW.date()
WIRE = Source("wire", SourceKind.FEED, "https://wire.example.org/rss")
BAKU = clock.zone("Asia/Baku")


def days(*counts: int) -> Counter[object]:
    """So many articles today, yesterday, and so on."""
    return Counter({TODAY - timedelta(days=n): count for n, count in enumerate(counts) if count})


def test_days_without_an_article_count_from_the_first_one_on() -> None:
    assert median_a_day(days(4), 4, NOW) == 4
    assert median_a_day(days(4, 0, 0, 0, 2), 6, NOW) == 0
    assert median_a_day(days(1, 2, 3, 4), 10, NOW) == 2.5
    assert median_a_day(days(), 0, NOW) == 0


def test_a_source_with_older_articles_is_counted_over_all_of_the_days() -> None:
    full = days(*[3] * 30)
    assert median_a_day(full, 500, NOW) == 3
    assert median_a_day(days(*[3] * 14), 500, NOW) == 0
    assert median_a_day(days(*[3] * 16), 500, NOW) == 3
    assert first_day(NOW) in full


def test_a_date_in_the_future_is_no_first_day() -> None:
    assert median_a_day(Counter({TODAY + timedelta(days=1): 5}), 5, NOW) == 0


def test_a_row_has_what_there_is_to_know_in_the_newsrooms_time() -> None:
    state = SourceState(
        last_success=NOW, last_new=NOW - 400 * DAY, errors_in_a_row=2, next_poll=NOW + HOUR
    )
    assert row(WIRE, state, 1_234, days(5, 5), NOW, BAKU) == (
        "wire",
        "feed",
        "1,234",
        "04-19 16:00",
        "2025-03-15",
        "2",
        "04-19 17:00",
        "0",
    )


def test_a_retired_source_is_never_looked_at_again() -> None:
    state = SourceState(retired=True, next_poll=NOW, last_error="it answers 410")
    assert row(WIRE, state, 0, days(), NOW, BAKU)[3:] == ("never", "never", "0", "never", "0")
    assert trouble(state).startswith("retired: it is gone for good")


def test_a_source_that_moved_is_told_where_to() -> None:
    moved = SourceState(bookmark=Bookmark(moved_to="https://new.example/rss"))
    assert trouble(moved) == "moved to https://new.example/rss: correct the address"
    assert trouble(SourceState(last_error="no answer\x1b")) == "no answer"
    assert trouble(SourceState()) == ""
