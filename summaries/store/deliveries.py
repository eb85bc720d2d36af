"""What chat needs remembered: which slot was told to whom, and the commands behind buttons.

Briefings, slots (ISO local times) and targets are opaque text here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain

from sqlalchemy import ColumnElement, Row, delete, select, text, update

from summaries.errors import StoreError
from summaries.model import Told
from summaries.store.codec import storable
from summaries.store.database import Database
from summaries.store.schema import commands, deliveries, moment, seconds

_CLAIM = text(
    "INSERT INTO deliveries "
    "(briefing, slot, target, part, state, claimed_at, articles, passed, reason) "
    "VALUES (:briefing, :slot, :target, :part, :state, :claimed_at, '[]', '[]', :reason) "
    "ON CONFLICT DO NOTHING"
)
_KEEP = text(
    "INSERT INTO commands (id, text, created) VALUES (:id, :text, :created) ON CONFLICT DO NOTHING"
)


class State(StrEnum):
    """How far a delivery got: `unsure` may have been posted, `failed` certainly was not."""

    CLAIMED = "claimed"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One part of one slot of a briefing, for one target; `articles` are the ids it told."""

    briefing: str
    slot: str
    target: str
    part: int
    state: State
    claimed_at: datetime
    sent_at: datetime | None
    payload: str | None
    message_id: str | None
    articles: tuple[str, ...]
    reason: str | None


class Deliveries:
    """The outbox's rows; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(
        self,
        briefing: str,
        slot: str,
        target: str,
        part: int,
        now: datetime,
        *,
        by: str | None = None,
    ) -> bool:
        """Claim a part for sending: true for one caller, whoever else tries, and for ever.

        Whoever gives a name of its own is told once more of a claim that it still holds: it cannot
        know of one whose answer was lost with the connection.
        """
        values = {
            "briefing": storable(briefing),
            "slot": slot,
            "target": storable(target),
            "part": part,
            "state": State.CLAIMED.value,
            "claimed_at": seconds(now),
            "reason": by and f"claimed by {by}",
        }
        async with self._database.write() as connection:
            if (await connection.execute(_CLAIM, values)).rowcount == 1:
                return True
            held = select(deliveries.c.state, deliveries.c.reason).where(
                *_is(briefing, slot, target, part)
            )
            row = (await connection.execute(held)).one_or_none()
            mine = (State.CLAIMED.value, values["reason"])
            return by is not None and row is not None and tuple(row) == mine

    async def finish(
        self,
        briefing: str,
        slot: str,
        target: str,
        part: int,
        state: State,
        now: datetime,
        *,
        message_id: str | None = None,
        payload: str | None = None,
        articles: Iterable[str] = (),
        passed: Iterable[str] = (),
        reason: str | None = None,
    ) -> None:
        """Record what became of a claimed part.

        `articles` are those that count as told by it, `passed` those that it found less worth it.
        """
        query = update(deliveries).where(*_is(briefing, slot, target, part))
        values = {
            "state": state.value,
            "sent_at": seconds(now) if state is State.SENT else None,
            "message_id": message_id,
            "payload": payload and storable(payload),
            "articles": list(articles),
            "passed": list(passed),
            "reason": reason and storable(reason),
        }
        async with self._database.write() as connection:
            if (await connection.execute(query.values(values))).rowcount != 1:
                raise StoreError(f"{briefing} at {slot} for {target} was never claimed.")

    async def release(self, briefing: str, slot: str, target: str, part: int) -> None:
        """Give a claim back, where certainly nothing was sent: whoever comes next may claim it."""
        query = delete(deliveries).where(
            *_is(briefing, slot, target, part), deliveries.c.state == State.CLAIMED.value
        )
        async with self._database.write() as connection:
            await connection.execute(query)

    async def told(self, target: str, briefing: str) -> Told:
        """What a target knows when this briefing's next slot comes.

        It was told by any briefing, but what one passed over, another may still tell. Once it
        had something to tell, it counts the backlog of a new source as known.
        """
        columns = (deliveries.c.briefing, deliveries.c.articles, deliveries.c.passed)
        query = select(*columns).where(deliveries.c.target == storable(target))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        mine = [row for row in rows if row.briefing == storable(briefing)]
        return Told(
            _union(row.articles for row in rows),
            _union(row.passed for row in mine),
            backlog=any(row.articles or row.passed for row in mine),
        )

    async def recent(self, limit: int = 50) -> list[Delivery]:
        """The deliveries that were claimed last, the latest first."""
        order = (deliveries.c.claimed_at.desc(), deliveries.c.slot.desc(), deliveries.c.part.desc())
        async with self._database.read() as connection:
            query = select(deliveries).order_by(*order).limit(limit)
            return [_delivery(row) for row in await connection.execute(query)]

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


def _is(briefing: str, slot: str, target: str, part: int) -> Iterator[ColumnElement[bool]]:
    """The conditions that one row alone fulfils."""
    yield deliveries.c.briefing == storable(briefing)
    yield deliveries.c.slot == slot
    yield deliveries.c.target == storable(target)
    yield deliveries.c.part == part


def _union(lists: Iterable[list[str]]) -> frozenset[str]:
    return frozenset(chain.from_iterable(lists))


def _delivery(row: Row[tuple[object, ...]]) -> Delivery:
    return Delivery(
        briefing=row.briefing,
        slot=row.slot,
        target=row.target,
        part=row.part,
        state=State(row.state),
        claimed_at=moment(row.claimed_at),
        sent_at=moment(row.sent_at),
        payload=row.payload,
        message_id=row.message_id,
        articles=tuple(row.articles),
        reason=row.reason,
    )
