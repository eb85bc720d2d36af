"""The outbox: a scheduled briefing goes to each of its channels once for each slot.

Every worker plans the same rows, and the database takes each once. A channel with open rows is held
by one worker at a time, under a lease and a lock that dies with that worker; it takes the rows on
in their order (`posting.py`), so that a channel's trouble delays no other channel.
"""

import asyncio
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bot import alerts, planning
from bot.channel import Channel
from bot.commands import Newsroom
from bot.config import BriefingSettings, Target
from bot.editions import Editions
from bot.gate import Gate
from bot.posting import Closed, Later, Lost, Posting, Terms, Wait
from bot.schedule import Slot
from summaries.errors import StoreError
from summaries.store import OPEN, Delivery, Notice, Planned, Presence, State

log = logging.getLogger(__name__)

TICK = 1.0
GATHERING = 0.1
LOOK_ROUND = 5.0
"""Seconds from one look for workers that died to the next."""
STORE_AGAIN_AFTER = 2.0
AT_ONCE = 500
"""Channels of one platform that a worker holds at one time; most of that is waiting."""
GRACE = 2.0
LAST_WORD = 1.0
BY_HAND = 60.0
"""Seconds that somebody who posts by hand waits for it."""


@dataclass(slots=True)
class Outbox:
    """Posts the briefings that are due to the channels of some platforms.

    `channels` has those platforms that can be reached by now; of the others rows wait.
    """

    newsroom: Newsroom
    platforms: Collection[str]
    channels: Mapping[str, Channel]
    terms: Terms = field(default_factory=Terms)
    _editions: Editions = field(init=False)
    _gates: dict[str, Gate] = field(default_factory=dict)
    _serving: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _last: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _ended: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _unreleased: set[tuple[str, str]] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)
    _paused: frozenset[str] = frozenset()
    _planned: datetime | None = None
    _looked_round: float = 0.0
    _away: bool = False

    def __post_init__(self) -> None:
        self._editions = Editions(self.newsroom)

    async def run(self) -> None:
        """Post what is due, until it is closed; while the store is away, wait for it."""
        while not self._stopping.is_set():
            try:
                async with self.newsroom.store.presence() as me:
                    await self._keep_on(me)
            except StoreError as error:
                self._complain(error)
                await asyncio.sleep(STORE_AGAIN_AFTER)
            except Exception:
                log.exception("a fault in the outbox; it goes on")
                await asyncio.sleep(STORE_AGAIN_AFTER)

    async def close(self) -> None:
        """Let what is being sent arrive, for a few seconds; what has not begun is left undone."""
        self._stopping.set()
        if self._serving:
            _, late = await asyncio.wait(self._serving.values(), timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def post(self, briefing: BriefingSettings, slot: Slot, target: Target) -> Delivery:
        """Post one slot to one channel now; gives a row of it that did not arrive, if there is one.

        Its row is still open if that takes longer than a minute, or if another worker holds the
        channel, which then posts it. Raises StoreError.
        """
        store, to = self.newsroom.store, str(target)
        await store.subscriptions.enrol([(briefing.name, to)], slot.due)
        now = await store.deliveries.now()
        await store.deliveries.ask(Planned(briefing.name, slot.local, to, slot.due), now)
        end = time.monotonic() + BY_HAND
        async with store.presence() as me:
            while True:
                name, now = await me.check(), await store.deliveries.now()
                self._paused = await store.pauses.on()
                await self._take_over(me, now)
                if await store.deliveries.hold(to, name, now, self.terms.held):
                    await self._serve(to, name)
                made = await store.deliveries.of(briefing.name, slot.local, to)
                waiting = [row for row in made if row.state in OPEN]
                if not waiting or time.monotonic() > end:
                    failed = [row for row in made if row.state is not State.SENT]
                    return next(iter((*waiting, *failed)), made[-1])
                await asyncio.sleep(TICK)

    @property
    def _scheduled(self) -> planning.Pairs:
        return planning.pairs(self.newsroom.settings.briefings, self.platforms)

    async def _keep_on(self, me: Presence) -> None:
        rows = self.newsroom.store.deliveries
        while not self._stopping.is_set():
            self._ended.clear()
            name, now = await me.check(), await rows.now()
            self._away = False
            self._paused = await self.newsroom.store.pauses.on()
            await self._plan(now)
            for target, holder in [*self._unreleased]:
                if target not in self._serving:
                    await rows.release(target, holder)
                    self._unreleased.discard((target, holder))
            if time.monotonic() > self._looked_round + min(LOOK_ROUND, self.terms.lease / 4):
                self._looked_round = time.monotonic()
                await rows.renew(name, now, self.terms.held)
                await self._take_over(me, now)
                await self._report(now)
            await self._claim(name, now)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), TICK)
                # Those that end together are followed together: a claim looks at all open rows.
                await asyncio.sleep(GATHERING)

    async def _plan(self, now: datetime) -> None:
        """Write down the slots that have come since the last look: slots begin with minutes."""
        minute = now.replace(second=0, microsecond=0)
        if minute != self._planned:
            await planning.write_down(self.newsroom.store, self._scheduled, now)
            self._planned = minute

    async def _report(self, now: datetime) -> None:
        """Tell the admins what was not posted: in the log, and by whoever reaches their channel."""
        to = self.newsroom.settings.alerts

        def tell(rows: Sequence[Delivery]) -> list[Notice]:
            return [alert.notice(to) for alert in alerts.of(rows)] if to else []

        rows = await self.newsroom.store.deliveries.report(tell, now)
        for alert in alerts.of(rows):
            log.error("%s", alert.text)

    async def _tell(self, alert: alerts.Alert, now: datetime) -> None:
        """Tell the admins of a worker, once."""
        if alert.key not in self._told:
            log.error("%s", alert.text)
            if to := self.newsroom.settings.alerts:
                await self.newsroom.store.deliveries.notify(alert.notice(to), now)
            self._told.add(alert.key)

    async def _take_over(self, me: Presence, now: datetime) -> None:
        """Free the channels of workers that died; one that lives, but says nothing, is reported."""
        rows = self.newsroom.store.deliveries
        for holder, targets in (await rows.lapsed(now)).items():
            if await me.is_free(holder):
                await rows.evict(holder, now)
            elif holder != me.name:
                await self._tell(alerts.held(holder, targets), now)
            else:
                self._unreleased.update((each, holder) for each in targets)

    async def _claim(self, holder: str, now: datetime) -> None:
        """Take channels on; one platform's leave the other's their places."""
        rows = self.newsroom.store.deliveries
        busy = Counter(target.partition(":")[0] for target in self._serving)
        for platform in [*self.channels]:
            if (free := AT_ONCE - busy[platform]) > 0:
                for target in await rows.claim(holder, [platform], now, self.terms.held, free):
                    self._begin(target, holder)

    def _begin(self, target: str, holder: str) -> None:
        if target in self._serving:
            # It has just been given back, by a task that is about to end.
            self._unreleased.add((target, holder))
            return
        task = asyncio.create_task(self._serve(target, holder))
        self._serving[target] = task
        task.add_done_callback(partial(self._done, target))

    def _done(self, target: str, _task: asyncio.Task[None]) -> None:
        del self._serving[target]
        self._ended.set()

    async def _serve(self, target: str, holder: str) -> None:
        """Take the rows of a channel that we hold on, as far as they go, and give it back."""
        seconds = 0.0
        try:
            seconds = await self._work_off(target, holder)
        except StoreError as error:
            self._complain(error)
            seconds = STORE_AGAIN_AFTER
        except asyncio.CancelledError:
            # What was being sent may arrive yet, and must not be looked for before.
            seconds = self.terms.settle
            raise
        except Exception:
            log.exception("a fault while posting to %s", target)
            seconds = self.terms.lease
        finally:
            await self._release(target, holder, seconds)

    async def _work_off(self, target: str, holder: str) -> float:
        """Go through the open rows; gives the seconds after which there is more to do."""
        rows = self.newsroom.store.deliveries
        posting = self._posting(target, holder)
        later: dict[tuple[str, str], float] = {}
        while not self._stopping.is_set():
            waiting = await rows.open(target)
            row = next((row for row in waiting if (row.briefing, row.slot) not in later), None)
            if row is None:
                break
            match await posting.advance(row):
                case Wait(seconds):
                    return seconds
                case Later(seconds):
                    later[row.briefing, row.slot] = seconds
                case Lost():
                    log.warning("%s is another worker's by now", target)
                    break
                case Closed(state):
                    log.info("%s of %s to %s: %s", row.briefing, row.slot, target, state)
                    self._last[target] = posting.last
        return min(later.values(), default=0.0)

    def _posting(self, target: str, holder: str) -> Posting:
        platform, _, channel = target.partition(":")
        port = self.channels[platform]
        gate = self._gates.setdefault(platform, Gate(port.at_once, port.a_second))
        return Posting(
            store=self.newsroom.store,
            editions=self._editions,
            briefings={briefing.name: briefing for briefing in self.newsroom.settings.briefings},
            channel=port,
            gate=gate,
            target=Target(platform, channel),
            holder=holder,
            terms=self.terms,
            is_paused=lambda briefing: briefing in self._paused,
            last=self._last[target],
        )

    async def _release(self, target: str, holder: str, seconds: float) -> None:
        """Give a channel back; what cannot be written down now, is later."""
        rows = self.newsroom.store.deliveries
        try:
            async with asyncio.timeout(LAST_WORD if self._stopping.is_set() else None):
                again = await rows.now() + timedelta(seconds=seconds) if seconds else None
                await rows.release(target, holder, again)
        except (StoreError, TimeoutError):
            self._unreleased.add((target, holder))

    def _complain(self, error: StoreError) -> None:
        """Say it once of an outage, however many channels it holds up."""
        if not self._away:
            log.error("briefings wait until the store answers: %s", error)
        self._away = True
