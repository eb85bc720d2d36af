"""Wiring: settings -> running parts, and the order in which they start and stop."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Protocol, TypeVar

from bot.channel import Channel
from bot.commands import Newsroom
from bot.config import Settings, Target, platform_problems
from bot.delivery import Outbox
from bot.posting import Terms
from summaries import clock
from summaries.errors import Refused, StoreError, UserError
from summaries.fetch import Fetcher
from summaries.ingest import ingest
from summaries.look import Outcome
from summaries.model import SourceKind
from summaries.polling import poll
from summaries.sources import Tools
from summaries.store import Store
from summaries.text import ANALYSIS_VERSION
from summaries.workers import Workers

log = logging.getLogger(__name__)
T = TypeVar("T")

WORKER = "worker"
TOKENS = {"slack": "SLACK_BOT_TOKEN", "discord": "DISCORD_TOKEN"}
DEFAULT_PORT = 3000
DEFAULT_TERMS = Terms()
MOST_WORKERS = 2
"""Processes that parse: each takes some 100 MB."""
KEEP_UP_SECONDS = 60.0
PRUNE_SECONDS = 3600.0
PRUNE_PAUSE = 0.5
KNOWN_LONGER = timedelta(days=7)
TIDY_SECONDS = 6 * 3600.0
TIDY_PAUSE = 0.1
AWAY_SECONDS, LONGEST_AWAY_SECONDS = 2.0, 60.0


class Part(Protocol):
    """Something that is opened at the start and closed at the end."""

    async def open(self) -> None:
        """Connect; raises UserError, or Refused where it is worth trying again."""
        ...

    async def close(self) -> None:
        """Disconnect."""
        ...


class Listener(Part, Protocol):
    """A part that takes requests from a chat platform."""

    async def run_until_closed(self) -> None:
        """Return, or raise UserError, when it cannot go on."""
        ...


class Poster(Part, Channel, Protocol):
    """A part that posts to a chat platform's channels."""

    async def id_of(self, channel: str) -> str:
        """The platform's id of a channel that may be written by its name; raises as `find`."""
        ...


def _slack_bot(room: Newsroom) -> Listener:
    from bot.adapters.slack import SlackBot

    return SlackBot(room, room.settings.slack, _port())


def _slack_channel(settings: Settings) -> Poster:
    from bot.adapters.slack import SlackChannel

    return SlackChannel(settings.slack)


def _discord_bot(room: Newsroom) -> Listener:
    from bot.adapters.discord import DiscordBot, use_endpoints

    use_endpoints(room.settings.discord)
    return DiscordBot(room, room.settings.discord)


def _discord_channel(settings: Settings) -> Poster:
    from bot.adapters.discord import DiscordChannel, use_endpoints

    use_endpoints(settings.discord)
    return DiscordChannel(settings.discord)


# Each imports its platform's SDK only when it is made: the terminal's commands need none.
LISTENERS: Mapping[str, Callable[[Newsroom], Listener]] = {
    "slack": _slack_bot,
    "discord": _discord_bot,
}
POSTERS: Mapping[str, Callable[[Settings], Poster]] = {
    "slack": _slack_channel,
    "discord": _discord_channel,
}
PARTS = (*LISTENERS, WORKER)


@asynccontextmanager
async def newsroom(settings: Settings) -> AsyncIterator[Newsroom]:
    """The store, opened, and everything that commands need; raises UserError and StoreError."""
    store = await Store.open(settings.database)
    try:
        room = Newsroom(settings, store)
        await room.refresh()
        yield room
    finally:
        await store.close()


@asynccontextmanager
async def tools(settings: Settings) -> AsyncIterator[Tools]:
    """What it takes to read a source: worker processes and a guarded HTTP session."""
    workers = Workers(min(os.cpu_count() or 1, MOST_WORKERS))
    fetch = settings.fetch
    try:
        async with Fetcher(deadline=fetch.deadline.total_seconds(), allow=fetch.allow) as fetcher:
            yield Tools(fetcher, workers, settings.zone, fetch.full_text)
    finally:
        workers.close()


@asynccontextmanager
async def poster(settings: Settings, platform: str) -> AsyncIterator[Poster]:
    """A way to post to a platform, connected; raises UserError and Refused."""
    part = POSTERS[platform](settings)
    try:
        await part.open()
        yield part
    finally:
        await part.close()


