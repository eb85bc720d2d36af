"""Writes down in the outbox which slots are due, and which were missed."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from bot.config import BriefingSettings, Target
from bot.schedule import MOST_MISSED, Plan, Slot, plan
from summaries.store import Pause, Planned, Store, Subscription

Pairs = Collection[tuple[BriefingSettings, Target]]
"""Briefings, each with one of its channels."""


def pairs(briefings: Iterable[BriefingSettings], platforms: Collection[str]) -> Pairs:
    """Each briefing with each of its channels on these platforms."""
    return [(each, to) for each in briefings for to in each.to if to.platform in platforms]


async def write_down(store: Store, scheduled: Pairs, now: datetime) -> None:
    """Plan the slots that have come since those before; raises StoreError.

    A channel that is new to a briefing is enrolled: what is stored by now is no news to it.
    """
    known, pauses = await store.subscriptions.all(), await store.pauses.all()
    named = {(briefing.name, str(target)) for briefing, target in scheduled}
    await store.subscriptions.enrol(named.difference(known), now)
    plans: dict[tuple[str, datetime], Plan] = {}
    wanted: list[Planned] = []
    for briefing, target in scheduled:
        after = _after(known.get((briefing.name, str(target))), pauses.get(briefing.name))
        if after is None:
            continue
        key = (briefing.name, after)
        if key not in plans:
            plans[key] = plan(briefing, after, now)
        wanted += _planned(plans[key], target)
    if wanted:
        await store.deliveries.plan(wanted)


def _after(known: Subscription | None, pause: Pause | None) -> datetime | None:
    """The moment after which slots count; None for what is paused, or not enrolled yet."""
    if known is None or (pause and pause.resumed_at is None):
        return None
    resumed = pause.resumed_at if pause else None
    return max(filter(None, (known.since, known.planned, resumed)))


def _planned(made: Plan, target: Target) -> Iterator[Planned]:
    """The slot that is due, and the newest of those that were missed, which speaks for all."""
    if made.missed:
        before = len(made.missed) - 1
        most = "at least " if len(made.missed) == MOST_MISSED else ""
        others = f"{most}the {before} before it" if before > 1 else "the one before it"
        reason = "no worker that knew it was there in time"
        yield _slot(made.missed[-1], target, f"{reason}, nor for {others}" if before else reason)
    if made.due:
        yield _slot(made.due, target)


def _slot(slot: Slot, target: Target, missed: str | None = None) -> Planned:
    return Planned(slot.briefing, slot.local, str(target), slot.due, missed)
