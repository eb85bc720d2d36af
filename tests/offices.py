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
from bot.commands import Newsroom
from bot.config import BriefingSettings, Settings, Target
from bot.delivery import Outbox
from bot.schedule import Slot
from summaries import clock
from summaries.errors import DeliveryError
from summaries.model import Article
from summaries.store import State, Store
from tests.news import HOUR, article, put
from tests.program import write_config

TRADE = Target("slack", "#trade")
DESK = Target("discord", "1")
MORNING = BriefingSettings(
    name="morning", query="china trade", zone=ZoneInfo("UTC"), cron="* * * * *", to=(TRADE,)
)
SOON = 0.01


class Wall:
    """A chat platform that keeps what is posted, but has a trouble (or None) with each at first."""

    def __init__(self, *troubles: DeliveryError | None, seconds: float = 0) -> None:
        self.troubles = list(troubles)
        self.seconds = seconds
        self.posted: list[tuple[str, Mapping[str, Any], str]] = []
        self.keys: list[str] = []

    async def send(self, channel: str, message: Mapping[str, Any], key: str) -> str:
        self.keys.append(key)
        await asyncio.sleep(self.seconds)
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble:
            raise trouble
        self.posted.append((channel, message, key))
        return f"m{len(self.posted)}"

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

    def box(self, *briefings: BriefingSettings, **walls: Wall) -> Outbox:
        """The outbox of one more process, with these briefings and platforms."""
        scheduled = self.settings.model_copy(update={"briefings": briefings})
        return Outbox(Newsroom(scheduled, self.store), walls)

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
