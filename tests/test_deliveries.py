"""What a store remembers of deliveries and of buttons' commands."""

import asyncio
from datetime import timedelta

import pytest

from summaries.errors import StoreError
from summaries.model import Told
from summaries.store import State, Store
from tests.stores import NOW

DAY = timedelta(days=1)


async def test_a_part_of_a_slot_is_claimed_once(store: Store) -> None:
    deliveries = store.deliveries
    claims = [deliveries.claim("morning", "2026-04-19T08:30", "slack:C1", 0, NOW) for _ in range(8)]
    assert sorted(await asyncio.gather(*claims)) == [False] * 7 + [True]
    assert await deliveries.claim("morning", "2026-04-19T08:30", "slack:C1", 1, NOW)
    assert await deliveries.claim("morning", "2026-04-19T08:30", "slack:C2", 0, NOW)
    assert await deliveries.claim("morning", "2026-04-20T08:30", "slack:C1", 0, NOW)
    assert await deliveries.claim("evening", "2026-04-19T08:30", "slack:C1", 0, NOW)


async def test_who_claimed_a_part_is_told_so_again_until_it_is_finished(store: Store) -> None:
    key = ("morning", "2026-04-19T08:30", "slack:C1", 0)
    assert await store.deliveries.claim(*key, NOW, by="one")
    again = [await store.deliveries.claim(*key, NOW, by=name) for name in ("two", "one", None)]
    assert again == [False, True, False]
    await store.deliveries.finish(*key, State.SENT, NOW)
    assert not await store.deliveries.claim(*key, NOW, by="one")


async def test_a_finished_delivery_tells_what_became_of_it(store: Store) -> None:
    key = ("morning", "2026-04-19T08:30", "slack:C1", 0)
    await store.deliveries.claim(*key, NOW)
    [claimed] = await store.deliveries.recent()
    assert (claimed.state, claimed.claimed_at, claimed.articles) == (State.CLAIMED, NOW, ())
    await store.deliveries.finish(
        *key, State.SENT, NOW + DAY, message_id="17.5", payload="{}", articles=["a", "b"]
    )
    [sent] = await store.deliveries.recent()
    assert (sent.state, sent.sent_at, sent.message_id) == (State.SENT, NOW + DAY, "17.5")
    assert (sent.payload, sent.articles, sent.reason) == ("{}", ("a", "b"), None)


async def test_what_was_never_claimed_cannot_be_finished(store: Store) -> None:
    with pytest.raises(StoreError, match="never claimed"):
        await store.deliveries.finish("morning", "slot", "slack:C1", 0, State.SENT, NOW)


async def test_a_target_knows_what_any_briefing_told_it_and_what_this_one_passed_over(
    store: Store,
) -> None:
    told = {("morning", "slack:C1"): "a", ("evening", "slack:C1"): "b", ("morning", "x"): "c"}
    for (briefing, target), id_ in told.items():
        key = (briefing, "slot", target, 0)
        await store.deliveries.claim(*key, NOW)
        await store.deliveries.finish(*key, State.SENT, NOW, articles=[id_], passed=[id_ * 2])
    both = frozenset("ab")
    known = Told(both, frozenset({"aa"}), backlog=True)
    assert await store.deliveries.told("slack:C1", "morning") == known
    assert await store.deliveries.told("slack:C1", "new") == Told(both)
    assert await store.deliveries.told("nobody", "morning") == Told()


async def test_a_claim_that_was_given_back_can_be_made_again(store: Store) -> None:
    assert await store.deliveries.claim("morning", "one", "x", 0, NOW)
    assert not await store.deliveries.claim("morning", "one", "x", 0, NOW)
    await store.deliveries.release("morning", "one", "x", 0)
    assert await store.deliveries.claim("morning", "one", "x", 0, NOW)


async def test_a_buttons_command_is_kept_once(store: Store) -> None:
    await store.deliveries.keep_command("17", "china trade skip:5", NOW)
    await store.deliveries.keep_command("17", "another", NOW)
    assert await store.deliveries.command("17") == "china trade skip:5"
    assert await store.deliveries.command("18\ud800") is None
