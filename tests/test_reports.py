"""Of what was not posted admins are told: by rows that the outbox holds until somebody has."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from summaries.errors import StoreError
from summaries.store import Delivery, Notice, State, Store
from tests.outbox import first, freeze, held, slot
from tests.stores import NOW


def notices(rows: Sequence[Delivery]) -> list[Notice]:
    return [Notice(" alerts", row.slot, "slack:ADMIN", row.reason or "") for row in rows]


def nothing(_rows: Sequence[Delivery]) -> list[Notice]:
    return []


async def close(store: Store, row: Delivery, state: State, reason: str = "gone") -> None:
    assert await store.deliveries.close(row, state, "me", NOW, reason=reason, report=True)


@pytest.mark.parametrize("state", [State.PARKED, State.UNSURE, State.SKIPPED])
async def test_what_was_closed_to_be_reported_is_once(store: Store, state: State) -> None:
    await held(store)
    await close(store, await first(store), state)
    [row] = await store.deliveries.report(notices, NOW)
    assert (row.state, row.reason) == (state, "gone")
    assert await store.deliveries.report(notices, NOW) == []
    [told] = await store.deliveries.open("slack:ADMIN")
    assert (told.briefing, told.payload, told.state) == (" alerts", "gone", State.READY)


async def test_what_was_missed_is_to_be_reported_and_what_was_sent_is_not(store: Store) -> None:
    missed = replace(slot(due=1), missed="it is too late")
    await held(store, slot(), missed)
    await store.deliveries.close(await first(store), State.SENT, "me", NOW)
    assert [row.slot for row in await store.deliveries.report(nothing, NOW)] == [missed.slot]


async def test_of_parts_that_are_parked_together_one_is_reported(store: Store) -> None:
    await held(store)
    await freeze(store, await first(store), "one", "two", "three")
    await close(store, await first(store), State.PARKED)
    assert [row.part for row in await store.deliveries.report(nothing, NOW)] == [0]


async def test_what_is_sent_again_and_parked_again_is_reported_again(store: Store) -> None:
    await held(store)
    await freeze(store, await first(store))
    for _ in range(2):
        await close(store, await first(store), State.PARKED)
        [row] = await store.deliveries.report(nothing, NOW)
        await store.deliveries.reopen(row, NOW)


async def test_of_many_who_ask_at_once_each_row_is_given_to_one(store: Store) -> None:
    await store.deliveries.plan([replace(slot(due=i % 30), missed="late") for i in range(30)])
    told = await asyncio.gather(*(store.deliveries.report(notices, NOW) for _ in range(8)))
    assert len({row.slot for rows in told for row in rows}) == 30
    assert sum(map(len, told)) == 30


async def test_where_it_cannot_be_written_down_nobody_counts_as_told(store: Store) -> None:
    await held(store)
    await close(store, await first(store), State.PARKED)

    def fails(_rows: Sequence[Delivery]) -> list[Notice]:
        raise StoreError("away")

    with pytest.raises(StoreError):
        await store.deliveries.report(fails, NOW)
    assert len(await store.deliveries.report(notices, NOW)) == 1


@pytest.mark.parametrize(
    ("reason", "state", "slot_of", "told_of"),
    [
        ("gone", State.PARKED, "2026-04-19T08:31", False),
        ("forbidden", State.PARKED, "2026-04-19T08:31", True),
        ("gone", State.UNSURE, "2026-04-19T08:31", True),
        ("gone", State.PARKED, "2026-04-20T08:30", True),
    ],
    ids=["the same", "another reason", "another state", "the next day"],
)
async def test_what_goes_on_being_parked_is_told_once_a_day(
    store: Store, reason: str, state: State, slot_of: str, told_of: bool
) -> None:
    await held(store, slot(), replace(slot(due=1), slot=slot_of))
    await close(store, await first(store), State.PARKED)
    assert len(await store.deliveries.report(nothing, NOW)) == 1
    await close(store, await first(store), state, reason)
    assert len(await store.deliveries.report(nothing, NOW)) == told_of
    assert await store.deliveries.report(nothing, NOW) == []


async def test_what_was_mended_in_between_is_told_again(store: Store) -> None:
    await held(store, slot(), slot(due=1), slot(due=2))
    await close(store, await first(store), State.PARKED)
    await store.deliveries.close(await first(store), State.SENT, "me", NOW)
    await close(store, await first(store), State.PARKED)
    assert len(await store.deliveries.report(nothing, NOW)) == 2
