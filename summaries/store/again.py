"""What could be sent again, and what is: nothing that the channel knows by now."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from summaries import clock
from summaries.store.codec import storable
from summaries.store.database import Database
from summaries.store.outbox import Delivery, State, to_delivery
from summaries.store.rows import CHANNEL, one
from summaries.store.schema import deliveries, seconds, told

_UNDELIVERED = deliveries.c.state.in_([State.PARKED.value, State.UNSURE.value])


class Again:
    """What did not arrive, or may not have; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def undelivered(self, since: datetime, briefing: str | None = None) -> list[Delivery]:
        """The parts that could be sent again: those of the newest slot of a briefing in a channel.

        They are parked, or nobody can tell whether they were posted, and were due after `since`.
        What is parked comes again with the next slot, and once that went out must not.
        """
        where: list[ColumnElement[bool]] = [
            _UNDELIVERED,
            deliveries.c.payload.is_not(None),
            deliveries.c.due > seconds(since),
            or_(deliveries.c.state != State.PARKED.value, ~_came_again()),
        ]
        if briefing is not None:
            where.append(deliveries.c.briefing == storable(briefing))
        pair = (deliveries.c.briefing, deliveries.c.target)
        newest = func.max(deliveries.c.due).over(partition_by=pair).label("newest")
        found = select(deliveries, newest).where(*where).subquery()
        query = select(found).where(found.c.due == found.c.newest)
        order = (found.c.due, found.c.briefing, found.c.target, found.c.slot, found.c.part)
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(*order))).all()
            undelivered = [to_delivery(row) for row in rows]
            return [row for row in undelivered if not await _is_known(connection, row)]

    async def reopen(self, row: Delivery, now: datetime) -> bool:
        """Have a part sent again that is parked or unsure; False where it is neither by now.

        Of an unsure one nothing counts as told from then on.
        """
        values = {
            "state": State.READY.value,
            "asked": seconds(now),
            "to_report": False,
            "tries": 0,
            "begun": None,
            "reason": f"asked for again at {clock.iso(now)}",
        }
        query = update(deliveries).where(*one(row), _UNDELIVERED).values(values)
        async with self._database.write() as connection:
            await connection.execute(CHANNEL, {"target": row.target})
            reopened = (await connection.execute(query)).rowcount == 1
            if reopened and row.state is State.UNSURE:
                known = await _known(connection, row)
                await connection.execute(delete(told).where(*known))
        return reopened


async def _is_known(connection: AsyncConnection, row: Delivery) -> bool:
    """Whether the channel was told meanwhile what a parked slot says, by whatever briefing."""
    if row.state is not State.PARKED:
        return False
    query = select(told.c.article_id).where(*await _known(connection, row)).limit(1)
    return (await connection.execute(query)).first() is not None


async def _known(
    connection: AsyncConnection, row: Delivery
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions for what the channel was told of the articles of the row's slot."""
    first = replace(row, part=0)
    ids = await connection.scalar(select(deliveries.c.articles).where(*one(first)))
    return told.c.target == row.target, told.c.article_id.in_(ids or ())


def _came_again() -> ColumnElement[bool]:
    """Whether a later slot of the briefing may tell the channel what this one says."""
    later = deliveries.alias()
    told_by = (State.READY, State.SENDING, State.SENT, State.UNSURE)
    return exists().where(
        later.c.briefing == deliveries.c.briefing,
        later.c.target == deliveries.c.target,
        later.c.due > deliveries.c.due,
        later.c.state.in_([state.value for state in told_by]),
    )
