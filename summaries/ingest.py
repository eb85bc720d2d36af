"""Everything at once: all sources looked at now, all articles analysed anew."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from summaries import clock
from summaries.cadence import Bounds
from summaries.dispatch import Dispatcher
from summaries.look import Outcome
from summaries.model import Analysis, Article, Source
from summaries.sources import Tools
from summaries.store import Store
from summaries.text import ANALYSIS_VERSION, UNDETERMINED, analyse

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
        fresh = [replace(article, analysis=_anew(article)) for article in batch]
        await store.articles.reanalyse(fresh)
        after = batch[-1].id
        yield len(batch)


def _anew(article: Article) -> Analysis:
    """Today's analysis; the language that it was in before counts where the words leave it open."""
    before = article.analysis.language if article.analysis else UNDETERMINED
    said = None if before == UNDETERMINED else before
    return analyse(article.title, article.text, said)
