"""How rows come into the outbox, in which order they are done, and how one is found."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, text
from sqlalchemy.ext.asyncio import AsyncConnection

from summaries.store.codec import storable
from summaries.store.outbox import Delivery, Notice, Planned, State
from summaries.store.schema import deliveries, seconds

ORDER = (
    deliveries.c.due,
    deliveries.c.asked.is_(None),
    deliveries.c.briefing,
    deliveries.c.slot,
    deliveries.c.part,
)
"""In which rows of one channel are done."""

_PUT = text(
    "INSERT INTO deliveries (briefing, slot, target, part, state, due, payload, tries, "
    "articles, passed, reason, asked, to_report) VALUES (:briefing, :slot, :target, 0, :state, "
    ":due, :payload, 0, '[]', '[]', :reason, :asked, :to_report) ON CONFLICT DO NOTHING"
)
CHANNEL = text("INSERT INTO channels (target) VALUES (:target) ON CONFLICT DO NOTHING")
"""Whatever has rows is a channel that can be leased."""


async def put(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert part 0 of slots, those that are not there, and their channels."""
    await connection.execute(_PUT, rows)
    await connection.execute(CHANNEL, rows)


def one(row: Delivery) -> Iterator[ColumnElement[bool]]:
    """The conditions that one row alone fulfils."""
    yield deliveries.c.briefing == row.briefing
    yield deliveries.c.slot == row.slot
    yield deliveries.c.target == row.target
    yield deliveries.c.part == row.part


def planned_row(planned: Planned) -> dict[str, Any]:
    """The columns of part 0 of a slot."""
    return {
        "briefing": storable(planned.briefing),
        "slot": planned.slot,
        "target": storable(planned.target),
        "state": (State.SKIPPED if planned.missed else State.PLANNED).value,
        "due": seconds(planned.due),
        "payload": None,
        "reason": planned.missed and storable(planned.missed),
        "asked": None,
        "to_report": planned.missed is not None,
    }


def notice_row(notice: Notice, now: datetime) -> dict[str, Any]:
    """The columns of a message that is ready to be sent."""
    planned = planned_row(Planned(notice.name, notice.slot, notice.target, now))
    return {**planned, "state": State.READY.value, "payload": storable(notice.payload)}
