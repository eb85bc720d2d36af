"""The outbox: what is to be posted, and what became of it.

Briefings, slots (ISO local times) and targets (`slack:C123`) are opaque text here.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, text, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from summaries import clock
from summaries.store.codec import storable
from summaries.store.database import Database
from summaries.store.leases import Leases
from summaries.store.outbox import OPEN, Delivery, Notice, Planned, State, to_delivery
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

_ORDER = (
    deliveries.c.due,
    deliveries.c.asked.is_(None),
    deliveries.c.briefing,
    deliveries.c.slot,
    deliveries.c.part,
)
_IS_OPEN = deliveries.c.state.in_(sorted(OPEN))
_IS_TO_REPORT = deliveries.c.to_report.is_(true())
_UNDELIVERED = deliveries.c.state.in_([State.PARKED.value, State.UNSURE.value])

_PUT = text(
    "INSERT INTO deliveries (briefing, slot, target, part, state, due, payload, tries, "
    "articles, passed, reason, asked, to_report) VALUES (:briefing, :slot, :target, 0, :state, "
    ":due, :payload, 0, '[]', '[]', :reason, :asked, :to_report) ON CONFLICT DO NOTHING"
)
_CHANNEL = text("INSERT INTO channels (target) VALUES (:target) ON CONFLICT DO NOTHING")
_PLANNED = text(
    "UPDATE subscriptions SET planned = :due WHERE briefing = :briefing AND target = :target "
    "AND (planned IS NULL OR planned < :due)"
)


class Deliveries(Leases):
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
            rows = [_planned_row(each) for each in ordered[start : start + BATCH]]
            async with self._database.write() as connection:
                await _put(connection, rows)
                await connection.execute(_PLANNED, rows)

    async def ask(self, planned: Planned, now: datetime) -> None:
        """Put a slot in the outbox that somebody asks for; the schedule's own come as ever."""
        async with self._database.write() as connection:
            await _put(connection, [{**_planned_row(planned), "asked": seconds(now)}])

    async def notify(self, notice: Notice, now: datetime) -> None:
        """Put a message in the outbox that is ready to be sent, unless it was there before."""
        async with self._database.write() as connection:
            await _put(connection, [_notice_row(notice, now)])

    async def report(
        self, tell: Callable[[Sequence[Delivery]], Iterable[Notice]], now: datetime
    ) -> list[Delivery]:
        """Put what `tell` makes of the parts that are to be reported in the outbox, as `notify`.

        Gives those parts, each to one caller only; with an error, neither has happened. What is
        parked for the reason of the slot before it, on the same day, is not told again.
        """
        query = select(deliveries, _goes_on()).where(_IS_TO_REPORT).order_by(*_ORDER).limit(BATCH)
        async with self._database.read() as connection:
            if (await connection.execute(query.limit(1))).first() is None:
                return []
        async with self._database.write() as connection:
            locked = query.with_for_update(of=deliveries, skip_locked=True)
            rows = (await connection.execute(locked)).all()
            for row in rows:
                done = update(deliveries).where(*_is(to_delivery(row))).values(to_report=False)
                await connection.execute(done)
            told_of = [to_delivery(row) for row in rows if not row.goes_on]
            if notices := [_notice_row(notice, now) for notice in sorted(tell(told_of))]:
                await _put(connection, notices)
        return told_of

    async def open(self, target: str, limit: int = 20) -> list[Delivery]:
        """What is still to be done in a channel, in the order in which it is to be done."""
        query = select(deliveries).where(_IS_OPEN, deliveries.c.target == storable(target))
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(*_ORDER).limit(limit))
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
            rows = await connection.execute(query.order_by(*order))
            undelivered = [to_delivery(row) for row in rows]
        return [row for row in undelivered if not await self._is_told(row)]

    async def _is_told(self, row: Delivery) -> bool:
        """Whether the channel knows by now what a parked slot says, by whatever briefing."""
        if row.state is not State.PARKED:
            return False
        first, *_ = await self.of(row.briefing, row.slot, row.target)
        return bool(await self.told(row.target, first.articles))

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
        query = update(deliveries).where(*_is(row), _UNDELIVERED).values(values)
        first, *_ = await self.of(row.briefing, row.slot, row.target)
        async with self._database.write() as connection:
            await connection.execute(_CHANNEL, {"target": row.target})
            reopened = (await connection.execute(query)).rowcount == 1
            if reopened and row.state is State.UNSURE:
                known = told.c.target == row.target, told.c.article_id.in_(first.articles)
                await connection.execute(delete(told).where(*known))
        return reopened

    async def recent(self, limit: int = 50) -> list[Delivery]:
        """The deliveries that were due last, the latest first."""
        order = [column.desc() for column in (deliveries.c.due, *_ORDER[1:])]
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


async def _put(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert part 0 of slots, those that are not there."""
    await connection.execute(_PUT, rows)
    await connection.execute(_CHANNEL, rows)


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


def _is(row: Delivery) -> Iterator[ColumnElement[bool]]:
    """The conditions that one row alone fulfils."""
    yield deliveries.c.briefing == row.briefing
    yield deliveries.c.slot == row.slot
    yield deliveries.c.target == row.target
    yield deliveries.c.part == row.part


def _planned_row(planned: Planned) -> dict[str, Any]:
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


def _notice_row(notice: Notice, now: datetime) -> dict[str, Any]:
    """The columns of a message that is ready to be sent."""
    planned = _planned_row(Planned(notice.name, notice.slot, notice.target, now))
    return {**planned, "state": State.READY.value, "payload": storable(notice.payload)}
