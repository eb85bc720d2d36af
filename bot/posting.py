"""One row of the outbox: composed, frozen, sent, and looked for where its answer was lost."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.briefings import ALERTS
from bot.channel import Channel, Message
from bot.config import BriefingSettings, Target
from bot.editions import Editions
from bot.gate import Gate
from bot.schedule import is_quiet
from summaries.errors import BriefError, Forbidden, Refused, StoreError, Unsure
from summaries.ids import fingerprint
from summaries.store import Delivery, State, Store

log = logging.getLogger(__name__)

LONGEST_WAIT = 300.0
"""Seconds until what was refused again and again is tried once more."""

QUIET_CHECK = 15.0
COMPOSE_AGAIN = 30.0
ASKED = timedelta(hours=1)
"""For how long a post that somebody asked for is tried."""

ROLLING = timedelta(minutes=10)
"""For how long another worker's config.yaml may name what this one's does not."""

LONGEST = timedelta(days=1)
"""For how long a platform's wish is heeded, an alert tried, and a lost post looked for."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Seconds that a request may last; a channel is held for without a sign of life; and that pass
    after a lost answer before the message is looked for.
    """

    deadline: float = 15.0
    lease: float = 40.0
    settle: float = 10.0

    @property
    def held(self) -> timedelta:
        """The lease as the store takes it."""
        return timedelta(seconds=self.lease)


@dataclass(frozen=True, slots=True)
class Wait:
    """The row is not done with: go on in its channel after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Later:
    """The slot is not to go out yet; what comes after it may meanwhile."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Closed:
    """The row is done with."""

    state: State


@dataclass(frozen=True, slots=True)
class Lost:
    """The channel is another worker's by now."""


Progress = Wait | Later | Closed | Lost | None
"""What became of one step of a row; None: it goes on at once."""


