"""Looks at each source whenever it is due, for ever; who is due stands in the store."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence

from summaries import clock
from summaries.cadence import Bounds
from summaries.dispatch import TICK, Dispatcher
from summaries.errors import StoreError
from summaries.look import Outcome
from summaries.model import Source
from summaries.sources import Tools
from summaries.store import Store

log = logging.getLogger(__name__)

STORE_AWAY, LONGEST_STORE_AWAY = 2.0, 60.0
"""Seconds that fetching waits for a store that did not answer: at first, and at the most."""


async def poll(
    sources: Sequence[Source], store: Store, tools: Tools, bounds: Bounds
) -> AsyncIterator[Outcome]:
    """Look at each source whenever it is due, for ever, and yield each outcome.

    Any number of processes may do so on one store: each due source is looked at by one of them.
    While the store does not answer, it waits longer each time before it tries again.
    """
    by_name = {source.name: source for source in sources}
    is_away, is_enrolled = False, False
    wait, ask_at = STORE_AWAY, 0.0
    async with Dispatcher(store, tools, bounds, only_due=True) as dispatcher:
        while True:
            try:
                if not is_enrolled:
                    await store.sources.enrol(sources, clock.now())
                    is_enrolled = True
                if time.monotonic() >= ask_at:
                    due = await store.sources.due(clock.now())
                    dispatcher.add(by_name[name] for name in due if name in by_name)
                    ask_at = time.monotonic() + TICK
                outcomes = await dispatcher.step()
            except StoreError as error:
                if not is_away:
                    log.error("nothing is fetched while the store does not answer: %s", error)
                is_away = True
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_STORE_AWAY)
                continue
            if is_away and (outcomes or not dispatcher.busy):
                log.info("the store answers again: fetching goes on")
                is_away, wait = False, STORE_AWAY
            for outcome in outcomes:
                yield outcome
