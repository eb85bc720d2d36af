"""Sources -> articles in the store; one source's trouble is reported and stops no other."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from summaries import clock
from summaries.errors import SourceError, StoreError, WorkerError
from summaries.model import Failure, Harvest, Source, SourceKind, SourceState
from summaries.sources import Past, Tools, read
from summaries.store import Store
from summaries.text import ANALYSIS_VERSION, analyse

log = logging.getLogger(__name__)

AT_ONCE = 8
BATCH = 100
FOLDER_EVERY = timedelta(minutes=1)
STORE_AWAY, LONGEST_STORE_AWAY = timedelta(seconds=2), timedelta(minutes=1)
"""How long fetching waits for a store that did not answer: at first, and at the most."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one look at one source; `new` and `updated` count articles."""

    source: str
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    failures: tuple[Failure, ...] = ()


async def ingest(
    sources: Iterable[Source], store: Store, tools: Tools, now: datetime
) -> AsyncIterator[Outcome]:
    """Look at every source once and yield each outcome as it comes; raises StoreError."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(source: Source) -> Outcome:
        async with gate:
            return await look(source, store, tools, now)

    tasks = [asyncio.create_task(one(source)) for source in sources]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def poll(
    sources: Sequence[Source], store: Store, tools: Tools, every: timedelta
) -> AsyncIterator[Outcome]:
    """Look at each source again whenever it is due, for ever, and yield each outcome.

    While the store does not answer, it waits longer each time before it tries again.
    """
    due = {source.name: clock.now() for source in sources}
    wait = STORE_AWAY
    while True:
        now = clock.now()
        ready = [source for source in sources if due[source.name] <= now]
        due |= {source.name: now + _interval(source, every) for source in ready}
        try:
            async for outcome in ingest(ready, store, tools, now):
                yield outcome
        except StoreError as error:
            log.error("nothing is fetched while the store does not answer: %s", error)
            again = clock.now() + wait
            due |= {source.name: min(due[source.name], again) for source in ready}
            wait = min(2 * wait, LONGEST_STORE_AWAY)
        else:
            if ready and wait > STORE_AWAY:
                log.info("the store answers again: fetching goes on")
                wait = STORE_AWAY
        await asyncio.sleep(1)


async def reanalyse(store: Store) -> AsyncIterator[int]:
    """Analyse anew all that another analysis made, and yield after each batch how many it had."""
    after = ""
    while batch := await store.articles.to_reindex(ANALYSIS_VERSION, BATCH, after):
        fresh = [replace(a, analysis=analyse(a.title, a.text)) for a in batch]
        await store.articles.reanalyse(fresh)
        after = batch[-1].id
        yield len(batch)


def _interval(source: Source, every: timedelta) -> timedelta:
    """A folder is cheap to look at, and whoever drops a file there expects to find it soon."""
    shortest = min(every, FOLDER_EVERY) if source.kind is SourceKind.FOLDER else every
    return source.every or shortest


async def look(source: Source, store: Store, tools: Tools, now: datetime) -> Outcome:
    """Look at one source and store what is new in it; raises StoreError alone."""
    await store.sources.enrol([source], now)
    state = await store.sources.get(source.name)
    is_first = state.last_success is None
    known = partial(store.articles.known, source.name)
    try:
        harvest = await read(source, Past(state.bookmark, known, is_first), tools)
    except (SourceError, WorkerError) as error:
        return await _failed(source, state, str(error), store)
    except StoreError:
        raise
    except Exception:
        log.exception("a fault while looking at %s", source.name)
        return await _failed(source, state, "it could not be read, as the log explains", store)
    added = await store.articles.add(
        harvest.readings, source.name, clock.now(), is_backlog=is_first
    )
    await store.articles.pass_over(source.name, harvest.passed)
    await store.sources.put(source.name, _succeeded(state, harvest, bool(added.new), now))
    return Outcome(
        source.name,
        new=len(added.new),
        updated=added.updated,
        unchanged=added.unchanged + harvest.unchanged,
        failures=harvest.failures,
    )


async def _failed(source: Source, state: SourceState, why: str, store: Store) -> Outcome:
    """Remember that a source could not be read, and report it."""
    errors = state.errors_in_a_row + 1
    await store.sources.put(source.name, replace(state, last_error=why, errors_in_a_row=errors))
    return Outcome(source.name, failures=(Failure(source.name, "", why),))


def _succeeded(state: SourceState, harvest: Harvest, new: bool, now: datetime) -> SourceState:
    return replace(
        state,
        bookmark=harvest.bookmark,
        last_success=now,
        last_new=now if new else state.last_new,
        last_error=None,
        errors_in_a_row=0,
    )
