"""The briefings that somebody paused."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text, update

from summaries.store.codec import storable
from summaries.store.database import Database
from summaries.store.schema import moment, pauses, seconds

_PAUSE = text(
    "INSERT INTO pauses (briefing, paused_at, by) VALUES (:briefing, :now, :by) "
    "ON CONFLICT (briefing) DO UPDATE SET paused_at = excluded.paused_at, by = excluded.by, "
    "resumed_at = NULL WHERE pauses.resumed_at IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Pause:
    """The newest pause of a briefing; it lasts while `resumed_at` is None."""

    briefing: str
    paused_at: datetime
    by: str
    resumed_at: datetime | None


class Pauses:
    """The pauses; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pause(self, briefing: str, by: str, now: datetime) -> bool:
        """Pause a briefing; False where it was paused before."""
        values = {"briefing": storable(briefing), "by": storable(by), "now": seconds(now)}
        async with self._database.write() as connection:
            return (await connection.execute(_PAUSE, values)).rowcount == 1

    async def resume(self, briefing: str, now: datetime) -> bool:
        """Resume a briefing; False where it was not paused."""
        paused = pauses.c.briefing == storable(briefing), pauses.c.resumed_at.is_(None)
        query = update(pauses).where(*paused).values(resumed_at=seconds(now))
        async with self._database.write() as connection:
            return (await connection.execute(query)).rowcount == 1

    async def on(self) -> frozenset[str]:
        """The briefings that are paused."""
        paused = select(pauses.c.briefing).where(pauses.c.resumed_at.is_(None))
        async with self._database.read() as connection:
            return frozenset(await connection.scalars(paused))

    async def all(self) -> dict[str, Pause]:
        """The newest pause of each briefing that ever had one, also if it is over."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(pauses).order_by(pauses.c.briefing))).all()
        return {
            row.briefing: Pause(row.briefing, moment(row.paused_at), row.by, moment(row.resumed_at))
            for row in rows
        }
