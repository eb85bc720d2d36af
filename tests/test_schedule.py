from datetime import UTC, datetime, time, timedelta
from itertools import pairwise, takewhile
from time import perf_counter
from zoneinfo import available_timezones

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import BriefingSettings
from bot.fields import within
from bot.schedule import Plan, Slot, coming, existing, is_quiet, plan, slots

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Baku",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
)

EVERYWHERE = sorted(available_timezones())

moments = st.timedeltas(timedelta(), timedelta(days=1000)).map(lambda past: utc(2026, 1, 1) + past)
gaps = st.lists(
    st.integers(1, 90) | st.integers(90, 10_000) | st.integers(10_000, 2_000_000), max_size=30
)


def briefing(zone: str = "Europe/Berlin", **kwargs: object) -> BriefingSettings:
    timing = kwargs if {"at", "cron"} & set(kwargs) else {"at": (time(8, 30),), **kwargs}
    return BriefingSettings(name="morning", query="trade", zone=zone, **timing)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def locals_(found: list[Slot]) -> list[str]:
    return [slot.local for slot in found]


def test_a_slot_is_due_at_its_local_time() -> None:
    found = slots(briefing(), utc(2026, 7, 1), utc(2026, 7, 2))
    assert found == [Slot(utc(2026, 7, 1, 6, 30), "2026-07-01T08:30", "morning")]


def test_the_beginning_is_not_in_a_span_and_its_end_is() -> None:
    due = utc(2026, 7, 1, 6, 30)
    assert slots(briefing(), due, due + timedelta(hours=1)) == []
    assert len(slots(briefing(), due - timedelta(seconds=1), due)) == 1


def test_days_are_counted_where_the_briefing_is() -> None:
    weekdays = briefing("Pacific/Auckland", days=frozenset(range(5)))
    found = slots(weekdays, utc(2026, 11, 19, 12), utc(2026, 11, 23, 12))
    assert locals_(found) == ["2026-11-20T08:30", "2026-11-23T08:30"]


def test_several_times_a_day_come_in_order() -> None:
    both = briefing(at=(time(17), time(8, 30)))
    assert locals_(slots(both, utc(2026, 7, 1), utc(2026, 7, 1, 23))) == [
        "2026-07-01T08:30",
        "2026-07-01T17:00",
    ]


def test_cron_counts_in_local_time() -> None:
    found = slots(briefing("Asia/Baku", cron="30 8 * * 1-5"), utc(2026, 7, 3), utc(2026, 7, 6, 23))
    assert found == [
        Slot(utc(2026, 7, 3, 4, 30), "2026-07-03T08:30", "morning"),
        Slot(utc(2026, 7, 6, 4, 30), "2026-07-06T08:30", "morning"),
    ]


def test_days_hold_for_cron_too() -> None:
    weekends = briefing("UTC", cron="0 9 * * *", days=frozenset({5, 6}))
    found = slots(weekends, utc(2026, 7, 2), utc(2026, 7, 7))
    assert locals_(found) == ["2026-07-04T09:00", "2026-07-05T09:00"]


def test_a_time_that_the_clock_skips_is_posted_at_the_first_minute_that_exists() -> None:
    night = briefing(at=(time(2, 30),))
    found = slots(night, utc(2026, 3, 28, 12), utc(2026, 3, 29, 12))
    assert found == [Slot(utc(2026, 3, 29, 1, 0), "2026-03-29T02:30", "morning")]


def test_a_time_that_comes_twice_is_posted_once_at_the_first() -> None:
    night = briefing(at=(time(2, 30),))
    found = slots(night, utc(2026, 10, 24, 12), utc(2026, 10, 25, 12))
    assert found == [Slot(utc(2026, 10, 25, 0, 30), "2026-10-25T02:30", "morning")]


def test_half_an_hour_of_summer_time_is_a_gap_too() -> None:
    night = briefing("Australia/Lord_Howe", at=(time(2, 15),))
    found = slots(night, utc(2026, 10, 3), utc(2026, 10, 4))
    assert found == [Slot(utc(2026, 10, 3, 15, 30), "2026-10-04T02:15", "morning")]


def test_times_that_the_clock_skips_together_are_one_slot() -> None:
    often = briefing(at=(time(2, 15), time(2, 30), time(3)))
    found = slots(often, utc(2026, 3, 28, 12), utc(2026, 3, 29, 12))
    assert found == [Slot(utc(2026, 3, 29, 1, 0), "2026-03-29T03:00", "morning")]


def test_times_that_the_clock_skips_before_midnight_are_one_slot_with_midnight() -> None:
    late = briefing("America/Nuuk", at=(time(0), time(23, 30)))
    found = slots(late, utc(2026, 3, 28, 12), utc(2026, 3, 29, 12))
    assert found == [Slot(utc(2026, 3, 29, 1, 0), "2026-03-29T00:00", "morning")]


