"""The outbox: what is to be posted, what became of it, and the commands behind buttons.

Briefings, slots (ISO local times) and targets (`slack:C123`) are opaque text here.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, text, update

from summaries import clock
from summaries.store.codec import storable
from summaries.store.database import Database
from summaries.store.leases import Leases
from summaries.store.outbox import OPEN, Delivery, Planned, State, to_delivery
from summaries.store.schema import commands, deliveries, seconds, subscriptions, told
from summaries.store.subscriptions import Subscription, to_subscription
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

_ORDER = (deliveries.c.due, deliveries.c.briefing, deliveries.c.slot, deliveries.c.part)
_IS_OPEN = deliveries.c.state.in_(sorted(OPEN))
_UNDELIVERED = deliveries.c.state.in_([State.PARKED.value, State.UNSURE.value])

_CHANNEL = text("INSERT INTO channels (target) VALUES (:target) ON CONFLICT DO NOTHING")
_PLANNED = text(
    "UPDATE subscriptions SET planned = :due WHERE briefing = :briefing AND target = :target "
    "AND (planned IS NULL OR planned < :due)"
)
_KEEP = text(
    "INSERT INTO commands (id, text, created) VALUES (:id, :text, :created) ON CONFLICT DO NOTHING"
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

    async def plan(self, planned: Sequence[Planned]) -> list[Planned]:
        """Put slots in the outbox, each once whoever plans it; gives those that this call put.

        Of two workers that plan the same, each slot is given to one.
        """
        # Everybody goes through the channels in one order, so that nobody waits for one behind.
        ordered = sorted(planned, key=lambda each: (each.target, each.briefing, each.due))
        put: list[Planned] = []
        for start in range(0, len(ordered), BATCH):
            batch = {_key(each): each for each in ordered[start : start + BATCH]}
            rows = [_planned_row(each) for each in batch.values()]
            put += [batch[key] for key in await self._put(rows)]
        return put

    async def notify(self, name: str, slot: str, target: str, payload: str, now: datetime) -> bool:
        """Put a message in the outbox that is ready to be sent; False where it was there before."""
        row = _planned_row(Planned(name, slot, target, now))
        row |= {"state": State.READY.value, "payload": storable(payload)}
        return bool(await self._put([row]))

    async def _put(self, rows: Sequence[dict[str, Any]]) -> list[tuple[str, str, str]]:
        """Insert part 0 of slots; the keys of those that were not there."""
        key = (deliveries.c.briefing, deliveries.c.slot, deliveries.c.target)
        new = self._database.engine.inserting(deliveries).returning(*key)
        async with self._database.write() as connection:
            put = (await connection.execute(new, rows)).all()
            await connection.execute(_CHANNEL, [{"target": row["target"]} for row in rows])
            await connection.execute(_PLANNED, rows)
        return [(row.briefing, row.slot, row.target) for row in put]

    async def open(self, target: str, limit: int = 20) -> list[Delivery]:
        """What is still to be done in a channel, in the order in which it is to be done."""
        query = select(deliveries).where(_IS_OPEN, deliveries.c.target == storable(target))
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(*_ORDER).limit(limit))
            return [to_delivery(row) for row in rows]

    async def subscription(self, briefing: str, target: str) -> Subscription | None:
        """How far a briefing of a channel is; None where it was never enrolled."""
        query = select(subscriptions).where(
            subscriptions.c.briefing == storable(briefing),
            subscriptions.c.target == storable(target),
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return to_subscription(row) if row else None

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
    ) -> bool:
        """Write down what became of a part for good; `parked` closes the later parts, too.

        With the last part of a slot, none of them parked, what it was frozen with counts as told:
        its articles, and for its briefing what it passed over and until when it covered the news.
        A slot that was never frozen is given these here.
        """
        columns = closed(state, now, message_id, reason)
        change = closing(row, columns, telling(articles, passed, covered), now)
        return await self._make(row, holder, change)

    async def release(self, target: str, holder: str, retry_at: datetime | None = None) -> None:
        """Give a channel back; nobody claims it before `retry_at`."""
        await self._transitions.make(("", "", storable(target)), holder, releasing(retry_at))

    async def _make(self, row: Delivery, holder: str, change: Change) -> bool:
        return await self._transitions.make((row.briefing, row.slot, row.target), holder, change)

    async def undelivered(self, briefing: str | None = None) -> list[Delivery]:
        """The parts that could be sent again: those of the newest slot of a briefing in a channel.

        They are parked, or nobody can tell whether they were posted.
        """
        where: list[ColumnElement[bool]] = [_UNDELIVERED, deliveries.c.payload.is_not(None)]
        if briefing is not None:
            where.append(deliveries.c.briefing == storable(briefing))
        pair = (deliveries.c.briefing, deliveries.c.target)
        newest = func.max(deliveries.c.due).over(partition_by=pair).label("newest")
        found = select(deliveries, newest).where(*where).subquery()
        query = select(found).where(found.c.due == found.c.newest)
        order = (found.c.due, found.c.briefing, found.c.target, found.c.slot, found.c.part)
        async with self._database.read() as connection:
            return [to_delivery(row) for row in await connection.execute(query.order_by(*order))]

    async def reopen(self, row: Delivery, now: datetime) -> bool:
        """Have a part sent again that was parked or unsure; False where it is neither by now."""
        values = {
            "state": State.READY.value,
            "tries": 0,
            "begun": None,
            "reason": f"asked for again at {clock.iso(now)}",
        }
        query = update(deliveries).where(*_is(row), _UNDELIVERED).values(values)
        async with self._database.write() as connection:
            await connection.execute(_CHANNEL, {"target": row.target})
            return (await connection.execute(query)).rowcount == 1

    async def recent(self, limit: int = 50) -> list[Delivery]:
        """The deliveries that were due last, the latest first."""
        order = [column.desc() for column in (deliveries.c.due, *_ORDER[1:])]
        async with self._database.read() as connection:
            rows = await connection.execute(select(deliveries).order_by(*order).limit(limit))
            return [to_delivery(row) for row in rows]

    async def forget(self, before: datetime) -> None:
        """Forget what was closed of slots due before a time, and what was told before it."""
        old = delete(deliveries).where(deliveries.c.due < seconds(before), ~_IS_OPEN)
        async with self._database.write() as connection:
            await connection.execute(old)
        async with self._database.write() as connection:
            await connection.execute(delete(told).where(told.c.at < seconds(before)))

    async def keep_command(self, id_: str, command: str, now: datetime) -> None:
        """Keep the command that a button stands for; the first one under an id stays."""
        values = {"id": id_, "text": storable(command), "created": seconds(now)}
        async with self._database.write() as connection:
            await connection.execute(_KEEP, values)

    async def command(self, id_: str) -> str | None:
        """The command that was kept under this id."""
        query = select(commands.c.text).where(commands.c.id == storable(id_))
        async with self._database.read() as connection:
            return await connection.scalar(query)


def _is(row: Delivery) -> Iterator[ColumnElement[bool]]:
    """The conditions that one row alone fulfils."""
    yield deliveries.c.briefing == row.briefing
    yield deliveries.c.slot == row.slot
    yield deliveries.c.target == row.target
    yield deliveries.c.part == row.part


def _key(planned: Planned) -> tuple[str, str, str]:
    return storable(planned.briefing), planned.slot, storable(planned.target)


def _planned_row(planned: Planned) -> dict[str, Any]:
    """The columns of part 0 of a slot."""
    briefing, slot, target = _key(planned)
    return {
        "briefing": briefing,
        "slot": slot,
        "target": target,
        "part": 0,
        "state": (State.SKIPPED if planned.missed else State.PLANNED).value,
        "due": seconds(planned.due),
        "payload": None,
        "tries": 0,
        "articles": [],
        "passed": [],
        "reason": planned.missed and storable(planned.missed),
    }
