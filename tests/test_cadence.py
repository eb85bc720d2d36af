from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.cadence import JITTER, Bounds, after_failure, after_success, bounds_of
from summaries.model import Bookmark, Source, SourceKind, SourceState
from tests.news import DAY, HOUR
from tests.stores import NOW

MINUTE = timedelta(minutes=1)
BOUNDS = Bounds(15 * MINUTE, 6 * HOUR)
WIRE = Source("wire", SourceKind.FEED, "https://wire.example.org/rss")
FOLDER = Source("news", SourceKind.FOLDER, "/news")


def times(latest: timedelta) -> st.SearchStrategy[datetime | None]:
    return st.none() | st.timedeltas(timedelta(0), latest).map(lambda ago: NOW - ago)


LENGTHS = st.timedeltas(timedelta(seconds=1), timedelta(days=3))
EVERY = st.builds(lambda a, b: Bounds(min(a, b), max(a, b)), LENGTHS, LENGTHS)
STATES = st.builds(
    SourceState,
    last_success=times(900 * DAY),
    last_new=times(900 * DAY),
    errors_in_a_row=st.integers(0, 10_000),
    rhythm=st.none() | st.floats(0, 1e9),
)
SOURCES = st.builds(
    Source,
    st.text(max_size=10),
    st.sampled_from(SourceKind),
    st.just("https://example.org"),
    every=st.none() | LENGTHS,
)


def wait_of(state: SourceState) -> timedelta:
    assert state.next_poll
    return state.next_poll - NOW


@settings(max_examples=150, deadline=None)
@given(STATES, SOURCES, EVERY, st.booleans(), st.floats(0, 1e12))
def test_after_a_success_the_wait_is_within_the_bounds_of_the_source(
    state: SourceState, source: Source, bounds: Bounds, found_new: bool, fresh_for: float
) -> None:
    own = bounds_of(source, bounds)
    after = after_success(state, source, bounds, NOW, found_new=found_new, fresh_for=fresh_for)
    assert own.every <= wait_of(after) <= own.up_to
    assert (after.errors_in_a_row, after.last_error, after.last_success) == (0, None, NOW)


@settings(max_examples=150, deadline=None)
@given(STATES, SOURCES, EVERY, st.floats(0, 1e12))
def test_after_an_error_the_wait_never_shrinks_and_never_grows_beyond_all_bounds(
    state: SourceState, source: Source, bounds: Bounds, retry_after: float
) -> None:
    once = after_failure(state, source, bounds, NOW, "no answer")
    twice = after_failure(once, source, bounds, NOW, "no answer")
    own = bounds_of(source, bounds)
    assert own.every <= wait_of(once) <= wait_of(twice) <= max(own.up_to, bounds.up_to)
    assert twice.errors_in_a_row == state.errors_in_a_row + 2
    busy = after_failure(state, source, bounds, NOW, "busy", retry_after=retry_after)
    assert wait_of(once) <= wait_of(busy) <= max(wait_of(once), DAY)
    assert wait_of(busy) >= min(timedelta(seconds=min(retry_after, 1e5)), DAY)


@given(SOURCES.filter(lambda source: source.every is not None), STATES)
def test_an_interval_of_its_own_is_kept_to_the_second(source: Source, state: SourceState) -> None:
    for found_new in (True, False):
        after = after_success(state, source, BOUNDS, NOW, found_new=found_new, fresh_for=1e6)
        assert wait_of(after) == source.every


def test_a_folder_is_looked_at_every_minute_and_so_is_one_that_is_away() -> None:
    state = after_success(SourceState(), FOLDER, BOUNDS, NOW, found_new=True)
    assert wait_of(state) == MINUTE
    for _ in range(9):
        state = after_failure(state, FOLDER, BOUNDS, NOW, "it does not exist")
        assert wait_of(state) == MINUTE
    quick = Bounds(timedelta(seconds=5), HOUR)
    assert wait_of(after_success(state, FOLDER, quick, NOW, found_new=True)) == quick.every


