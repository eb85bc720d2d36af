"""Which slots are due: pure, from a briefing's settings and two moments.

A slot is named by its local wall time, so that it is one slot however often clocks change: a time
that a zone skips is posted at the first minute that exists, one that occurs twice at its first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from bot.config import BriefingSettings
from bot.fields import within

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LONGEST_OVERLAP = timedelta(hours=3)
FARTHEST = 400
MOST_MISSED = 100


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One posting of one briefing: when it is due, and its local time as `2026-11-21T08:30`."""

    due: datetime
    local: str
    briefing: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a moment asks for: one slot to post, and those, oldest first, that are given up."""

    due: Slot | None = None
    missed: tuple[Slot, ...] = ()


def plan(briefing: BriefingSettings, after: datetime, now: datetime) -> Plan:
    """What is to be done about the slots with `after < due <= now`.

    The newest is posted if it is no older than `catch_up`; the others are missed, of which the
    newest hundred are named. In quiet hours all of them wait for their end. `after` is when the
    newest slot of the plan before was due, or when the briefing began.
    """
    if is_quiet(briefing, now):
        return Plan()
    newest = list(islice(_newest_first(briefing, after, now), MOST_MISSED + 1))
    due = newest.pop(0) if newest and now - newest[0].due <= briefing.catch_up else None
    return Plan(due, tuple(reversed(newest[:MOST_MISSED])))


def coming(briefing: BriefingSettings, now: datetime, count: int) -> list[Slot]:
    """The next slots after now, in order: `count` of them, or fewer if 400 days hold fewer."""
    found: list[Slot] = []
    for day in range(FARTHEST):
        if len(found) >= count:
            break
        found += slots(briefing, now + day * DAY, now + (day + 1) * DAY)
    return found[:count]


def slots(briefing: BriefingSettings, after: datetime, until: datetime) -> list[Slot]:
    """All slots with `after < due <= until`, in order; a time in quiet hours is no slot."""
    return list(_newest_first(briefing, after, until))[::-1]


def is_quiet(briefing: BriefingSettings, moment: datetime) -> bool:
    """Whether a moment is in the briefing's quiet hours, their end not included."""
    quiet = briefing.quiet
    return quiet is not None and within(quiet, moment.astimezone(briefing.zone).time())


def existing(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) of a wall time: the first where there are two, the next where there is none.

    A wall time that a zone skips is read with the offset from before the gap (PEP 495), and so
    lies as far behind the gap as it seems to lie inside.
    """
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    while _offset(moment - MINUTE, zone) == _offset(moment, zone):
        moment -= MINUTE
    return moment


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def _newest_first(briefing: BriefingSettings, after: datetime, until: datetime) -> Iterator[Slot]:
    """The slots with `after < due <= until`, each looked for only when it is asked for.

    Of wall times that fall on one moment, as all of those that a zone skips, the last is the slot.
    """
    zone = briefing.zone
    first = after.astimezone(zone).date()
    # While wall times come for the second time, later ones have been there already.
    last = until.astimezone(zone).replace(tzinfo=None) + LONGEST_OVERLAP
    newest = None
    for ago in range((last.date() - first).days + 1):
        day = last.date() - ago * DAY
        if not briefing.runs_on(day):
            continue
        for at in reversed(briefing.times):
            wall = datetime.combine(day, at)
            if wall > last:
                continue
            due = existing(wall, zone)
            if due <= after:
                return
            if due <= until and due != newest:
                newest = due
                yield Slot(due, f"{wall:%Y-%m-%dT%H:%M}", briefing.name)
