"""The outbox: a scheduled briefing goes to each of its channels once for each slot.

A slot is a row with a unique key (briefing, local time, target, part), claimed before anything is
sent; whoever inserts it sends. A refusal is tried again; what nobody can be sure of is not, and is
reported instead.
"""

import asyncio
import logging
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from bot.answer import reply_to
from bot.commands import Newsroom
from bot.config import BriefingSettings, Target
from bot.render import MESSAGES
from bot.reply import Reply
from bot.schedule import Slot, newest_due
from summaries import clock
from summaries.briefing import brief
from summaries.errors import BriefError, Forbidden, Refused, StoreError, Unsure
from summaries.ids import fingerprint
from summaries.model import Briefing, Told
from summaries.query import parse
from summaries.store import State
from summaries.stories import NOBODY

log = logging.getLogger(__name__)

Key = tuple[str, str, str]
Message = Mapping[str, Any]

TAKEN, RELEASED = "taken", "released"
TRIES = 5
TICK = 1.0
GRACE = 2.0
AGAIN_AFTER = 30.0
STORE_AGAIN_AFTER = 2.0
BOOKINGS = 1_800
LAST_WORD = 1.0


class Channel(Protocol):
    """How a platform posts: the port that adapters implement."""

    async def send(self, channel: str, message: Message, key: str) -> str:
        """Post a rendered message and return its id; `key`, 24 characters, names it for ever.

        Raises Refused, Forbidden or Unsure.
        """
        ...


