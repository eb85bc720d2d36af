"""The only reader of the time, and everything that turns words into times."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from summaries.errors import UserError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,5})\s*([smhdw])", re.ASCII)


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


def duration(text: str) -> timedelta:
    """Read "90s", "15m", "2h", "7d" or "2w"; raises UserError."""
    match = _DURATION.fullmatch(text.strip().lower())
    if not match or int(match[1]) == 0:
        raise UserError(
            f"{text!r} is no length of time: write a number and s, m, h, d or w, as 7d."
        )
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name; raises UserError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UserError(f"{name!r} is no IANA time zone: write one as Europe/Berlin.") from error


def moment(text: str, local: ZoneInfo) -> datetime:
    """Read an ISO date or date and time, in `local` where it names no zone; raises UserError.

    A date alone is the midnight that begins it.
    """
    try:
        parsed = datetime.fromisoformat(text.strip().upper())
        aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=local)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UserError(f"{text!r} is no date: write one as 2026-08-01.") from error


def iso(when: datetime) -> str:
    """Write a time in UTC, to the second, as `2026-08-01T12:00:00Z`."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def words(length: timedelta) -> str:
    """Write a length of time as people say it: "30 days", "2 hours", "1 day"."""
    seconds = int(length.total_seconds())
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds % size == 0 and seconds >= size:
            count = seconds // size
            return f"{count} {name}{'s' if count != 1 else ''}"
    return f"{seconds} second{'s' if seconds != 1 else ''}"
