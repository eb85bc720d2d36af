"""Which slots are due: pure, from a briefing's settings and two moments.

A slot is named by its local wall time, so that it is one slot however often clocks change: a time
that a zone skips is posted at the first minute that exists, one that occurs twice at its first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim

from bot.config import BriefingSettings

MINUTE = timedelta(minutes=1)
LONGEST_GAP = timedelta(hours=3)


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One posting of one briefing: when it is due, and its local time as `2026-11-21T08:30`."""

    due: datetime
    local: str
    briefing: str


def newest_due(briefing: BriefingSettings, now: datetime) -> Slot | None:
    """The newest slot that is due and no older than `catch_up`; older ones are given up."""
    return max(slots(briefing, now - briefing.catch_up, now), default=None)


def slots(briefing: BriefingSettings, after: datetime, until: datetime) -> list[Slot]:
    """All slots with `after < due <= until`, in order."""
    zone = briefing.zone
    # Where clocks change, moments and wall times part by a few hours at the most.
    first = after.astimezone(zone).replace(tzinfo=None) - LONGEST_GAP
    last = until.astimezone(zone).replace(tzinfo=None) + LONGEST_GAP
    walls = _cron(briefing.cron, first, last) if briefing.cron else _daily(briefing.at, first, last)
    found = {
        Slot(existing(wall, zone), f"{wall:%Y-%m-%dT%H:%M}", briefing.name)
        for wall in walls
        if wall.weekday() in briefing.days
    }
    return sorted(slot for slot in found if after < slot.due <= until)


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


def _daily(times: Iterable[time], first: datetime, last: datetime) -> Iterator[datetime]:
    for day in range((last.date() - first.date()).days + 1):
        yield from (datetime.combine(first + timedelta(days=day), at) for at in times)


def _cron(expression: str, first: datetime, last: datetime) -> Iterable[datetime]:
    """The wall times of a cron expression; CronSim counts in wall time when it is given no zone."""
    return takewhile(lambda wall: wall <= last, CronSim(expression, first))
