"""When to look at a source again: its rhythm between bounds, ever more patience with errors."""

import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from summaries.model import Source, SourceKind, SourceState

LOOKS_A_RHYTHM = 8
"""Looks in the time between two that find something new: news waits an eighth of that, at most."""
SMOOTHING = 0.3
"""The weight of the newest gap in the mean of all."""
JITTER = 0.1
"""How far an interval strays from its length, so that a thousand sources do not come at once."""
FOLDER_EVERY = timedelta(minutes=1)
LONGEST_REQUESTED = timedelta(days=1)
"""How long a server may send us away."""

_DOUBLINGS = 32


@dataclass(frozen=True, slots=True)
class Bounds:
    """How often sources are looked at: `every` at the shortest, `up_to` at the longest."""

    every: timedelta = timedelta(minutes=15)
    up_to: timedelta = timedelta(hours=6)


def bounds_of(source: Source, bounds: Bounds) -> Bounds:
    """The bounds of one source, which are equal where it has an interval of its own.

    A folder is cheap to look at, and whoever drops a file there expects to find it soon.
    """
    exact = source.every
    if source.kind is SourceKind.FOLDER:
        exact = exact or min(bounds.every, FOLDER_EVERY)
    return Bounds(exact, exact) if exact else bounds


def after_success(
    state: SourceState,
    source: Source,
    bounds: Bounds,
    now: datetime,
    *,
    found_new: bool,
    fresh_for: float = 0.0,
) -> SourceState:
    """The state after a look that went well: when it was, what rhythm it tells, and the next one.

    The interval is an eighth of the rhythm, or of the gap that is open now where that is longer.
    `fresh_for` is how many seconds the server says nothing will change.
    """
    own = bounds_of(source, bounds)
    rhythm = _rhythm(state, now, found_new)
    last_new = now if found_new else state.last_new
    quiet = (now - last_new).total_seconds() if last_new else 0.0
    interval = timedelta(seconds=max(rhythm or 0.0, quiet) / LOOKS_A_RHYTHM)
    interval = _spread(interval, own, source.name, now)
    fresh = min(_seconds(fresh_for), own.up_to)
    return replace(
        state,
        last_success=now,
        last_new=last_new,
        last_error=None,
        errors_in_a_row=0,
        rhythm=rhythm,
        next_poll=now + max(interval, fresh),
    )


def after_failure(
    state: SourceState,
    source: Source,
    bounds: Bounds,
    now: datetime,
    why: str,
    *,
    retry_after: float = 0.0,
) -> SourceState:
    """The state after a look that failed: each error in a row doubles the wait for the next one.

    It is at most `up_to`, unless the server asked for more seconds by `retry_after`. A folder that
    is away is looked for as often as ever.
    """
    errors = state.errors_in_a_row + 1
    own = bounds_of(source, bounds)
    if source.kind is not SourceKind.FOLDER:
        own = Bounds(own.every, max(own.every, bounds.up_to))
    doubled = own.every.total_seconds() * 2.0 ** min(errors - 1, _DOUBLINGS)
    interval = timedelta(seconds=min(doubled, own.up_to.total_seconds()))
    interval = _spread(interval, own, source.name, now)
    return replace(
        state,
        last_error=why,
        errors_in_a_row=errors,
        next_poll=now + max(interval, _seconds(retry_after)),
    )


def _rhythm(state: SourceState, now: datetime, found_new: bool) -> float | None:
    """The mean gap between looks that found something new; before the first, the time till now."""
    if state.last_new is None:
        if state.last_success is None:
            return None
        return (state.rhythm or 0.0) + _gap(state.last_success, now)
    if not found_new:
        return state.rhythm
    gap = _gap(state.last_new, now)
    return gap if state.rhythm is None else (1 - SMOOTHING) * state.rhythm + SMOOTHING * gap


def _gap(before: datetime, now: datetime) -> float:
    return max(0.0, (now - before).total_seconds())


def _spread(interval: timedelta, within: Bounds, name: str, now: datetime) -> timedelta:
    """The interval, strayed by what is chance between sources but the same for one all day."""
    chance = zlib.crc32(f"{name} {now:%Y-%m-%d}".encode("utf-8", "surrogatepass")) / 2**32
    room = Bounds(within.every / (1 - JITTER), within.up_to / (1 + JITTER))
    strayed = _clamped(interval, room) * (1 - JITTER + 2 * JITTER * chance)
    return _clamped(strayed, within)


def _clamped(interval: timedelta, within: Bounds) -> timedelta:
    return max(within.every, min(interval, within.up_to))


def _seconds(requested: float) -> timedelta:
    return min(timedelta(seconds=max(0.0, min(requested, 1e6))), LONGEST_REQUESTED)
