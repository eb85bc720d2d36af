import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import prune, tidy
from summaries import clock
from summaries.store import Planned, State
from tests.stores import ENGINES, index_is_consistent, meddle, opened, reading

DAY = timedelta(days=1)


@pytest.mark.parametrize("engine", ENGINES)
async def test_old_articles_go_while_the_bot_works_and_what_was_told_stays_known(
    engine: str, tmp_path: Path
) -> None:
    now = clock.now()
    async with opened(engine, tmp_path) as store:
        aged = [reading(f"old {i}", "old", published=now - 200 * DAY) for i in range(501)]
        fresh = reading("fresh", "new", published=now - 100 * DAY)
        await store.articles.add([*aged, fresh, reading("undated", "new")], "wire", now)
        hour = timedelta(hours=1)
        await store.deliveries.plan([Planned("morning", "2026-04-19T08:30", "slack:C1", now)])
        await store.deliveries.claim("me", ["slack"], now, hour, 1)
        [row] = await store.deliveries.open("slack:C1")
        await store.deliveries.close(row, State.SENT, "me", now, articles=["old 7"])
        pruning = asyncio.create_task(prune(store, 180 * DAY))
        async with asyncio.timeout(20):
            while await store.articles.count() > 2:
                await asyncio.sleep(0.05)
        pruning.cancel()
        assert len(await store.articles.get(["fresh", "undated"])) == 2
        assert await store.deliveries.told("slack:C1", ["old 7"])


async def test_what_was_added_bit_by_bit_is_merged_while_the_bot_works(tmp_path: Path) -> None:
    url = ENGINES["sqlite"](tmp_path)
    segments = "SELECT count(DISTINCT segid) FROM search_index_idx"
    async with opened("sqlite", tmp_path) as store:
        for i in range(30):
            await store.articles.add([reading(f"{i}", f"a b {i}")], "wire", clock.now())
        assert meddle(url, segments) > [(1,)]
        tidying = asyncio.create_task(tidy(store, every=0.01))
        async with asyncio.timeout(20):
            while meddle(url, segments) > [(1,)]:
                await asyncio.sleep(0.05)
        tidying.cancel()
        await index_is_consistent(store, url)


@pytest.mark.parametrize("engine", ENGINES)
async def test_there_is_nothing_to_merge_in_an_empty_store(engine: str, tmp_path: Path) -> None:
    async with opened(engine, tmp_path) as store:
        assert not await store.articles.tidy(begin=True)
