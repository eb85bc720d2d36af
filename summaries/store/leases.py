"""Which worker posts to which channel: a channel is leased as a whole, so that order is kept.

Statements that lock several channels lock them in the order of their names, else two of them
might wait for each other.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, false, func, or_, select, update

from summaries.store.database import Database
from summaries.store.outbox import OPEN
from summaries.store.schema import channels, deliveries, seconds


class Leases:
    """The holders of channels; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(
        self, holder: str, platforms: Collection[str], now: datetime, lease: timedelta, limit: int
    ) -> list[str]:
        """Lease channels of these platforms that something waits for, the longest due first.

        They are the holder's until `now + lease`, and nobody else's. Channels that are held, or
        are to be tried again later, are left alone.
        """
        waiting = _waiting(platforms, now).limit(limit)
        async with self._database.read() as connection:
            if (await connection.execute(waiting)).first() is None:
                return []
        async with self._database.write() as connection:
            locking = waiting.with_for_update(of=channels, skip_locked=True)
            targets = list(await connection.scalars(locking))
            leased = update(channels).where(channels.c.target.in_(targets))
            values = {"holder": holder, "lease_until": seconds(now + lease)}
            await connection.execute(leased.values(values))
        return targets

    async def lapsed(self, now: datetime) -> dict[str, list[str]]:
        """The holders whose leases have run out, and their channels."""
        query = select(channels.c.holder, channels.c.target).where(*_lapsed(now))
        found: dict[str, list[str]] = {}
        async with self._database.read() as connection:
            for holder, target in await connection.execute(query.order_by(channels.c.target)):
                found.setdefault(holder, []).append(target)
        return found

    async def evict(self, holder: str, now: datetime) -> None:
        """Free the channels of a holder whose leases have run out; it must be known to be dead."""
        lost = select(channels.c.target).where(channels.c.holder == holder, *_lapsed(now))
        await self._update(lost, holder=None, lease_until=None)

    async def renew(self, holder: str, now: datetime, lease: timedelta) -> None:
        """Make all leases of a holder anew."""
        held = select(channels.c.target).where(channels.c.holder == holder)
        await self._update(held, lease_until=seconds(now + lease))

    async def _update(self, chosen: Select[str], **values: object) -> None:
        locked = chosen.order_by(channels.c.target).with_for_update()
        async with self._database.write() as connection:
            query = update(channels).where(channels.c.target.in_(locked))
            await connection.execute(query.values(values))


def _waiting(platforms: Collection[str], now: datetime) -> Select[str]:
    """The free channels that have something to post."""
    places = (channels.c.target.startswith(f"{each}:", autoescape=True) for each in platforms)
    earliest = (
        select(deliveries.c.target, func.min(deliveries.c.due).label("due"))
        .where(deliveries.c.state.in_(sorted(OPEN)))
        .group_by(deliveries.c.target)
        .subquery()
    )
    return (
        select(channels.c.target)
        .join(earliest, earliest.c.target == channels.c.target)
        .where(
            channels.c.holder.is_(None),
            or_(channels.c.retry_at.is_(None), channels.c.retry_at <= seconds(now)),
            or_(false(), *places),
        )
        .order_by(earliest.c.due, channels.c.target)
    )


def _lapsed(now: datetime) -> tuple[ColumnElement[bool], ...]:
    # Seconds are whole: a lease may last until the end of the one that it names.
    return channels.c.holder.is_not(None), channels.c.lease_until < seconds(now)