async def run(settings: Settings, only: Collection[str] = (), terms: Terms = DEFAULT_TERMS) -> None:
    """Run the bot until SIGTERM or SIGINT; raises UserError for what an admin must mend.

    `only` names the parts that this process runs, of "slack", "discord" and "worker"; none is all.
    `terms` are those of the outbox.
    """
    wanted = _checked(settings, only)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        serving = asyncio.create_task(_serve(settings, wanted, stack, terms))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving
        log.info("stopping")
        serving.cancel()
        await asyncio.wait({serving})


def listening(settings: Settings) -> tuple[str, ...]:
    """The platforms that have all the tokens it takes to hear and answer."""
    on = {"slack": settings.slack.on, "discord": settings.discord.on}
    return tuple(name for name in LISTENERS if on[name])


def posting(settings: Settings) -> tuple[str, ...]:
    """The platforms that have the one token it takes to post."""
    tokens = {"slack": settings.slack.bot_token, "discord": settings.discord.token}
    return tuple(name for name in POSTERS if tokens[name])


def targets(settings: Settings, platform: str) -> tuple[Target, ...]:
    """The channels of a platform that briefings and alerts go to, each once."""
    wanted = [target for each in settings.briefings for target in each.to]
    wanted += [settings.alerts] if settings.alerts else []
    return tuple(dict.fromkeys(each for each in wanted if each.platform == platform))


def missing_targets(settings: Settings) -> tuple[str, ...]:
    """A line for each target, of a briefing or of alerts, whose platform has no token."""
    wanted = [
        (f"briefing {each.name}", target) for each in settings.briefings for target in each.to
    ]
    wanted += [("what goes wrong", settings.alerts)] if settings.alerts else []
    return tuple(
        f"{what} goes to {target}, but {TOKENS[target.platform]} is not set"
        for what, target in wanted
        if target.platform not in posting(settings)
    )


def _checked(settings: Settings, only: Collection[str]) -> tuple[str, ...]:
    """The parts that this process runs; raises UserError where a token is wanting."""
    missing = missing_targets(settings)
    if WORKER in only and missing:
        raise UserError(f"{missing[0]}: set it, or take the target out.")
    if set(only) == {WORKER}:
        return (WORKER,)
    if problems := platform_problems(settings):
        raise UserError(problems[0])
    on = listening(settings)
    if not on:
        raise UserError(
            "No platform has a token: set SLACK_BOT_TOKEN and SLACK_APP_TOKEN, or DISCORD_TOKEN."
        )
    for name in only:
        if name != WORKER and name not in on:
            raise UserError(f"{name} has no token: set it under `{name}:` in config.yaml.")
    for line in missing:
        log.warning("%s: it is left out", line)
    return tuple(dict.fromkeys(only)) or (*on, WORKER)


async def outdated(store: Store) -> tuple[str, ...]:
    """A line where stored articles should be analysed anew."""
    if not await store.articles.is_outdated(ANALYSIS_VERSION):
        return ()
    return ("some articles were analysed by another version: `python -m bot reindex` mends it",)


async def _serve(
    settings: Settings, wanted: tuple[str, ...], stack: AsyncExitStack, terms: Terms
) -> None:
    """Open everything, say when all of it is ready, and run until cancelled.

    A platform that is away keeps nothing else from running; a database that is away is waited for.
    """
    room = await _patiently(lambda: stack.enter_async_context(newsroom(settings)))
    works = WORKER in wanted
    posters = {name: POSTERS[name](settings) for name in posting(settings) if works}
    listeners = [LISTENERS[name](room) for name in wanted if name != WORKER]
    for part in (*posters.values(), *listeners):
        stack.push_async_callback(part.close)
    channels: dict[str, Channel] = {}
    outbox = Outbox(room, posting(settings), channels, terms)
    stack.push_async_callback(_settle, room, outbox)
    kit = await stack.enter_async_context(tools(settings))
    try:
        async with asyncio.TaskGroup() as together:
            starts = [together.create_task(_listen(part, together)) for part in listeners]
            for name, part in posters.items():
                starts.append(together.create_task(_offer(name, part, channels)))
            together.create_task(_keep_up(room))
            await _patiently(lambda: _read_folders(room, kit))
            if works:
                for line in await _patiently(lambda: outdated(room.store)):
                    log.warning("%s", line)
                together.create_task(outbox.run())
                together.create_task(_poll(room, kit))
                together.create_task(tidy(room.store))
                if settings.retention:
                    together.create_task(prune(room.store, settings.retention))
            await asyncio.gather(*starts)
            # What is loaded by now stays: the collector need not look through it ever again.
            gc.freeze()
            print(f"ready: {', '.join(wanted)}", flush=True)
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def _listen(listener: Listener, together: asyncio.TaskGroup) -> None:
    await _opened(listener)
    together.create_task(listener.run_until_closed())