def polls(hours: int, news_every: timedelta) -> list[timedelta]:
    """The waits of a source that has something new so often, over some time."""
    state, now, waits, came = SourceState(), NOW, list[timedelta](), NOW
    while now < NOW + hours * HOUR:
        found_new = now >= came
        while came <= now:
            came += news_every
        state = after_success(state, WIRE, BOUNDS, now, found_new=found_new)
        assert state.next_poll
        waits.append(state.next_poll - now)
        now = state.next_poll
    return waits


def test_a_source_is_looked_at_as_often_as_it_changes() -> None:
    settled = {every: polls(24 * 20, every)[-10:] for every in (HOUR, DAY, 9 * DAY)}
    assert all(wait < 20 * MINUTE for wait in settled[HOUR])
    assert all(2 * HOUR < wait < 5 * HOUR for wait in settled[DAY])
    assert all(5 * HOUR < wait <= 6 * HOUR for wait in settled[9 * DAY])


def test_a_source_that_never_had_anything_is_looked_at_ever_less_often() -> None:
    state, waits, now = SourceState(), [], NOW
    for _ in range(200):
        state = after_success(state, WIRE, BOUNDS, now, found_new=False)
        assert state.next_poll
        waits.append(state.next_poll - now)
        now = state.next_poll
    assert waits[0] < 20 * MINUTE
    assert waits[-1] > 5 * HOUR


def test_a_source_that_was_quiet_for_a_night_is_looked_at_often_again_after_it() -> None:
    state = SourceState(last_success=NOW - HOUR, last_new=NOW - 9 * HOUR, rhythm=1800.0)
    asleep = after_success(state, WIRE, BOUNDS, NOW, found_new=False)
    awake = after_success(state, WIRE, BOUNDS, NOW, found_new=True)
    assert wait_of(asleep) > HOUR
    assert wait_of(awake) < HOUR / 2


def test_a_server_that_says_how_long_nothing_changes_is_left_alone_so_long() -> None:
    state = SourceState(last_success=NOW - HOUR, last_new=NOW - HOUR, rhythm=60.0)
    waits = [
        wait_of(after_success(state, WIRE, BOUNDS, NOW, found_new=True, fresh_for=seconds))
        for seconds in (7200.0, 1e9, -5.0, float("inf"))
    ]
    assert waits[:2] == [2 * HOUR, 6 * HOUR]
    assert waits[2] < HOUR
    assert waits[3] == 6 * HOUR


def test_errors_double_the_wait() -> None:
    state, waits = SourceState(), []
    for _ in range(8):
        state = after_failure(state, WIRE, BOUNDS, NOW, "no answer")
        waits.append(wait_of(state))
    for before, then in pairwise(waits[1:5]):
        assert abs(then - 2 * before) < timedelta(seconds=1)
    assert waits[-1] == waits[-2] > 4 * HOUR
    assert state.last_success is None


def test_sources_do_not_come_due_all_at_once() -> None:
    named = [replace(WIRE, name=f"wire{n}") for n in range(1_000)]
    state = SourceState(last_new=NOW - DAY, last_success=NOW - HOUR, rhythm=86_400.0)
    waits = [wait_of(after_success(state, s, BOUNDS, NOW, found_new=False)) for s in named]
    assert max(waits) - min(waits) > 1.8 * JITTER * 3 * HOUR
    assert len({int(wait.total_seconds()) for wait in waits}) > 500
    again = [wait_of(after_success(state, s, BOUNDS, NOW, found_new=False)) for s in named]
    assert again == waits


def test_what_is_not_of_the_time_stays_as_it_was() -> None:
    state = SourceState(location="https://a.example", bookmark=Bookmark(etag="x"))
    for after in (
        after_success(state, WIRE, BOUNDS, NOW, found_new=True),
        after_failure(state, WIRE, BOUNDS, NOW, "no answer"),
    ):
        assert (after.location, after.bookmark, after.retired) == (
            state.location,
            state.bookmark,
            False,
        )
