"""Moment -> words, for whom and where a platform cannot show it in its reader's own time."""

from datetime import datetime


def in_words(when: datetime) -> str:
    """A moment in its own zone, as `Saturday 21 November 2026, 08:30 (Asia/Baku)`."""
    return f"{when:%A %-d %B %Y, %H:%M} ({when.tzinfo})"
