"""One async function per command: Request -> Reply; and the table of commands.

A request is parsed first, which is quick and pure, so that an adapter knows at once whether its
answer is for all (an answer) or for the asker alone (a mistake). Then it is answered, which takes
as long as it takes and never raises.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot import briefings
from bot.answer import listing, reply_to
from bot.config import BriefingSettings, Settings
from bot.limits import Limiter
from bot.reply import Button, Reply, Request
from bot.reserved import command, is_admin, permit
from summaries import clock
from summaries.briefing import brief, plan
from summaries.errors import StoreError, UserError
from summaries.model import Briefing, Options, Query
from summaries.query import Grammar, parse
from summaries.store import Store

log = logging.getLogger(__name__)

DRAIN_SECONDS = 2.0
NO_BUTTONS = (
    "Nothing can be written to the archive now, so there are no buttons; try again shortly."
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A request that can be answered: its command, with a query or the name of a briefing."""

    command: str
    query: Query
    now: datetime
    request: Request
    briefing: str = ""


@dataclass(slots=True)
class Newsroom:
    """What commands work with: the settings, the store, and how often each person may ask."""

    settings: Settings
    store: Store
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    retired: bool = False
    limiter: Limiter = field(init=False)
    _answering: set[asyncio.Task[Any]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.limiter = Limiter(self.settings.limits.per_user)

    def receive(self, request: Request) -> Parsed:
        """Count a request from chat against its user's limit, and parse it; raises UserError."""
        self.limiter.admit(f"{request.platform}:{request.user}", clock.now())
        return self.parse(request)

    def parse(self, request: Request) -> Parsed:
        """Understand a command; raises UserError, whose text is for its asker alone."""
        now = clock.now()
        text = " ".join(request.text.split())
        names = [briefing.name for briefing in self.settings.briefings]
        if asked := command(text, names):
            permit(asked, request, self.settings.admins, names)
            return Parsed(asked.word, Query(text=text), now, request, asked.briefing)
        topics = {topic.casefold(): query for topic, query in self.settings.topics.items()}
        query = parse(topics.get(text.casefold(), text), self.grammar, now)
        plan(query, self.languages, self.options(), now)
        return Parsed(BRIEF, query, now, request)

    @property
    def grammar(self) -> Grammar:
        """What queries may name: the sources of config.yaml, and the tags of the articles."""
        names = tuple(source.name for source in self.settings.sources)
        configured = {tag for source in self.settings.sources for tag in source.tags}
        return Grammar(self.settings.zone, names, tuple(sorted(configured.union(self.tags))))

    async def refresh(self) -> None:
        """Learn the articles' languages and tags, and whether a source was taken out."""
        self.languages = await self.store.articles.languages()
        self.tags = await self.store.articles.tags()
        self.retired = not set(await self.store.sources.all()) <= set(self.grammar.sources)

    async def answer(self, parsed: Parsed) -> Reply:
        """Answer what was parsed; a failure is a private reply that says what to do."""
        return await self._settled(self.reply(parsed), parsed.query.text)

    async def press(self, request: Request) -> Reply:
        """Answer the press of a button, as if who pressed it had typed its command."""
        return await self._settled(self._pressed(request), request.text)

    async def _pressed(self, request: Request) -> Reply:
        typed = await self.store.commands.get(request.text)
        if typed is None:
            raise UserError("That button is too old to be known; type the command again.")
        return await self.reply(self.receive(replace(request, text=typed)))

    async def _settled(self, answering: Awaitable[Reply], about: str) -> Reply:
        """The answer, or what its asker is told instead; `drain` waits for it."""
        if task := asyncio.current_task():
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        try:
            return await answering
        except UserError as error:
            return mistake(error)
        except StoreError as error:
            log.error("the store did not answer: %s", error)
            return Reply("", text="The archive does not answer; try again shortly.", private=True)
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("fault %s while answering %r", reference, about)
            text = f"Something went wrong here, and it is logged as {reference}. Try again shortly."
            return Reply("", text=text, private=True)

    async def drain(self) -> None:
        """Let those who are answering finish, for up to two seconds, and stop the others."""
        if self._answering:
            _, late = await asyncio.wait(self._answering, timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def reply(self, parsed: Parsed) -> Reply:
        """Answer what was parsed, its buttons' commands stored; raises UserError and StoreError.

        Where they cannot be stored, the answer has no buttons, and says so.
        """
        reply = await (COMMANDS.get(parsed.command) or answer_query)(self, parsed)
        try:
            for button in reply.buttons:
                await self.store.commands.keep(button.id, button.command, parsed.now)
        except StoreError as error:
            log.error("an answer goes without its buttons: %s", error)
            note = f"{reply.note} {NO_BUTTONS}" if reply.note else NO_BUTTONS
            return replace(reply, note=note, buttons=())
        return reply

    async def brief(self, query: Query, now: datetime) -> Briefing:
        """The briefing that answers a query, by the settings under `answers:`."""
        return await brief(query, self.store, self.options(), now)

    def options(self, stories: int | None = None) -> Options:
        """The settings under `answers:`; `stories` overrides theirs.

        A source that was taken out of config.yaml is not asked, though its articles are kept.
        """
        answers = self.settings.answers
        return Options(
            since=answers.since,
            stories=stories or answers.stories,
            points=answers.points,
            method=answers.method,
            half_life=answers.half_life,
            sources=self.grammar.sources if self.retired else (),
        )


def mistake(error: UserError) -> Reply:
    """What an asker is told of a mistake, for their eyes alone."""
    return Reply("", text=str(error), private=True)


async def answer_query(newsroom: Newsroom, parsed: Parsed) -> Reply:
    """Answer a query with the stories that match it."""
    briefing = await newsroom.brief(parsed.query, parsed.now)
    return reply_to(briefing, newsroom.settings.zone)


async def answer_help(newsroom: Newsroom, parsed: Parsed) -> Reply:
    """Say what can be asked, with examples that work here."""
    lines = [
        ("/brief china trade", "what the sources say of it, each story once"),
        ("/brief", "what is new across all sources"),
        ("since:7d, since:2026-08-01, until:2026-08-31", "only that time"),
        ("from:source, tag:name, lang:en", "only those sources, tags or languages"),
        ('"middle corridor"', "these words side by side"),
        ("-opinion", "nothing with this word"),
        ("top:3", "so many stories, at most 10"),
        ("/brief sources", "where the news comes from"),
        ("/brief topics", "queries that have a name here"),
        ("/brief next", "which briefing is due when"),
    ]
    if is_admin(parsed.request, newsroom.settings.admins):
        lines += _help_for_admins(newsroom.settings.briefings)
    return listing("How to ask", lines, note="Every sentence of an answer is word for word.")


def _help_for_admins(scheduled: Sequence[BriefingSettings]) -> list[tuple[str, str]]:
    lines = [("/brief again", "send again what did not arrive")]
    for briefing in scheduled[:1]:
        lines += [
            (f"/brief again {briefing.name}", "the same, of that briefing alone"),
            (f"/brief pause {briefing.name}", "post nothing more of it for now"),
            (f"/brief resume {briefing.name}", "go on with it"),
        ]
    return lines


async def answer_sources(newsroom: Newsroom, _parsed: Parsed) -> Reply:
    """List the sources, with how many articles each gave and what is wrong with it."""
    counts = await newsroom.store.articles.counts_by_source()
    states = await newsroom.store.sources.all()
    lines = []
    for source in newsroom.settings.sources:
        count = counts.get(source.name, 0)
        said = f"{source.kind.value}, {count:,} article{'s' if count != 1 else ''}"
        state = states.get(source.name)
        # Why it cannot be read may name what is not for everybody; `python -m bot sources` says it.
        if state and state.last_error:
            said += "; it cannot be read now"
        lines.append((source.name, said))
    note = None if lines else "No source is set up yet: add one under sources: in config.yaml."
    return listing("Sources", lines, note=note)


async def answer_topics(newsroom: Newsroom, _parsed: Parsed) -> Reply:
    """List the named queries, with a button for each of the first few."""
    topics: Mapping[str, str] = newsroom.settings.topics
    if not topics:
        return Reply("Topics", text="No topic has a name here yet: an admin can add topics.")
    reply = listing("Topics", [(name, query) for name, query in topics.items()])
    buttons = tuple(Button(name, name) for name in list(topics)[:5])
    return Reply(reply.heading, sections=reply.sections, buttons=buttons)


async def answer_next(newsroom: Newsroom, _parsed: Parsed) -> Reply:
    """Say which briefing is due when."""
    return await briefings.due(newsroom.settings, newsroom.store)


async def answer_pause(newsroom: Newsroom, parsed: Parsed) -> Reply:
    """Pause a briefing."""
    by = parsed.request.name or parsed.request.user
    return await briefings.pause(newsroom.settings, newsroom.store, parsed.briefing, by)


async def answer_resume(newsroom: Newsroom, parsed: Parsed) -> Reply:
    """Go on with a briefing that was paused."""
    return await briefings.resume(newsroom.settings, newsroom.store, parsed.briefing)


async def answer_again(newsroom: Newsroom, parsed: Parsed) -> Reply:
    """Send again what did not arrive."""
    return await briefings.again(newsroom.settings, newsroom.store, parsed.briefing)


BRIEF = "brief"
COMMANDS: dict[str, Callable[[Newsroom, Parsed], Awaitable[Reply]]] = {
    "help": answer_help,
    "sources": answer_sources,
    "topics": answer_topics,
    "next": answer_next,
    "pause": answer_pause,
    "resume": answer_resume,
    "again": answer_again,
}
"""What answers each reserved word."""
