"""Slots through three years of clocks that change, as a bot that ticks finds them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest

from bot.config import BriefingSettings
from bot.schedule import Plan, Slot, plan

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Baku",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
NIGHT, MORNING = time(2, 30), time(8, 30)
RULES = {
    "at": ({"at": (NIGHT, MORNING)}, (NIGHT, MORNING), range(7)),
    "cron on weekdays": ({"cron": "30 2,8 * * 1-5"}, (NIGHT, MORNING), range(5)),
    "cron on days": ({"cron": "30 2 * * *", "days": ["sun"]}, (NIGHT,), (6,)),
}


def briefing(zone: str, **timing: object) -> BriefingSettings:
    return BriefingSettings(name="morning", query="trade", zone=zone, **timing)


@cache
def changes(zone: str) -> frozenset[date]:
    """The days of UTC on which clocks change, with the day before and the day after."""
    days = [BEGIN + n * DAY for n in range((END - BEGIN).days + 1)]
    offsets = [day.astimezone(ZoneInfo(zone)).utcoffset() for day in days]
    changed = [day for day, (a, b) in zip(days, pairwise(offsets), strict=False) if a != b]
    return frozenset((day + n * DAY).date() for day in changed for n in (-1, 0, 1))


@cache
def moments(zone: str, step: timedelta) -> list[datetime]:
    """Every minute of the days around each change of clocks, and of the others every `step`."""
    found = []
    for n in range((END - BEGIN).days):
        day = BEGIN + n * DAY
        pace = MINUTE if day.date() in changes(zone) else step
        found += [day + n * pace for n in range(DAY // pace)]
    return found


def as_a_clock_on_the_wall_shows(
    zone: str, times: Iterable[time], weekdays: Iterable[int], looks: Sequence[datetime]
) -> list[Slot]:
    """What is expected: a slot is due when a wall clock first shows its time, or a later one."""
    local = ZoneInfo(zone)
    begin = looks[0].astimezone(local).replace(tzinfo=None)
    days = [begin.date() + n * DAY for n in range((looks[-1] - BEGIN).days + 2)]
    walls = [datetime.combine(day, at) for day, at in product(days, sorted(times))]
    waiting = [wall for wall in walls if wall > begin and wall.weekday() in weekdays][::-1]
    found = {}
    for moment in looks:
        shown = moment.astimezone(local).replace(tzinfo=None)
        while waiting and waiting[-1] <= shown:
            found[moment] = Slot(moment, f"{waiting.pop():%Y-%m-%dT%H:%M}", "morning")
    return list(found.values())


def as_a_bot_that_ticks_posts(posted: BriefingSettings, ticks: Iterable[datetime]) -> list[Slot]:
    found: list[Slot] = []
    after, before = BEGIN, BEGIN
    for now in ticks:
        planned = plan(posted, after, now)
        assert not planned.missed
        if planned.due:
            assert before < planned.due.due <= now
            found.append(planned.due)
            after = planned.due.due
        before = now
    return found


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("rule", RULES)
def test_each_local_time_of_three_years_is_posted_once(zone: str, rule: str) -> None:
    timing, times, weekdays = RULES[rule]
    looks = moments(zone, timedelta(minutes=30))
    expected = as_a_clock_on_the_wall_shows(zone, times, weekdays, looks)
    ticks = moments(zone, HOUR)
    assert as_a_bot_that_ticks_posts(briefing(zone, **timing), ticks) == expected
    assert len(expected) > 150


@pytest.mark.long
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", [NIGHT, MORNING])
def test_each_local_time_is_posted_in_its_minute_of_all_minutes(zone: str, at: time) -> None:
    expected = as_a_clock_on_the_wall_shows(zone, [at], range(7), moments(zone, MINUTE))
    ticks = moments(zone, MINUTE)
    assert as_a_bot_that_ticks_posts(briefing(zone, at=(at,)), ticks) == expected


@pytest.mark.parametrize("zone", ZONES)
def test_a_cron_of_every_ten_minutes_counts_each_time_of_a_clock_once(zone: str) -> None:
    often = briefing(zone, cron="*/10 * * * *")
    times = [time(hour, minute) for hour in range(24) for minute in range(0, 60, 10)]
    year = [BEGIN + n * timedelta(minutes=10) for n in range(365 * 24 * 6)]
    expected = as_a_clock_on_the_wall_shows(zone, times, range(7), year)
    around = [slot for slot in expected if slot.due.date() in changes(zone)]
    ticks = [tick for tick in year if tick.date() in changes(zone)]
    assert [slot for tick in ticks if (slot := plan(often, tick - MINUTE, tick).due)] == around


@pytest.mark.parametrize(
    ("due", "local"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "2026-03-29T01:30"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "2026-03-29T02:30"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T02:30"),
    ],
    ids=["before clocks go on", "in the hour that is left out", "in the hour that comes twice"],
)
def test_catching_up_counts_hours_that_pass_not_those_that_clocks_show(
    due: datetime, local: str
) -> None:
    night = briefing("Europe/Berlin", at=(time.fromisoformat(local[11:]),), catch_up=2 * HOUR)
    slot = Slot(due, local, "morning")
    assert plan(night, due - DAY + 2 * HOUR, due + 2 * HOUR) == Plan(due=slot)
    assert plan(night, due - DAY + 2 * HOUR, due + 2 * HOUR + MINUTE) == Plan(missed=(slot,))


@pytest.mark.parametrize("late", range(0, 120, 10))
def test_a_late_slot_is_found_while_its_hour_comes_again(late: int) -> None:
    due = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    slot = Slot(due, "2026-10-25T02:30", "morning")
    night = briefing("Europe/Berlin", at=(NIGHT,))
    assert plan(night, due - HOUR, due + late * MINUTE) == Plan(due=slot)


def test_quiet_hours_come_again_with_the_hour_that_comes_twice() -> None:
    night = briefing("Europe/Berlin", at=(time(2, 30),), quiet="01:00-02:30")
    after, due = datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    slot = Slot(due, "2026-10-25T02:30", "morning")
    assert plan(night, after, due) == Plan(due=slot)
    assert plan(night, after, due + 45 * MINUTE) == Plan()
    assert plan(night, after, due + 60 * MINUTE) == Plan(due=slot)


def test_a_time_that_clocks_skip_is_as_quiet_as_on_other_days() -> None:
    asleep = briefing("Europe/Berlin", at=(NIGHT, MORNING), quiet="22:00-03:00")
    before, gap = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert plan(asleep, before, gap) == Plan()


def test_a_time_that_clocks_skip_into_quiet_hours_waits_for_their_end() -> None:
    early = briefing("Europe/Berlin", at=(NIGHT,), quiet="03:00-07:00", catch_up=4 * HOUR)
    before, gap = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert plan(early, before, gap) == Plan()
    assert plan(early, before, gap + 4 * HOUR) == Plan(due=Slot(gap, "2026-03-29T02:30", "morning"))
