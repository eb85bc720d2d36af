"""How rows of the outbox go from state to state: only for the holder of their channel.

What a change does is decided from the rows of its slot alone, and is pure. Changes that wait at the
same moment are written in one transaction, since each of those waits for the disk.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Row,
    Update,
    and_,
    bindparam,
    false,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from summaries.store.codec import storable
from summaries.store.database import Database
from summaries.store.group_commit import GroupCommit
from summaries.store.outbox import OPEN, Delivery, State
from summaries.store.schema import channels, deliveries, seconds

MOST = 100
"""Changes in one transaction."""

Columns = Mapping[str, Any]
Parts = Mapping[int, Row[Any]]
Key = tuple[str, str, str]

_SLOT = (deliveries.c.briefing, deliveries.c.slot, deliveries.c.target)
_READ: tuple[ColumnElement[Any], ...] = (
    *_SLOT,
    deliveries.c.part,
    deliveries.c.state,
    deliveries.c.begun,
    deliveries.c.tries,
    deliveries.c.articles,
    deliveries.c.passed,
    deliveries.c.covered,
)
_PART = update(deliveries).where(
    deliveries.c.briefing == bindparam("of_briefing"),
    deliveries.c.slot == bindparam("of_slot"),
    deliveries.c.target == bindparam("of_target"),
    deliveries.c.part == bindparam("of_part"),
)
_CHANNEL = update(channels).where(channels.c.target == bindparam("of_target"))
_TELL = text(
    "INSERT INTO told (target, article_id, at) VALUES (:target, :article_id, :at) "
    "ON CONFLICT DO NOTHING"
)
_COVER = text(
    "UPDATE subscriptions SET covered = :covered, passed = :passed "
    "WHERE briefing = :briefing AND target = :target "
    "AND (covered IS NULL OR covered <= :covered)"
).bindparams(bindparam("passed", type_=JSON))


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change writes: columns of parts and of the channel, new parts, and what is told."""

    parts: Mapping[int, Columns] = field(default_factory=dict)
    new: Mapping[int, Columns] = field(default_factory=dict)
    channel: Columns = field(default_factory=dict)
    told: Columns = field(default_factory=dict)


Change = Callable[[Parts], Effect | None]
"""From the parts of a slot to what is written; None where they are past it."""


@dataclass(frozen=True, slots=True, eq=False)
class Transition:
    """A change that a holder wants to make to a channel, or to a slot of it."""

    key: Key
    holder: str
    change: Change

    @property
    def size(self) -> int:
        """One."""
        return 1

    @property
    def keys(self) -> Collection[str]:
        """The channel."""
        return (self.key[2],)