@dataclass(slots=True)
class Posting:
    """Takes the rows of one channel on, for as long as `holder` holds it."""

    store: Store
    editions: Editions
    briefings: Mapping[str, BriefingSettings]
    channel: Channel
    gate: Gate
    target: Target
    holder: str
    terms: Terms
    is_paused: Callable[[str], bool]
    last: float = 0.0

    async def advance(self, row: Delivery) -> Progress:
        """Take a row one step on; raises StoreError."""
        now = await self.store.deliveries.now()
        if row.state is State.SENDING:
            if self._is_repeatable(row, now):
                return await self._send(row)
            return await self._reconcile(row, now)
        if row.briefing == ALERTS:
            if now > row.due + LONGEST:
                return await self._close(row, State.SKIPPED, now, reason="it is a day old")
            return await self._send(row)
        briefing = self.briefings.get(row.briefing)
        if briefing is None or self.target not in briefing.to:
            if now < row.due + ROLLING:
                return Later(QUIET_CHECK)
            return await self._close(row, State.SKIPPED, now, reason=_GONE, report=True)
        if kept_back := await self._kept_back(row, briefing, now):
            return kept_back
        if row.state is State.PLANNED:
            return await self._compose(row, briefing, now)
        return await self._send(row)

    async def _kept_back(
        self, row: Delivery, briefing: BriefingSettings, now: datetime
    ) -> Progress:
        """What keeps a row that is certainly not posted from going out; None where nothing does."""
        until = row.asked + ASKED if row.asked else row.due + briefing.catch_up
        if now > until:
            # Only of what certainly nothing is there the news come again with the next slot.
            nothing = row.state is State.PLANNED or not (row.asked or row.part)
            state = State.SKIPPED if nothing else State.PARKED
            reason = f"{_TOO_LATE} ({row.reason})" if row.reason else _TOO_LATE
            return await self._close(row, state, now, reason=reason, report=True)
        if row.asked or row.part:
            # The rest of what is half there is not kept back.
            return None
        if is_quiet(briefing, now):
            return Later(QUIET_CHECK)
        if self.is_paused(briefing.name):
            return await self._close(row, State.SKIPPED, now, reason="it is paused")
        return None

    async def _compose(self, row: Delivery, briefing: BriefingSettings, now: datetime) -> Progress:
        """Freeze what the row's slot says, unless there is nothing to say."""
        rows = self.store.deliveries
        try:
            known = await self.store.subscriptions.get(row.briefing, row.target)
            edition = await self.editions.of(briefing, row.slot, row.target, known, now)
        except StoreError:
            raise
        except BriefError as error:
            log.error("%s of %s to %s: %s", row.briefing, row.slot, row.target, error)
            return Wait(COMPOSE_AGAIN)
        passed, covered = edition.passed, edition.covered
        if edition.reply is None:
            why = "nothing new"
            done = await rows.close(
                row, State.SKIPPED, self.holder, now, reason=why, passed=passed, covered=covered
            )
            return Closed(State.SKIPPED) if done else Lost()
        done = await rows.freeze(
            row,
            edition.payloads[self.target.platform],
            self.holder,
            articles=edition.articles,
            passed=passed,
            covered=covered,
        )
        return None if done else Lost()

    async def _send(self, row: Delivery) -> Progress:
        """Post a frozen row; in the database it is under way before anything is sent."""
        await asyncio.sleep(self.last + self.channel.pace - time.monotonic())
        async with self.gate.place():
            begun, now = time.monotonic(), await self.store.deliveries.now()
            if not await self.store.deliveries.begin(row, self.holder, now, self.terms.held):
                return Lost()
            if time.monotonic() > begun + self.terms.lease - self.terms.deadline:
                # It was asleep for so long that another worker may have the channel.
                return None
            self.last = time.monotonic()
            return await self._sent(row, now)

    async def _sent(self, row: Delivery, now: datetime) -> Progress:
        try:
            async with asyncio.timeout(self.terms.deadline):
                id_ = await self.channel.send(self.target.channel, _message(row), _key(row))
        except Refused as error:
            return await self._refused(row, error)
        except Forbidden as error:
            return await self._close(row, State.PARKED, now, reason=str(error), report=True)
        except (Unsure, TimeoutError) as error:
            log.warning("%s of %s to %s: %s", row.briefing, row.slot, row.target, _said(error))
            return Wait(self.terms.settle)
        return await self._close(row, State.SENT, now, message_id=id_)

    async def _refused(self, row: Delivery, error: Refused) -> Progress:
        """It certainly was not posted: again later."""
        if not await self.store.deliveries.refuse(row, self.holder, str(error)):
            return Lost()
        log.warning("%s refused a message (%s)", row.target, error)
        more = min(error.retry_after * (row.tries + 1), LONGEST_WAIT)
        return Wait(min(max(error.retry_after, more), LONGEST.total_seconds()))

    async def _reconcile(self, row: Delivery, now: datetime) -> Progress:
        """Look for a message of which nobody knows whether it was posted."""
        begun = row.begun or now
        try:
            async with asyncio.timeout(self.terms.lease):
                id_ = await self.channel.find(
                    self.target.channel, _message(row), _key(row), begun.timestamp()
                )
        except Forbidden as error:
            if row.briefing != ALERTS:
                return await self._close(row, State.UNSURE, now, reason=str(error), report=True)
            # Better that an admin reads a line twice than not at all.
            id_ = None
        except (Refused, Unsure, TimeoutError) as error:
            if now > begun + LONGEST:
                return await self._close(row, State.UNSURE, now, reason=_said(error), report=True)
            wait = error.retry_after if isinstance(error, Refused) else 0.0
            return Wait(max(wait, self.terms.settle))
        if id_ is None:
            done = await self.store.deliveries.refuse(row, self.holder, "it did not arrive")
            return None if done else Lost()
        return await self._close(row, State.SENT, now, message_id=id_)

    def _is_repeatable(self, row: Delivery, now: datetime) -> bool:
        """Whether the platform would know the message again if it had it."""
        since = (now - row.begun).total_seconds() if row.begun else 0.0
        return since + self.terms.deadline < self.channel.repeatable

    async def _close(
        self,
        row: Delivery,
        state: State,
        now: datetime,
        *,
        message_id: str | None = None,
        reason: str | None = None,
        report: bool = False,
    ) -> Progress:
        if report:
            log.error("%s of %s to %s is %s: %s", row.briefing, row.slot, row.target, state, reason)
        done = await self.store.deliveries.close(
            row, state, self.holder, now, message_id=message_id, reason=reason, report=report
        )
        return Closed(state) if done else Lost()


_GONE = "it is in config.yaml no more"
_TOO_LATE = "it could not be posted in time"


def _message(row: Delivery) -> Message:
    message: Message = json.loads(row.payload or "{}")
    return message


def _key(row: Delivery) -> str:
    return fingerprint(row.briefing, row.slot, row.target, str(row.part))


def _said(error: Exception) -> str:
    return str(error) or "no answer came in time"
