"""What tests of more than one file read sources with."""

from collections.abc import AsyncIterator, Iterator
from zoneinfo import ZoneInfo

import pytest

from summaries.fetch import Fetcher
from summaries.sources import Tools
from summaries.workers import Workers


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    pool = Workers()
    yield pool
    pool.close()


@pytest.fixture
async def tools(workers: Workers) -> AsyncIterator[Tools]:
    """For loopback, and for feeds as they are: the pages behind their items are not fetched."""
    async with Fetcher(allow=["127.0.0.0/8"]) as fetcher:
        yield Tools(fetcher, workers, ZoneInfo("UTC"), full_text=False)
