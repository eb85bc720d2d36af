"""One look at one source: read, store what is new, and tell how the source fares now."""

import logging
from dataclasses import dataclass, replace
from functools import partial

from summaries import clock
from summaries.cadence import Bounds, after_failure, after_success
from summaries.errors import Busy, Gone, SourceError, StoreError, WorkerError
from summaries.model import Failure, Source, SourceState
from summaries.sources import Past, Tools, read
from summaries.store import Store

log = logging.getLogger(__name__)

GONE = "it is gone for good: remove the source, or correct its address"
_FAULT = "it could not be read, as the log explains: tell whoever looks after the bot"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one look at one source; `new` and `updated` count articles."""

    source: str
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    failures: tuple[Failure, ...] = ()


async def look(
    source: Source, state: SourceState, store: Store, tools: Tools, bounds: Bounds
) -> tuple[Outcome, SourceState]:
    """Look at a source whose state was `state` and store its articles; raises StoreError alone.

    The state that comes back is the caller's to put. Until then whatever was stored is only known
    a second time, so that a look which is cut off anywhere is made up for by the next.
    """
    try:
        return await _look(source, state, store, tools, bounds)
    except (SourceError, WorkerError) as error:
        return failed(source, state, error, bounds)
    except StoreError:
        raise
    except Exception:
        log.exception("a fault while looking at %s", source.name)
        return failed(source, state, WorkerError(_FAULT), bounds)


async def _look(
    source: Source, state: SourceState, store: Store, tools: Tools, bounds: Bounds
) -> tuple[Outcome, SourceState]:
    is_first = state.last_success is None
    known = partial(store.articles.known, source.name)
    harvest = await read(source, Past(state.bookmark, known, is_first), tools)
    now = clock.now()
    added = await store.articles.add(harvest.readings, source.name, now, is_backlog=is_first)
    await store.articles.pass_over(source.name, harvest.passed)
    shown = bool(harvest.readings or harvest.unchanged)
    after = after_success(
        replace(state, bookmark=harvest.bookmark),
        source,
        bounds,
        now,
        found_new=shown if is_first else bool(added.new),
        fresh_for=harvest.fresh_for,
    )
    outcome = Outcome(
        source.name,
        new=len(added.new),
        updated=added.updated,
        unchanged=added.unchanged + harvest.unchanged,
        failures=harvest.failures,
    )
    return outcome, after


def gone(source: Source) -> Outcome:
    """What there is to tell of a source that is retired."""
    return Outcome(source.name, failures=(Failure(source.name, "", GONE),))


def failed(
    source: Source, state: SourceState, error: SourceError | WorkerError, bounds: Bounds
) -> tuple[Outcome, SourceState]:
    """What a look that ended with an error leaves: a line, and where not to look again.

    A source whose own address is gone for good is retired.
    """
    why, mark = str(error), state.bookmark
    wait = (error.retry_after or 0.0) if isinstance(error, Busy) else 0.0
    after = after_failure(state, source, bounds, clock.now(), why, retry_after=wait)
    if isinstance(error, Gone):
        # Where its address or its page once led to may be gone, and itself be there.
        after = replace(
            after,
            bookmark=replace(mark, moved_to=None, feed=None),
            retired=not (mark.moved_to or mark.feed),
        )
    elif isinstance(error, SourceError) and not isinstance(error, Busy):
        after = replace(after, bookmark=replace(mark, moved_to=None))
    return Outcome(source.name, failures=(Failure(source.name, "", why),)), after
