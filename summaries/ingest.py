"""Everything at once: all sources looked at now, all articles analysed anew."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from summaries import clock
from summaries.cadence import Bounds
from summaries.dispatch import Dispatcher
from summaries.look import Outcome
from summaries.model import Source
from summaries.sources import Tools
from summaries.store import Store
from summaries.text import ANALYSIS_VERSION, analyse

BATCH = 100


async def ingest(
    sources: Sequence[Source], store: Store, tools: Tools, bounds: Bounds | None = None
) -> AsyncIterator[Outcome]:
    """Look at every source once, whether it is due or not, and yield each outcome as it comes.

    One that is retired is passed over, with a failure that says so. Raises StoreError.
    """
    await store.sources.enrol(sources, clock.now())
    async with Dispatcher(store, tools, bounds or Bounds(), only_due=False) as dispatcher:
        dispatcher.add(sources)
        while dispatcher.busy:
            for outcome in await dispatcher.step():
                yield outcome


async def reanalyse(store: Store) -> AsyncIterator[int]:
    """Analyse anew all that another analysis made, and yield after each batch how many it had."""
    after = ""
    while batch := await store.articles.to_reindex(ANALYSIS_VERSION, BATCH, after):
        fresh = [replace(a, analysis=analyse(a.title, a.text)) for a in batch]
        await store.articles.reanalyse(fresh)
        after = batch[-1].id
        yield len(batch)
