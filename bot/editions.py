"""What a slot of a scheduled briefing says: composed once for all channels that know the same."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate

from bot.answer import reply_to
from bot.commands import Newsroom
from bot.config import BriefingSettings
from bot.once import Once
from bot.render import MESSAGES
from bot.reply import Reply, Section
from summaries.briefing import look_up, tell
from summaries.model import Briefing, Matches, Told
from summaries.query import parse
from summaries.store import Subscription

LATE = timedelta(minutes=10)
"""How long after it was first seen an article may come into the store, by any process's clock."""

KEPT = 256
"""Searches, and editions, that are remembered."""


@dataclass(frozen=True, slots=True)
class Edition:
    """What one channel, and others that know the same, are told in one slot.

    `reply` is None where there is nothing new and the briefing wants silence; `payloads` are the
    bodies of the messages that say it, as JSON, by platform. `covered` is until when what came in
    was weighed, `passed` what came in shortly before that and was not worth telling.
    """

    briefing: Briefing
    reply: Reply | None
    payloads: Mapping[str, tuple[str, ...]]
    articles: tuple[str, ...]
    passed: tuple[str, ...]
    covered: datetime


@dataclass(slots=True)
class Editions:
    """Composes, and remembers for the other channels of a slot."""

    newsroom: Newsroom
    _matches: Once[Matches] = field(default_factory=lambda: Once(KEPT))
    _editions: Once[Edition] = field(default_factory=lambda: Once(KEPT))

    async def of(
        self,
        briefing: BriefingSettings,
        slot: str,
        target: str,
        known: Subscription | None,
        now: datetime,
    ) -> Edition:
        """What a slot says to a target; raises QueryError and StoreError."""
        after = _after(briefing, slot, known)
        # Channels that are about equally far share a search.
        began = after and after.replace(minute=0, second=0, microsecond=0)
        matches = await self._matches.get(
            (briefing.name, slot, began), lambda: self._look_up(briefing, now, began)
        )
        told = await self._told(target, matches, known, after)
        return await self._editions.get(
            (briefing.name, slot, told), lambda: self._compose(briefing, slot, matches, told)
        )

    async def _look_up(
        self, briefing: BriefingSettings, now: datetime, began: datetime | None
    ) -> Matches:
        room = self.newsroom
        query = parse(briefing.query, room.grammar, now)
        options = room.options(briefing.stories)
        if began:
            # What came in since may be as old as what came in right then.
            options = replace(options, since=options.since + (now - began))
        return await look_up(query, room.store, options, now, widen=began is None)

    async def _told(
        self, target: str, matches: Matches, known: Subscription | None, after: datetime | None
    ) -> Told:
        """What the target knows, of what was found: so that many targets know the same."""
        hits = matches.found.hits
        passed = frozenset(hit.id for hit in hits) & (known.passed if known else frozenset())
        news = Told(passed=passed, after=after)
        if all(hit in news for hit in hits):
            return news
        told = await self.newsroom.store.deliveries.told(target, [hit.id for hit in hits])
        return replace(news, articles=told)

    async def _compose(
        self, briefing: BriefingSettings, slot: str, matches: Matches, told: Told
    ) -> Edition:
        options = self.newsroom.options(briefing.stories)
        made = await tell(matches, self.newsroom.store, options, told)
        reply = posted_reply(briefing, slot, made)
        told_now = made.stories[: len(reply.sections)] if reply else ()
        articles = tuple(article.id for story in told_now for article in story.articles)
        late = matches.now - LATE
        passed = {hit.id for hit in matches.found.hits if hit.came_in and hit.came_in > late}
        return Edition(
            briefing=made,
            reply=reply,
            payloads=_rendered(reply),
            articles=articles,
            passed=tuple(sorted(passed.difference(articles))),
            covered=matches.now,
        )


def _rendered(reply: Reply | None) -> dict[str, tuple[str, ...]]:
    if reply is None:
        return {}
    return {name: tuple(map(json.dumps, render(reply))) for name, render in MESSAGES.items()}


def _after(briefing: BriefingSettings, slot: str, known: Subscription | None) -> datetime | None:
    """When what is news to a channel began to come in; None where all that is stored may be."""
    if known and known.covered:
        return known.covered - LATE
    if known is None or is_by_hand(slot) or briefing.first_run == "some":
        return None
    return known.since


def is_by_hand(slot: str) -> bool:
    """Whether somebody asked for this slot, which no schedule has: it is named to the second."""
    return slot.count(":") > 1


def posted_reply(briefing: BriefingSettings, slot: str, made: Briefing) -> Reply | None:
    """The message that a channel gets; None where there is nothing new and it wants silence.

    Its heading names the slot, by which it is known again. It has no buttons: their commands would
    not know what the channel was told.
    """
    if not made.stories and briefing.when_empty == "skip":
        return None
    title = f"{briefing.name} · {shown(slot)}"
    whole = reply_to(made, briefing.zone, title=title).sections
    fitting = replace(made, stories=made.stories[: _fitting(whole, briefing.max_length)])
    return replace(reply_to(fitting, briefing.zone, title=title), buttons=())


def shown(slot: str) -> str:
    """A slot's local time for people, as `21 November 2026, 08:30`; by hand it has seconds."""
    time = "%H:%M:%S" if is_by_hand(slot) else "%H:%M"
    return f"{datetime.fromisoformat(slot):%-d %B %Y, {time}}"


def _fitting(sections: tuple[Section, ...], most: int | None) -> int:
    """How many of the sections have no more than so many characters together; one in any case."""
    if most is None:
        return len(sections)
    lengths = accumulate(
        len(section.title.text) + sum(len(item.text) for item in section.items)
        for section in sections
    )
    return max(1, sum(length <= most for length in lengths))