class Transitions:
    """Makes transitions, many at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._commits = GroupCommit(self._write, MOST)

    async def make(self, key: Key, holder: str, change: Change) -> bool:
        """Make a change; False where the channel is not the holder's, or the slot is past it.

        `key` is briefing, slot and target. Raises StoreError.
        """
        return await self._commits.take(Transition(key, holder, change))

    async def _write(self, wanted: Sequence[Transition]) -> list[bool]:
        async with self._database.write() as connection:
            holders = await _holders(connection, [each.key[2] for each in wanted])
            mine = [each for each in wanted if holders.get(each.key[2]) == each.holder]
            slots = await _slots(connection, [each.key for each in mine])
            effects = {each.key: each.change(slots.get(each.key, {})) for each in mine}
            made = {key: effect for key, effect in effects.items() if effect is not None}
            await _apply(connection, made)
        return [each in mine and each.key in made for each in wanted]


def freezing(
    row: Delivery,
    payloads: Sequence[str],
    articles: Collection[str],
    passed: Collection[str],
    covered: datetime,
) -> Change:
    """The slot is composed: its parts are ready to be sent."""
    tells = telling(articles, passed, covered)
    ready = [{"state": State.READY.value, "payload": storable(each)} for each in payloads]
    rest: dict[str, Any] = {
        "due": seconds(row.due),
        "asked": row.asked and seconds(row.asked),
        "tries": 0,
        "articles": [],
        "passed": [],
        "to_report": False,
    }

    def change(parts: Parts) -> Effect | None:
        first = parts.get(0)
        if first is None:
            return None
        if first.state == State.READY and all(getattr(first, c) == v for c, v in tells.items()):
            return Effect()  # This was written before, and the answer was lost.
        if first.state != State.PLANNED:
            return None
        new = {part: {**rest, **columns} for part, columns in enumerate(ready) if part}
        return Effect(parts={0: {**ready[0], **tells}}, new=new)

    return change


def beginning(row: Delivery, now: datetime, until: datetime) -> Change:
    """A request is about to go out."""

    def change(parts: Parts) -> Effect | None:
        part = parts.get(row.part)
        if part is None or part.state not in {State.READY, State.SENDING}:
            return None
        columns = {
            "state": State.SENDING.value,
            "begun": part.begun or seconds(now),
            "tries": part.tries + 1,
        }
        return Effect(parts={row.part: columns}, channel={"lease_until": seconds(until)})

    return change


def refusing(row: Delivery, reason: str) -> Change:
    """What was sent certainly is not there."""

    def change(parts: Parts) -> Effect | None:
        part = parts.get(row.part)
        if part is None or part.state not in {State.READY, State.SENDING}:
            return None
        columns = {"state": State.READY.value, "reason": storable(reason)}
        return Effect(parts={row.part: columns})

    return change


def closing(row: Delivery, columns: Columns, tells: Columns, now: datetime) -> Change:
    """A part is done, and with the last one its slot.

    `columns` are the part's own; `tells` are those of part 0 that say what the slot tells, where
    it was never frozen. What is parked or skipped closes the later parts with it, of which the
    first is to be reported.
    """
    state = columns["state"]

    def change(parts: Parts) -> Effect | None:
        part, first = parts.get(row.part), parts.get(0)
        if part is None or first is None:
            return None
        if part.state == state:
            return Effect()  # This was written before, and the answer was lost.
        if part.state not in OPEN:
            return None
        changed: dict[int, dict[str, Any]] = {row.part: dict(columns)}
        if state in {State.PARKED, State.SKIPPED}:
            later = [p for p, each in parts.items() if p > row.part and each.state in OPEN]
            changed |= {part: {**columns, "to_report": False} for part in later}
        if tells:
            changed[0] = {**changed.get(0, {}), **tells}
        states = {changed.get(p, {}).get("state", each.state) for p, each in parts.items()}
        ended = states.isdisjoint({*OPEN, State.PARKED})
        if not ended or (states == {State.SKIPPED} and not tells):
            return Effect(parts=changed)
        told = {c: tells.get(c, getattr(first, c)) for c in ("articles", "passed", "covered")}
        return Effect(parts=changed, told={**told, "at": seconds(now)})

    return change


def closed(
    state: State, now: datetime, message_id: str | None, reason: str | None, report: bool
) -> dict[str, Any]:
    """The columns of a part that is closed; what is there, or never will be, needs no payload."""
    columns: dict[str, Any] = {
        "state": state.value,
        "reason": reason and storable(reason),
        "to_report": report,
    }
    if state in {State.SENT, State.SKIPPED}:
        columns["payload"] = None
    if state is State.SENT:
        columns |= {"sent_at": seconds(now), "message_id": message_id and storable(message_id)}
    return columns


def releasing(retry_at: datetime | None) -> Change:
    """The channel is free, and not to be taken before `retry_at`."""
    whole = None if retry_at is None else math.ceil(retry_at.timestamp())
    columns = {"holder": None, "lease_until": None, "retry_at": whole}
    return lambda _: Effect(channel=columns)


def telling(
    articles: Collection[str] | None, passed: Collection[str] | None, covered: datetime | None
) -> dict[str, Any]:
    """The columns that say what a slot tells, those that are given."""
    columns = {
        "articles": None if articles is None else [*map(storable, articles)],
        "passed": None if passed is None else [*map(storable, passed)],
        "covered": None if covered is None else seconds(covered),
    }
    return {column: value for column, value in columns.items() if value is not None}


async def _holders(connection: AsyncConnection, targets: Sequence[str]) -> dict[str, str | None]:
    """Who holds these channels, until the end of the transaction."""
    query = select(channels.c.target, channels.c.holder).where(channels.c.target.in_(targets))
    locked = query.order_by(channels.c.target).with_for_update()
    return {row.target: row.holder for row in await connection.execute(locked)}


async def _slots(connection: AsyncConnection, keys: Sequence[Key]) -> Mapping[Key, Parts]:
    """The parts of each slot."""
    slots: dict[Key, dict[int, Row[Any]]] = {}
    # SQLite would read the whole table for a list of triples.
    query = select(*_READ).where(or_(false(), *(_is_slot(key) for key in keys)))
    rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
    for row in rows:
        slots.setdefault((row.briefing, row.slot, row.target), {})[row.part] = row
    return slots


def _is_slot(key: Key) -> ColumnElement[bool]:
    return and_(*(column == value for column, value in zip(_SLOT, key, strict=True)))


async def _apply(connection: AsyncConnection, effects: Mapping[Key, Effect]) -> None:
    """Write what changes, in the order of the channels, as everybody does."""
    ordered = sorted(effects.items(), key=lambda each: each[0][2])
    await _update(
        connection,
        _PART,
        [
            {"of_briefing": b, "of_slot": s, "of_target": t, "of_part": part, **columns}
            for (b, s, t), effect in ordered
            for part, columns in effect.parts.items()
        ],
    )
    await _update(
        connection,
        _CHANNEL,
        [
            {"of_target": target, **effect.channel}
            for (_, _, target), effect in ordered
            if effect.channel
        ],
    )
    if new := [
        {"briefing": b, "slot": s, "target": t, "part": part, **columns}
        for (b, s, t), effect in ordered
        for part, columns in effect.new.items()
    ]:
        await connection.execute(insert(deliveries), new)
    told = [(key, effect.told) for key, effect in ordered if effect.told]
    if tell := [
        {"target": target, "article_id": id_, "at": each["at"]}
        for (_, _, target), each in told
        for id_ in sorted(each["articles"])
    ]:
        await connection.execute(_TELL, tell)
    if cover := [
        {"briefing": b, "target": t, "covered": each["covered"], "passed": each["passed"]}
        for (b, _, t), each in told
        if each["covered"] is not None
    ]:
        await connection.execute(_COVER, cover)


async def _update(connection: AsyncConnection, statement: Update, rows: Iterable[Columns]) -> None:
    """Run it for all rows, those with the same columns at once."""
    alike: dict[tuple[str, ...], list[Columns]] = {}
    for row in rows:
        alike.setdefault(tuple(row), []).append(row)
    for each in alike.values():
        await connection.execute(statement, each)
