"""When a server wants to be asked again, as its headers say (RFC 9110, RFC 9111)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 86_400.0
"""Seconds that are believed at the most."""

_SECONDS = re.compile(r"\s*([0-9]{1,12})\s*")
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?([0-9]{1,12})", re.IGNORECASE)
_NEVER = re.compile(r"(?:^|[\s,])no-(?:store|cache)\b", re.IGNORECASE)


def fresh_for(headers: Mapping[str, str], now: datetime) -> float:
    """For how many seconds an answer stays as it is; 0 where its headers do not say."""
    control = headers.get("Cache-Control", "")
    if _NEVER.search(control):
        return 0.0
    if stated := _MAX_AGE.search(control):
        age = _SECONDS.fullmatch(headers.get("Age", ""))
        return _believed(float(stated[1]) - (float(age[1]) if age else 0.0))
    if expires := _date(headers.get("Expires")):
        sent = _date(headers.get("Date")) or now
        return _believed((expires - sent).total_seconds())
    return 0.0


def retry_after(value: str | None, now: datetime) -> float | None:
    """How many seconds a `Retry-After` asks to wait, which is a number or a date, or None."""
    if value and (stated := _SECONDS.fullmatch(value)):
        return _believed(float(stated[1]))
    wait = (date - now).total_seconds() if (date := _date(value)) else -1.0
    return _believed(wait) if wait >= 0 else None


def _believed(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST)


def _date(value: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(value) if value else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date.replace(tzinfo=UTC) if date and date.tzinfo is None else date