def test_after_an_outage_the_newest_slot_is_due_and_the_others_are_missed() -> None:
    hourly = briefing(cron="0 * * * *", catch_up=timedelta(hours=5))
    found = plan(hourly, utc(2026, 7, 1, 6), utc(2026, 7, 1, 9, 59))
    assert found.due == Slot(utc(2026, 7, 1, 9), "2026-07-01T11:00", "morning")
    assert locals_(list(found.missed)) == ["2026-07-01T09:00", "2026-07-01T10:00"]


def test_a_slot_older_than_catch_up_is_missed() -> None:
    patient = briefing(catch_up=timedelta(hours=2))
    slot = Slot(utc(2026, 7, 1, 6, 30), "2026-07-01T08:30", "morning")
    assert plan(patient, utc(2026, 7, 1), utc(2026, 7, 1, 8, 30)) == Plan(due=slot)
    assert plan(patient, utc(2026, 7, 1), utc(2026, 7, 1, 8, 31)) == Plan(missed=(slot,))


def test_nothing_is_planned_between_slots() -> None:
    assert plan(briefing(), utc(2026, 7, 1, 6, 30), utc(2026, 7, 2, 6, 29)) == Plan()


def test_a_time_in_quiet_hours_is_no_slot() -> None:
    hourly = briefing("UTC", cron="0 * * * *", quiet="22:00-07:00")
    found = slots(hourly, utc(2026, 7, 1, 20), utc(2026, 7, 2, 8))
    assert locals_(found) == ["2026-07-01T21:00", "2026-07-02T07:00", "2026-07-02T08:00"]


def test_a_late_slot_waits_for_the_end_of_quiet_hours() -> None:
    evening = briefing("UTC", at=(time(21, 50),), quiet="22:00-07:00", catch_up=timedelta(hours=12))
    after, slot = utc(2026, 7, 1), Slot(utc(2026, 7, 1, 21, 50), "2026-07-01T21:50", "morning")
    assert plan(evening, after, utc(2026, 7, 1, 22)) == Plan()
    assert plan(evening, after, utc(2026, 7, 2, 6, 59)) == Plan()
    assert plan(evening, after, utc(2026, 7, 2, 7)) == Plan(due=slot)


def test_a_slot_that_is_too_old_at_the_end_of_quiet_hours_is_missed_then() -> None:
    evening = briefing("UTC", at=(time(21, 50),), quiet="22:00-07:00")
    after, slot = utc(2026, 7, 1), Slot(utc(2026, 7, 1, 21, 50), "2026-07-01T21:50", "morning")
    assert plan(evening, after, utc(2026, 7, 2, 6, 59)) == Plan()
    assert plan(evening, after, utc(2026, 7, 2, 7)) == Plan(missed=(slot,))


@pytest.mark.parametrize(
    ("quiet", "hours"),
    [("22:00-07:00", {22, 23, *range(7)}), ("12:00-14:00", {12, 13}), ("00:00-01:00", {0})],
)
def test_quiet_hours_are_local_and_may_go_over_midnight(quiet: str, hours: set[int]) -> None:
    rests = briefing("Asia/Baku", quiet=quiet)
    day = utc(2026, 6, 30, 20)
    assert {n for n in range(24) if is_quiet(rests, day + timedelta(hours=n))} == hours
    assert {n for n in range(24) if is_quiet(rests, day + timedelta(hours=n, minutes=59))} == hours
    assert not is_quiet(briefing("Asia/Baku"), day)


def test_what_is_coming_begins_after_now() -> None:
    twice = briefing("UTC", at=(time(8), time(17)), days=frozenset({0}))
    assert locals_(coming(twice, utc(2026, 7, 6, 8), 3)) == [
        "2026-07-06T17:00",
        "2026-07-13T08:00",
        "2026-07-13T17:00",
    ]


def test_what_comes_in_more_than_four_hundred_days_is_not_coming() -> None:
    leap = briefing("UTC", cron="0 0 29 2 *")
    assert coming(leap, utc(2026, 7, 1), 1) == []
    assert locals_(coming(leap, utc(2027, 7, 1), 2)) == ["2028-02-29T00:00"]


@given(st.lists(st.integers(1, 3_000_000), min_size=1, max_size=8), st.sampled_from(ZONES))
def test_however_time_is_cut_into_spans_each_slot_falls_into_one(
    steps: list[int], zone: str
) -> None:
    posted = briefing(zone, at=(time(2, 30), time(8, 30)))
    moments = [utc(2026, 3, 1)]
    for step in steps:
        moments.append(moments[-1] + timedelta(seconds=step))
    pieces = [slots(posted, a, b) for a, b in pairwise(moments)]
    assert [slot for piece in pieces for slot in piece] == slots(posted, moments[0], moments[-1])


