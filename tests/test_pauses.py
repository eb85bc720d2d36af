"""Briefings that an admin paused."""

from summaries.store import Store
from tests.outbox import DAY
from tests.stores import NOW


async def test_a_briefing_is_paused_once_and_resumed_once(store: Store) -> None:
    assert await store.pauses.all() == {}
    assert not await store.pauses.resume("morning", NOW)
    assert await store.pauses.pause("morning", "ann", NOW)
    assert not await store.pauses.pause("morning", "ben", NOW + DAY)
    pause = (await store.pauses.all())["morning"]
    assert (pause.by, pause.paused_at, pause.resumed_at) == ("ann", NOW, None)
    assert await store.pauses.resume("morning", NOW + DAY)
    assert not await store.pauses.resume("morning", NOW + DAY)
    assert (await store.pauses.all())["morning"].resumed_at == NOW + DAY
    assert await store.pauses.pause("morning", "ben", NOW + 2 * DAY)
    pause = (await store.pauses.all())["morning"]
    assert (pause.by, pause.paused_at, pause.resumed_at) == ("ben", NOW + 2 * DAY, None)