async def _offer(name: str, poster: Poster, channels: dict[str, Channel]) -> None:
    await _opened(poster)
    channels[name] = poster


async def _opened(part: Part) -> None:
    """Open a part, trying again for as long as its platform is away."""
    while True:
        try:
            await part.open()
        except Refused as error:
            log.warning("%s; trying again in %g s", error, error.retry_after)
            await asyncio.sleep(error.retry_after)
        else:
            return


async def _patiently(begin: Callable[[], Awaitable[T]]) -> T:
    """What an attempt gives, made again for as long as the database is away.

    Ending instead would leave the next attempt to a supervisor, and some wait for hours.
    """
    wait = AWAY_SECONDS
    while True:
        try:
            return await begin()
        except StoreError as error:
            log.error("%s Trying again in %g s", error, wait)
        await asyncio.sleep(wait)
        wait = min(2 * wait, LONGEST_AWAY_SECONDS)


async def _settle(room: Newsroom, outbox: Outbox) -> None:
    """Let answers and posts that are under way arrive."""
    await asyncio.gather(room.drain(), outbox.close())


async def _read_folders(room: Newsroom, kit: Tools) -> None:
    folders = [source for source in room.settings.sources if source.kind is SourceKind.FOLDER]
    async for outcome in ingest(folders, room.store, kit, room.settings.fetch.bounds):
        report(outcome)
    await room.refresh()


async def _poll(room: Newsroom, kit: Tools) -> None:
    fetch = room.settings.fetch
    async for outcome in poll(room.settings.sources, room.store, kit, fetch.bounds):
        report(outcome)


async def _keep_up(room: Newsroom) -> None:
    """Learn now and then what other processes stored."""
    while True:
        await asyncio.sleep(KEEP_UP_SECONDS)
        try:
            await room.refresh()
        except StoreError as error:
            log.error("%s", error)


async def prune(store: Store, retention: timedelta) -> None:
    """Delete articles when they are older than `retention`, a batch at a time, for ever.

    What a channel was told is known for longer than any article could come up again.
    """
    while True:
        try:
            while pruned := await store.articles.prune(clock.now() - retention):
                log.info("%d articles are older than the retention: deleted", pruned)
                await asyncio.sleep(PRUNE_PAUSE)
            await store.deliveries.forget(clock.now() - retention - KNOWN_LONGER)
        except StoreError as error:
            log.error("%s", error)
        await asyncio.sleep(PRUNE_SECONDS)


async def tidy(store: Store, every: float = TIDY_SECONDS) -> None:
    """Merge the search index every so many seconds, a little at a time, for ever."""
    while True:
        await asyncio.sleep(every)
        try:
            more = await store.articles.tidy(begin=True)
            while more:
                await asyncio.sleep(TIDY_PAUSE)
                more = await store.articles.tidy(begin=False)
        except StoreError as error:
            log.error("%s", error)


def report(outcome: Outcome) -> None:
    """Log what became of a look at a source."""
    if outcome.new or outcome.updated:
        log.info("%s: %d new, %d updated", outcome.source, outcome.new, outcome.updated)
    for failure in outcome.failures:
        log.warning("%s", failure)


def _port() -> int:
    """Where Slack's HTTP mode listens."""
    value = os.environ.get("PORT", str(DEFAULT_PORT))
    if not value.isdigit() or not 0 < int(value) < 65_536:
        raise UserError(f"PORT is {value!r}: it must be a number from 1 to 65535.")
    return int(value)
