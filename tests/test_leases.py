"""Who holds a channel of the outbox, and until when."""

import asyncio
from pathlib import Path

from summaries.store import Store
from tests.outbox import DAY, EVERYWHERE, LEASE, SECOND, first, freeze, held, slot
from tests.stores import NOW, opened


async def test_channels_are_claimed_the_longest_due_first(store: Store) -> None:
    deliveries = store.deliveries
    await deliveries.plan([slot(target=f"slack:C{i}", due=9 - i) for i in range(4)])
    await deliveries.plan([slot(target="discord:C1"), slot(target="slackish:C1")])
    assert await deliveries.claim("me", ["slack"], NOW, LEASE, 3) == [
        "slack:C3",
        "slack:C2",
        "slack:C1",
    ]
    assert await deliveries.claim("you", ["slack"], NOW, LEASE, 3) == ["slack:C0"]
    assert await deliveries.claim("me", [], NOW, LEASE, 3) == []
    assert await deliveries.claim("me", EVERYWHERE, NOW, LEASE, 3) == ["discord:C1"]


async def test_two_never_hold_one_channel(engine: str, tmp_path: Path) -> None:
    async with opened(engine, tmp_path) as store, opened(engine, tmp_path) as other:
        await store.deliveries.plan([slot(target=f"slack:C{i}") for i in range(60)])
        claims = [
            each.deliveries.claim(f"{i}", EVERYWHERE, NOW, LEASE, 5)
            for i in range(10)
            for each in (store, other)
        ]
        found = [target for some in await asyncio.gather(*claims) for target in some]
        assert len(found) == len(set(found)) == 60


async def test_a_channel_given_back_is_claimed_again_when_it_may_be_tried(store: Store) -> None:
    await held(store)
    await store.deliveries.release("slack:C1", "somebody else")
    assert await store.deliveries.claim("you", EVERYWHERE, NOW, LEASE, 5) == []
    await store.deliveries.release("slack:C1", "me", NOW + SECOND / 2)
    assert await store.deliveries.claim("you", EVERYWHERE, NOW, LEASE, 5) == []
    now = NOW + SECOND
    assert await store.deliveries.claim("you", EVERYWHERE, now, LEASE, 5) == ["slack:C1"]


async def test_a_lease_that_ran_out_stays_its_holders_until_that_is_evicted(store: Store) -> None:
    deliveries, targets = store.deliveries, ["slack:C1", "slack:C2"]
    await deliveries.plan([slot(target=target) for target in targets])
    assert await deliveries.claim("me", EVERYWHERE, NOW, LEASE, 5) == targets
    assert await deliveries.lapsed(NOW + LEASE) == {}
    later = NOW + LEASE + SECOND
    assert await deliveries.lapsed(later) == {"me": targets}
    assert await deliveries.claim("you", EVERYWHERE, later, LEASE, 5) == []
    row = await first(store)
    await freeze(store, row)
    assert await deliveries.begin(row, "me", later, LEASE)
    await deliveries.evict("me", later)
    assert await deliveries.claim("you", EVERYWHERE, later, LEASE, 5) == ["slack:C2"]
    await deliveries.renew("you", later + DAY, LEASE)
    assert await deliveries.lapsed(later + DAY) == {"me": ["slack:C1"]}
