"""What admins are told through the outbox, and of which rows they are yet to be told."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select, true, update

from summaries.store.database import Database
from summaries.store.outbox import Delivery, Notice, State, to_delivery
from summaries.store.rows import ORDER, notice_row, one, put
from summaries.store.schema import deliveries

MOST = 500
"""Rows that are reported at once."""

_IS_TO_REPORT = deliveries.c.to_report.is_(true())


class Reports:
    """The messages to admins; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def notify(self, notice: Notice, now: datetime) -> None:
        """Put a message in the outbox that is ready to be sent, unless it was there before."""
        async with self._database.write() as connection:
            await put(connection, [notice_row(notice, now)])

    async def report(
        self, tell: Callable[[Sequence[Delivery]], Iterable[Notice]], now: datetime
    ) -> list[Delivery]:
        """Put what `tell` makes of the parts that are to be reported in the outbox, as `notify`.

        Gives the parts that were told of, each to one caller only; with an error, none is. What is
        parked for the reason of the slot before it, on the same day, is not told again.
        """
        query = select(deliveries, _goes_on()).where(_IS_TO_REPORT).order_by(*ORDER).limit(MOST)
        async with self._database.read() as connection:
            if (await connection.execute(query.limit(1))).first() is None:
                return []
        async with self._database.write() as connection:
            locked = query.with_for_update(of=deliveries, skip_locked=True)
            rows = (await connection.execute(locked)).all()
            for row in rows:
                done = update(deliveries).where(*one(to_delivery(row))).values(to_report=False)
                await connection.execute(done)
            told_of = [to_delivery(row) for row in rows if not row.goes_on]
            if notices := [notice_row(notice, now) for notice in sorted(tell(told_of))]:
                await put(connection, notices)
        return told_of


def _goes_on() -> ColumnElement[bool]:
    """Whether it is parked for the reason of the slot before it, on the same day."""
    before, earlier = deliveries.alias(), deliveries.alias()
    last = select(func.max(earlier.c.due)).where(
        earlier.c.briefing == deliveries.c.briefing,
        earlier.c.target == deliveries.c.target,
        earlier.c.due < deliveries.c.due,
    )
    is_same = exists().where(
        deliveries.c.asked.is_(None),
        deliveries.c.state == State.PARKED.value,
        before.c.briefing == deliveries.c.briefing,
        before.c.target == deliveries.c.target,
        before.c.due == last.correlate(deliveries).scalar_subquery(),
        before.c.state == deliveries.c.state,
        before.c.reason == deliveries.c.reason,
        func.substr(before.c.slot, 1, 10) == func.substr(deliveries.c.slot, 1, 10),
    )
    return is_same.label("goes_on")
