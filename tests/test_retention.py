import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import prune
from summaries import clock
from summaries.store import State
from tests.stores import ENGINES, opened, reading

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
        slot = ("morning", "2026-04-19T08:30", "slack:C1", 0)
        await store.deliveries.claim(*slot, now)
        await store.deliveries.finish(*slot, State.SENT, now, articles=["old 7"])
        pruning = asyncio.create_task(prune(store, 180 * DAY))
        async with asyncio.timeout(20):
            while await store.articles.count() > 2:
                await asyncio.sleep(0.05)
        pruning.cancel()
        assert len(await store.articles.get(["fresh", "undated"])) == 2
        assert "old 7" in (await store.deliveries.told("slack:C1", "morning")).articles
