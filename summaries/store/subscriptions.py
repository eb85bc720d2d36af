"""How far each briefing of each channel is: so that a slot tells what came in after the last."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, text

from summaries.store.codec import storable
from summaries.store.database import Database
from summaries.store.schema import moment, seconds, subscriptions

_ENROL = text(
    "INSERT INTO subscriptions (briefing, target, since, passed) "
    "VALUES (:briefing, :target, :since, '[]') ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A briefing in a channel, enrolled at `since`.

    Its slots are planned up to the one due at `planned`. What came in until `covered` was told or
    weighed; `passed` are ids that were weighed last and not told.
    """

    since: datetime
    planned: datetime | None = None
    covered: datetime | None = None
    passed: frozenset[str] = frozenset()


class Subscriptions:
    """The subscriptions; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enrol(self, pairs: Iterable[tuple[str, str]], now: datetime) -> None:
        """Take up pairs of briefing and target; those that are known stay as they are."""
        rows = [
            {"briefing": storable(briefing), "target": storable(target), "since": seconds(now)}
            for briefing, target in sorted(pairs)
        ]
        if rows:
            async with self._database.write() as connection:
                await connection.execute(_ENROL, rows)

    async def get(self, briefing: str, target: str) -> Subscription | None:
        """How far a briefing of a channel is; None where it was never enrolled."""
        query = select(subscriptions).where(
            subscriptions.c.briefing == storable(briefing),
            subscriptions.c.target == storable(target),
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _to_subscription(row) if row else None

    async def all(self) -> dict[tuple[str, str], Subscription]:
        """Every subscription that was ever enrolled, by briefing and target."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(subscriptions))).all()
        return {(row.briefing, row.target): _to_subscription(row) for row in rows}


def _to_subscription(row: Row[Any]) -> Subscription:
    """The subscription of a whole row."""
    return Subscription(
        since=moment(row.since),
        planned=moment(row.planned),
        covered=moment(row.covered),
        passed=frozenset(row.passed),
    )
