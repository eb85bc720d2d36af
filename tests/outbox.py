"""Slots that a test puts in the outbox, and how they go out."""

from datetime import timedelta
from typing import Any

from summaries.store import Delivery, Planned, State, Store
from tests.stores import NOW

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
LEASE = MINUTE
EVERYWHERE = ("slack", "discord")


def slot(briefing: str = "morning", target: str = "slack:C1", due: int = 0) -> Planned:
    """A slot that is due so many minutes from now on."""
    return Planned(briefing, f"2026-04-19T08:{30 + due}", target, NOW + due * MINUTE)


async def first(store: Store, target: str = "slack:C1") -> Delivery:
    return (await store.deliveries.open(target))[0]


async def held(store: Store, *slots: Planned, by: str = "me") -> None:
    """Plan slots, and claim all channels that are free."""
    await store.deliveries.plan(slots or [slot()])
    await store.deliveries.claim(by, EVERYWHERE, NOW + DAY, LEASE, 100)


async def freeze(store: Store, row: Delivery, *payloads: str, by: str = "me", **more: Any) -> bool:
    tells = {"articles": ["a"], "passed": ["b"], "covered": NOW, **more}
    return await store.deliveries.freeze(row, payloads or ("{}",), by, **tells)


async def sent(store: Store, row: Delivery, by: str = "me", state: State = State.SENT) -> bool:
    begun = await store.deliveries.begin(row, by, NOW, LEASE)
    return begun and await store.deliveries.close(row, state, by, NOW, message_id="17.5")