@dataclass(slots=True)
class Outbox:
    """Posts the briefings that are due to those channels that this process can reach."""

    newsroom: Newsroom
    channels: Mapping[str, Channel]
    _turns: dict[Target, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _started: set[tuple[Slot, Target]] = field(default_factory=set)
    _posting: set[asyncio.Task[None]] = field(default_factory=set)
    _last_look: tuple[datetime, frozenset[str]] | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _name: str = field(default_factory=lambda: secrets.token_hex(8))
    _away: bool = False

    async def run(self) -> None:
        """Post what is due, every second, until cancelled."""
        while True:
            self.tick(clock.now())
            await asyncio.sleep(TICK)

    def tick(self, now: datetime) -> None:
        """Start posting every slot that is due and that was not started here before.

        Slots begin with minutes, so that one look a minute finds them all, and one more whenever
        a channel has come up.
        """
        look = (now.replace(second=0, microsecond=0), frozenset(self.channels))
        if look == self._last_look:
            return
        self._last_look = look
        due = set()
        for briefing in self.newsroom.settings.briefings:
            slot = newest_due(briefing, now)
            if slot is None:
                continue
            for target in briefing.to:
                if target.platform not in self.channels:
                    continue
                due.add((slot, target))
                if (slot, target) not in self._started:
                    task = asyncio.create_task(self._post(briefing, slot, target))
                    self._posting.add(task)
                    task.add_done_callback(self._posting.discard)
        self._started = due

    async def close(self) -> None:
        """Let what is being sent arrive, for a few seconds; what has not begun is left undone."""
        self._stopping.set()
        if self._posting:
            _, late = await asyncio.wait(self._posting, timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def post(self, briefing: BriefingSettings, slot: Slot, target: Target) -> str:
        """Post one slot to one channel, and say what became of it: the state of its row.

        TAKEN means that another process posts it, or did; RELEASED that it is left for later.
        Raises StoreError and UserError where nothing could be composed; the slot is released then.
        """
        rows, key = self.newsroom.store.deliveries, (briefing.name, slot.local, str(target))
        if not await rows.claim(*key, 0, clock.now(), by=self._name):
            return TAKEN
        try:
            told = await rows.told(str(target), briefing.name)
            made = await compose(self.newsroom, briefing, clock.now(), told)
        except BaseException:
            await self._book(lambda: rows.release(*key, 0))
            raise
        shown = [article.id for story in made.stories for article in story.articles]
        passed = [id_ for id_ in made.considered if id_ not in set(shown)]
        reply = posted_reply(briefing, made)
        if reply is None:
            await self._book(
                lambda: rows.finish(
                    *key, 0, State.SKIPPED, clock.now(), passed=passed, reason="nothing new"
                )
            )
            return State.SKIPPED
        messages = MESSAGES[target.platform](reply)
        for part, message in enumerate(messages):
            if part:
                await self._book(partial(rows.claim, *key, part, clock.now()))
            # Until the last part is there, nothing counts as told: rather again than never.
            ends = part == len(messages) - 1
            booked = (shown, passed) if ends else ((), ())
            state = await self._deliver(key, part, target, message, *booked)
            if state is not State.SENT:
                return state
        return State.SENT

    async def _post(self, briefing: BriefingSettings, slot: Slot, target: Target) -> None:
        """Post a slot when its channel's turn comes; after a failure it is tried again later."""
        try:
            async with self._turns[target]:
                if self._stopping.is_set():
                    return
                state = await self.post(briefing, slot, target)
            self._away = False
            if state is not TAKEN:
                log.info("%s of %s to %s: %s", briefing.name, slot.local, target, state)
        except StoreError as error:
            self._complain(error)
            await self._look_again(slot, target, STORE_AGAIN_AFTER)
        except BriefError as error:
            log.error("%s of %s to %s: %s", briefing.name, slot.local, target, error)
            await self._look_again(slot, target, AGAIN_AFTER)
        except Exception:
            log.exception("%s of %s to %s failed", briefing.name, slot.local, target)

    async def _deliver(
        self,
        key: Key,
        part: int,
        target: Target,
        message: Message,
        shown: Sequence[str],
        passed: Sequence[str],
    ) -> str:
        """Send one claimed part and record what became of it."""
        rows = self.newsroom.store.deliveries
        sent, state, reason = None, State.SENT, None
        try:
            sent = await self._send(target, message, fingerprint(*key, str(part)))
        except Refused as error:
            if self._stopping.is_set() and not part:
                await self._book(lambda: rows.release(*key, part))
                return RELEASED
            state, reason = State.FAILED, str(error)
        except Forbidden as error:
            state, reason = State.FAILED, str(error)
        except Unsure as error:
            state, reason = State.UNSURE, str(error)
        except asyncio.CancelledError:
            state, reason = State.UNSURE, "the bot was stopped before an answer came"
        except Exception as error:
            log.exception("a fault while sending to %s", target)
            state, reason = State.UNSURE, f"a fault here: {error}"
        if reason:
            log.error("%s of %s to %s is %s: %s", *key, state, reason)
        if state is State.FAILED:
            shown = passed = ()
        now = clock.now()
        await self._book(
            lambda: rows.finish(
                *key,
                part,
                state,
                now,
                message_id=sent,
                articles=shown,
                passed=passed,
                reason=reason,
            )
        )
        return state

    async def _book(self, change: Callable[[], Awaitable[object]]) -> None:
        """Write down what became of a part, trying again while the store is away, about an hour.

        Else a slot would stay claimed though nothing was sent, or a channel be told the same
        stories again. At the stop there is one last try.
        """
        for _ in range(BOOKINGS):
            last = self._stopping.is_set()
            try:
                async with asyncio.timeout(LAST_WORD if last else None):
                    await change()
                    return
            except (StoreError, TimeoutError) as error:
                self._complain(error)
            if last:
                break
            await self._pause(STORE_AGAIN_AFTER)
        log.error("what became of a slot could not be written down")

    def _complain(self, error: Exception) -> None:
        """Say it once of an outage, however many slots it holds up."""
        if not self._away:
            log.error("briefings wait until the store answers: %s", error)
        self._away = True

    async def _look_again(self, slot: Slot, target: Target, seconds: float) -> None:
        """Let a slot that was not posted be found again, if it is the newest one still."""
        await self._pause(seconds)
        self._started.discard((slot, target))
        self._last_look = None

    async def _send(self, target: Target, message: Message, key: str) -> str:
        channel = self.channels[target.platform]
        for attempt in range(1, TRIES + 1):
            if self._stopping.is_set() and attempt > 1:
                break
            try:
                return await channel.send(target.channel, message, key)
            except Refused as error:
                if attempt == TRIES:
                    raise
                log.warning("%s refused a message (%s), trying again", target, error)
                await self._pause(error.retry_after * attempt)
        raise Refused("the bot is stopping")

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


async def compose(
    newsroom: Newsroom, briefing: BriefingSettings, now: datetime, told: Told
) -> Briefing:
    """What a scheduled briefing says to a channel that knows what is in `told`."""
    query = parse(briefing.query, newsroom.grammar, now)
    chosen = newsroom.options(briefing.stories)
    return await brief(query, newsroom.store, chosen, now, told, widen=told == NOBODY)


def posted_reply(briefing: BriefingSettings, made: Briefing) -> Reply | None:
    """The message that a channel gets; None where there is nothing new and it wants silence.

    It has no buttons: their commands would not know what the channel was told.
    """
    if not made.stories and briefing.when_empty == "skip":
        return None
    return replace(reply_to(made, briefing.zone, title=briefing.name), buttons=())