@st.composite
def briefings(draw: st.DrawFn) -> BriefingSettings:
    """Any times, days, zone and catch-up; with quiet hours, where these leave a time."""
    clock_times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
    timing = {
        "at": tuple(draw(st.lists(clock_times, min_size=1, max_size=4, unique=True))),
        "days": draw(st.frozensets(st.integers(0, 6), min_size=1)),
        "catch_up": timedelta(seconds=draw(st.integers(60, 100_000))),
    }
    zone = draw(st.sampled_from(EVERYWHERE))
    start, end = draw(st.tuples(clock_times, clock_times).filter(lambda pair: pair[0] != pair[1]))
    if draw(st.booleans()) and not all(within((start, end), at) for at in timing["at"]):
        timing["quiet"] = f"{start:%H:%M}-{end:%H:%M}"
    return briefing(zone, **timing)


@settings(deadline=None)
@given(briefings(), moments, gaps)
def test_at_any_ticks_each_slot_is_posted_or_missed_or_waits_for_the_end_of_quiet_hours(
    posted: BriefingSettings, begin: datetime, gaps: list[int]
) -> None:
    now = after = begin
    planned: list[Slot] = []
    for gap in gaps:
        now += timedelta(seconds=gap)
        found = plan(posted, after, now)
        for slot in found.missed:
            superseded = found.due is not None and slot < found.due
            assert superseded or now - slot.due > posted.catch_up
        if found.due:
            assert timedelta() <= now - found.due.due <= posted.catch_up
        step = [*found.missed, *([found.due] if found.due else [])]
        assert not (step and is_quiet(posted, now))
        planned += step
        after = step[-1].due if step else after
    waiting = slots(posted, after, now)
    assert not waiting or is_quiet(posted, now)
    assert planned + waiting == slots(posted, begin, now)
    assert len({slot.due for slot in planned}) == len(planned)


@settings(deadline=None)
@given(briefings(), moments)
def test_each_local_time_is_a_slot_on_its_days_unless_it_is_quiet(
    posted: BriefingSettings, begin: datetime
) -> None:
    end = begin + timedelta(days=30)
    found = {slot.due for slot in slots(posted, begin, end)}
    days = [begin.date() + timedelta(days=n) for n in range(-2, 33)]
    expected = {
        existing(datetime.combine(day, at), posted.zone)
        for day in days
        for at in posted.at
        if day.weekday() in posted.days and not (posted.quiet and within(posted.quiet, at))
    }
    assert found == {due for due in expected if begin < due <= end}


def cron_field(least: int, most: int, *others: str) -> st.SearchStrategy[str]:
    numbers = st.integers(least, most).map(str)
    return st.sampled_from(others) | st.lists(numbers, min_size=1, max_size=3).map(",".join)


crons = st.tuples(
    cron_field(0, 59, "*", "*/7"),
    cron_field(0, 23, "*", "9-17", "5/3"),
    cron_field(1, 28, "*", "L", "LW"),
    cron_field(1, 12, "*", "*/5", "MAR-MAY"),
    cron_field(0, 6, "*", "*/2", "MON-FRI", "5L", "MON#2"),
).map(" ".join)


@settings(max_examples=50, deadline=None)
@given(crons, moments)
def test_cron_names_the_moments_that_cronsim_steps_through(cron: str, begin: datetime) -> None:
    end = begin + timedelta(days=3)
    steps = takewhile(lambda moment: moment <= end, CronSim(cron, begin))
    assert [slot.due for slot in slots(briefing("UTC", cron=cron), begin, end)] == list(steps)


@pytest.mark.parametrize(
    "timing",
    [
        {"cron": "* * * * *"},
        {"cron": "* * * * *", "quiet": "12:01-12:00"},
        {"cron": "* * * * *", "days": "mon"},
        {"cron": "0 0 29 2 *"},
        {"at": "08:30"},
    ],
    ids=str,
)
@pytest.mark.parametrize("days", [7, 366])
def test_after_long_absence_a_plan_is_small_and_made_soon(
    timing: dict[str, str], days: int
) -> None:
    often, now = briefing("UTC", **timing), utc(2028, 3, 6, 12)
    begun = perf_counter()
    found = plan(often, now - timedelta(days=days), now)
    assert perf_counter() - begun < 0.05
    told = [*found.missed, *([found.due] if found.due else [])]
    assert len(found.missed) <= 100
    assert told == slots(often, told[0].due - timedelta(minutes=1), now)
    assert len(found.missed) == 100 or told == slots(often, now - timedelta(days=days), now)
