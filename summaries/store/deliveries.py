"""The outbox: what is to be posted, and what became of it.

Briefings, slots (ISO local times) and targets (`slack:C123`) are opaque text here.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, text

from summaries.store.again import Again
from summaries.store.codec import storable
from summaries.store.database import Database
from summaries.store.leases import Leases
from summaries.store.outbox import OPEN, Delivery, Planned, State, to_delivery
from summaries.store.reports import Reports
from summaries.store.rows import ORDER, planned_row, put
from summaries.store.schema import deliveries, seconds, told
from summaries.store.transitions import (
    Change,
    Transitions,
    beginning,
    closed,
    closing,
    freezing,
    refusing,
    releasing,
    telling,
)

BATCH = 500
"""Rows in one transaction, ids in one statement."""

_IS_OPEN = deliveries.c.state.in_(sorted(OPEN))
_PLANNED = text(
    "UPDATE subscriptions SET planned = :due WHERE briefing = :briefing AND target = :target "
    "AND (planned IS NULL OR planned < :due)"
)


class Deliveries(Leases, Reports, Again):
    """The outbox's rows and who may work on them; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._transitions = Transitions(database)

    async def now(self) -> datetime:
        """The database's clock, which counts for all that work on it."""
        async with self._database.read() as connection:
            return await self._database.engine.now(connection)

    async def plan(self, planned: Sequence[Planned]) -> None:
        """Put slots of the schedule in the outbox, each once whoever plans it, in their order."""
        # Everybody goes through the channels in one order, so that nobody waits for one behind.
        ordered = sorted(planned, key=lambda each: (each.target, each.briefing, each.due))
        for start in range(0, len(ordered), BATCH):
            rows = [planned_row(each) for each in ordered[start : start + BATCH]]
            async with self._database.write() as connection:
                await put(connection, rows)
                await connection.execute(_PLANNED, rows)

    async def ask(self, planned: Planned, now: datetime) -> None:
        """Put a slot in the outbox that somebody asks for; the schedule's own come as ever."""
        async with self._database.write() as connection:
            await put(connection, [{**planned_row(planned), "asked": seconds(now)}])

    async def open(self, target: str, limit: int = 20) -> list[Delivery]:
        """What is still to be done in a channel, in the order in which it is to be done."""
        query = select(deliveries).where(_IS_OPEN, deliveries.c.target == storable(target))
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(*ORDER).limit(limit))
            return [to_delivery(row) for row in rows]

    async def of(self, briefing: str, slot: str, target: str) -> list[Delivery]:
        """The parts of a slot in a channel, whatever became of them, in order."""
        key = (deliveries.c.briefing, deliveries.c.slot, deliveries.c.target)
        values = (storable(briefing), slot, storable(target))
        same = (column == value for column, value in zip(key, values, strict=True))
        query = select(deliveries).where(*same).order_by(deliveries.c.part)
        async with self._database.read() as connection:
            return [to_delivery(row) for row in await connection.execute(query)]

    async def told(self, target: str, ids: Collection[str]) -> frozenset[str]:
        """Which of these articles a channel was told, by whatever briefing."""
        asked, known = [*map(storable, ids)], set[str]()
        async with self._database.read() as connection:
            for start in range(0, len(asked), BATCH):
                query = select(told.c.article_id).where(
                    told.c.target == storable(target),
                    told.c.article_id.in_(asked[start : start + BATCH]),
                )
                known.update(await connection.scalars(query))
        return frozenset(known)

    async def freeze(
        self,
        row: Delivery,
        payloads: Sequence[str],
        holder: str,
        *,
        articles: Collection[str],
        passed: Collection[str],
        covered: datetime,
    ) -> bool:
        """Write down a planned slot's parts, before any of them is sent.

        False, here and below, where `holder` no longer has the channel, or the row is past it; then
        nothing is changed.
        """
        return await self._make(row, holder, freezing(row, payloads, articles, passed, covered))

    async def begin(self, row: Delivery, holder: str, now: datetime, lease: timedelta) -> bool:
        """Write down that a request goes out from now on, and make the channel's lease anew."""
        return await self._make(row, holder, beginning(row, now, now + lease))

    async def refuse(self, row: Delivery, holder: str, reason: str) -> bool:
        """Write down that a part is certainly not posted, and may be sent again."""
        return await self._make(row, holder, refusing(row, reason))

    async def close(
        self,
        row: Delivery,
        state: State,
        holder: str,
        now: datetime,
        *,
        message_id: str | None = None,
        reason: str | None = None,
        articles: Collection[str] | None = None,
        passed: Collection[str] | None = None,
        covered: datetime | None = None,
        report: bool = False,
    ) -> bool:
        """Write down what became of a part for good; parked or skipped, the later ones are, too.

        `report` says whether admins are to be told.

        With the last part of a slot, none of them parked, what it was frozen with counts as told:
        its articles, and for its briefing what it passed over and until when it covered the news.
        A slot that was never frozen is given these here; where all is skipped without, none count.
        """
        columns = closed(state, now, message_id, reason, report)
        change = closing(row, columns, telling(articles, passed, covered), now)
        return await self._make(row, holder, change)

    async def release(self, target: str, holder: str, retry_at: datetime | None = None) -> None:
        """Give a channel back; nobody claims it before `retry_at`."""
        await self._transitions.make(("", "", storable(target)), holder, releasing(retry_at))

    async def _make(self, row: Delivery, holder: str, change: Change) -> bool:
        return await self._transitions.make((row.briefing, row.slot, row.target), holder, change)

    async def recent(self, limit: int = 50) -> list[Delivery]:
        """The deliveries that were due last, the latest first."""
        order = [column.desc() for column in (deliveries.c.due, *ORDER[1:])]
        async with self._database.read() as connection:
            rows = await connection.execute(select(deliveries).order_by(*order).limit(limit))
            return [to_delivery(row) for row in rows]

    async def forget(self, before: datetime) -> None:
        """Forget what was told before a time, and the slots due before it, but for open ones."""
        part = deliveries.alias()
        same = (part.c[name] == deliveries.c[name] for name in ("briefing", "slot", "target"))
        undone = exists().where(*same, part.c.state.in_(sorted(OPEN)))
        old = delete(deliveries).where(deliveries.c.due < seconds(before), ~undone)
        async with self._database.write() as connection:
            await connection.execute(old)
        async with self._database.write() as connection:
            await connection.execute(delete(told).where(told.c.at < seconds(before)))
