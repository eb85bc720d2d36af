"""What tests of more than one file read sources and keep articles with."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from summaries.fetch import Fetcher
from summaries.sources import Tools
from summaries.store import Store
from summaries.workers import Workers
from tests.offices import Office, opened_office
from tests.stores import ENGINES, opened


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


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def store(engine: str, tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(engine, tmp_path) as store:
        yield store


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened_office(tmp_path) as office:
        yield office
