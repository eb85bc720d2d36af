"""Article pages: fetched a host at a time, and extracted in workers."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

from summaries.draft import Draft
from summaries.errors import Busy, SourceError, WorkerError
from summaries.extract import extract_html
from summaries.sources.full_text import with_page
from summaries.sources.reader import PARSING, Tools, can_wait

HOSTS_AT_ONCE = 8
"""Of one look; the pages of one host are fetched one after the other."""


async def fetch_articles(
    wanted: Mapping[str, Draft | None], tools: Tools
) -> AsyncIterator[tuple[str, Draft | SourceError | WorkerError]]:
    """Fetch pages and yield, as each comes in, its address and its article or its trouble.

    An address that is wanted with a teaser gives that, made whole by its page. Once a host is busy,
    it is not asked for its other pages; they have its trouble, too.
    """
    gate = asyncio.Semaphore(HOSTS_AT_ONCE)
    turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
    busy: dict[str, Busy] = {}

    async def one(address: str) -> tuple[str, Draft | SourceError | WorkerError]:
        host = _host(address)
        # The page is extracted before the next is fetched, so that few are held at a time.
        async with turns[host], gate:
            if host in busy:
                return address, busy[host]
            try:
                return address, await _fetch(address, wanted[address], tools)
            except Busy as error:
                busy[host] = error
                return address, error
            except (SourceError, WorkerError) as error:
                return address, error

    tasks = [asyncio.create_task(one(address)) for address in wanted]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _fetch(address: str, teaser: Draft | None, tools: Tools) -> Draft:
    got = await tools.fetcher.get(address, is_page=True)
    # A call for each page, since one that kills its worker must not spoil the others.
    return await tools.workers.run(
        _extract, got.body, got.url, teaser, deadline=PARSING, can_wait=can_wait(got.body)
    )


def _extract(body: bytes, url: str, teaser: Draft | None) -> Draft:
    page = extract_html(body, url)
    return page if teaser is None else with_page(teaser, page)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
