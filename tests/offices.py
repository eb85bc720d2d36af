"""An office that posts briefings: a real store, and a chat platform that is one in memory."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot import config
from bot.channel import Message
from bot.commands import Newsroom
from bot.config import BriefingSettings, Settings, Target
from bot.delivery import Outbox
from bot.posting import Terms
from bot.schedule import Slot
from summaries import clock
from summaries.errors import DeliveryError, Forbidden, Unsure
from summaries.model import Article
from summaries.store import State, Store
from tests.news import HOUR, article, put
from tests.program import write_config

TRADE = Target("slack", "#trade")
DESK = Target("discord", "1")
MORNING = BriefingSettings(
    name="morning",
    query="china trade",
    zone=ZoneInfo("UTC"),
    cron="0 0 1 1 *",
    first_run="some",
    to=(TRADE, DESK),
)
ADMINS = Target("slack", "#bot-admin")
SOON = 0.01


QUICK = Terms(deadline=1.0, lease=4.0, settle=0.2)
"""Terms for tests that wait for them to run out."""


class Wall:
    """A chat platform that keeps what is posted, but has a trouble (or None) with each at first.

    After Unsure the message is there if `keeps`; `searchable` says whether it may be looked for.
    """

    at_once, a_second, pace, repeatable = 8, 1_000.0, 0.0, 0.0

    def __init__(
        self,
        *troubles: DeliveryError | None,
        seconds: float = 0,
        keeps: bool = True,
        searchable: bool = True,
    ) -> None:
        self.troubles = list(troubles)
        self.seconds = seconds
        self.keeps = keeps
        self.searchable = searchable
        self.posted: list[tuple[str, Mapping[str, Any], str]] = []
        self.keys: list[str] = []

    async def send(self, channel: str, message: Mapping[str, Any], key: str) -> str:
        self.keys.append(key)
        await asyncio.sleep(self.seconds)
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is None or (isinstance(trouble, Unsure) and self.keeps):
            self.posted.append((channel, message, key))
        if trouble:
            raise trouble
        return f"m{len(self.posted)}"

    async def find(self, _channel: str, _message: Message, key: str, _since: float) -> str | None:
        if not self.searchable:
            raise Forbidden("missing_scope")
        found = [at for at, post in enumerate(self.posted, 1) if post[2] == key]
        return f"m{found[0]}" if found else None

    async def begun(self) -> bool:
        return bool(self.keys)

    @property
    def text(self) -> str:
        return str([message for _, message, _ in self.posted])


@dataclass(frozen=True, slots=True)
class Office:
    """A store that several processes may post from."""

    store: Store
    settings: Settings

    def box(
        self, *briefings: BriefingSettings, alerts: Target | None = None, **walls: Wall
    ) -> Outbox:
        """The outbox of one more process, with these briefings and platforms."""
        made = {"briefings": briefings or (MORNING,), "alerts": alerts}
        scheduled = self.settings.model_copy(update=made)
        return Outbox(Newsroom(scheduled, self.store), walls, walls, QUICK)

    async def hears(self, *articles: Article, now: datetime | None = None) -> None:
        """Articles come in; if no time is given, an hour ago."""
        await put(self.store, articles, now or clock.now() - HOUR)

    async def rows(self) -> list[tuple[str, int, State]]:
        """Target, part and state of every delivery."""
        return sorted((r.target, r.part, r.state) for r in await self.store.deliveries.recent())


@asynccontextmanager
async def opened_office(folder: Path) -> AsyncIterator[Office]:
    """An office in that folder, closed at the end."""
    settings = config.load(write_config(folder, sources={}), {})
    store = await Store.open(settings.database)
    try:
        yield Office(store, settings)
    finally:
        await store.close()


def slot(minute: int = 30, briefing: str = "morning") -> Slot:
    return Slot(clock.now(), f"2026-11-21T08:{minute:02}", briefing)


def news(id_: str, text: str, outlet: str = "Caspian Ledger") -> Article:
    return article(id_, text, published=clock.now() - HOUR, outlet=outlet)


def long_news() -> list[Article]:
    """Ten stories with long sentences, which no single message of Discord's can hold."""
    subjects = "harvests satellites bridges museums fish choirs glaciers linen violins tunnels"
    return [
        news(each, " ".join(f"China trade in {each}, {'and so on, ' * 25}{n}." for n in range(9)))
        for each in subjects.split()
    ]


async def posted(box: Outbox, briefing: BriefingSettings, slot: Slot, target: Target) -> State:
    """Post a slot to a channel, and say what became of it."""
    return (await box.post(briefing, slot, target)).state


@asynccontextmanager
async def running(box: Outbox) -> AsyncIterator[None]:
    """The outbox while it runs."""
    task = asyncio.create_task(box.run())
    yield
    await box.close()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
