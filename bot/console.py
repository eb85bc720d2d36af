"""What each of the program's commands does: settings and words in, text on the terminal out."""

import json
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn

from bot import app, config, health
from bot.adapters import terminal
from bot.commands import BRIEF, Newsroom
from bot.config import BriefingSettings, Settings
from bot.delivery import Outbox
from bot.editions import Editions
from bot.render import MESSAGES
from bot.render import terminal as render
from bot.render.clean import clean
from bot.render.json_object import json_object
from bot.reply import Reply
from bot.schedule import Slot
from summaries import clock
from summaries.charset import decode
from summaries.errors import SourceError, UserError
from summaries.ingest import ingest, reanalyse
from summaries.look import Outcome
from summaries.model import Failure, Source, SourceKind, SourceState
from summaries.store import State
from summaries.summarisers import summarise


async def brief(settings: Settings, words: str, form: str) -> None:
    """Answer a query on the terminal; folders are read anew first, so that new files are found."""
    async with app.newsroom(settings) as room:
        parsed = room.parse(terminal.request(words))
        await _read_sources(room)
        if form == "json":
            if parsed.command != BRIEF:
                raise UserError(f"`{parsed.command}` has no JSON form; leave out --as json.")
            _print_json(json_object(await room.brief(parsed.query, parsed.now)))
            return
        show(await room.reply(parsed), form)


async def chat(settings: Settings) -> None:
    """Take slash commands at a prompt."""
    async with app.newsroom(settings) as room:
        await _read_sources(room)
        await terminal.chat(room, lambda reply: show(reply, "terminal"))


async def fetch(settings: Settings) -> int:
    """Look at every source now; the status is 1 where none could be read."""
    async with app.newsroom(settings) as room:
        outcomes = await _look(room, settings.sources)
    new, updated = sum(o.new for o in outcomes), sum(o.updated for o in outcomes)
    unchanged = sum(o.unchanged for o in outcomes)
    failed = _failures(outcomes)
    _tell(failed)
    print(f"{new} new, {updated} updated, {unchanged} unchanged, {len(failed)} failed")
    return int(bool(outcomes) and all(map(_whole, outcomes)))


async def sources(settings: Settings) -> None:
    """Show a table of the sources and how they do."""
    now = clock.now()
    async with app.newsroom(settings) as room:
        counts = await room.store.articles.counts_by_source()
        states = await room.store.sources.all()
        days = await room.store.sources.by_day(health.first_day(now))
    # A state tells nothing of a source that stands at another address by now.
    known = {
        each.name: state
        if (state := states.get(each.name)) and state.location in ("", each.location)
        else SourceState()
        for each in settings.sources
    }
    rows = [
        health.row(
            source,
            known[source.name],
            counts.get(source.name, 0),
            days.get(source.name, Counter()),
            now,
            settings.zone,
        )
        for source in settings.sources
    ]
    health.table(rows, {name: told for name in known if (told := health.trouble(known[name]))})


async def preview(settings: Settings, name: str, form: str) -> None:
    """Show what a scheduled briefing would post now, to each of its channels; posts nothing.

    In a form for programs, it is what the first of its channels (on that platform) would get.
    """
    briefing = _briefing(settings, name)
    targets = [t for t in briefing.to if t.platform == form] or list(briefing.to)
    async with app.newsroom(settings) as room:
        await _tell_of_pause(room, briefing)
        await _read_sources(room)
        slot, editions = await _slot_now(room, briefing), Editions(room)
        for target in targets if form == "terminal" else targets[:1]:
            known = await room.store.subscriptions.get(briefing.name, str(target))
            made = await editions.of(briefing, slot.local, str(target), known, slot.due)
            print(f"to {target}:", "" if made.reply else "nothing", file=sys.stderr)
            if form == "json":
                _print_json(json_object(made.briefing))
            elif made.reply:
                show(made.reply, form)


_WELL = frozenset({State.SENT, State.SKIPPED})


async def post(settings: Settings, name: str) -> int:
    """Post a scheduled briefing now; the status is 1 where a channel did not get it."""
    briefing = _briefing(settings, name)
    for target in briefing.to:
        if target.platform not in app.posting(settings):
            raise UserError(
                f"{app.TOKENS[target.platform]} is not set: {target} cannot be reached."
            )
    states = []
    async with app.newsroom(settings) as room:
        await _tell_of_pause(room, briefing)
        await _read_sources(room)
        async with AsyncExitStack() as stack:
            platforms = {target.platform for target in briefing.to}
            channels = {
                platform: await stack.enter_async_context(app.poster(settings, platform))
                for platform in sorted(platforms)
            }
            outbox, slot = Outbox(room, platforms, channels), await _slot_now(room, briefing)
            for target in briefing.to:
                row = await outbox.post(briefing, slot, target)
                states.append(row.state)
                why = "" if row.state in _WELL else f", {row.reason or 'tried again later'}"
                print(f"{target}: {row.state}{why}")
    return int(not _WELL.issuperset(states))


async def _tell_of_pause(room: Newsroom, briefing: BriefingSettings) -> None:
    if briefing.name in await room.store.pauses.on():
        told = f"{briefing.name} is paused: by itself it posts nothing until it is resumed."
        print(told, file=sys.stderr)


async def _slot_now(room: Newsroom, briefing: BriefingSettings) -> Slot:
    """A slot that no schedule has, named to the fraction of a second."""
    now = await room.store.deliveries.now()
    local = f"{now.astimezone(briefing.zone):%Y-%m-%dT%H:%M:%S.%f}"
    return Slot(now, local, briefing.name)


async def reindex(settings: Settings) -> None:
    """Analyse anew the stored articles whose analysis is not today's."""
    async with app.newsroom(settings) as room:
        total, done = await room.store.articles.count(), 0
        with _progress() as bar:
            task = bar.add_task("Analysing", total=total)
            async for analysed in reanalyse(room.store):
                done += analysed
                bar.advance(task, analysed)
    print(f"{done:,} of {total:,} articles analysed anew")


def summarise_files(
    names: Sequence[str], sentences: int | None, words: int | None, method: str, form: str
) -> None:
    """Summarise one document or more, without a store; `-` is standard input.

    Raises UserError where there is nothing to summarise in any of them.
    """
    documents = [_document(name) for name in names]
    summary = summarise(documents, sentences=sentences, words=words, method=method)
    if not summary.points:
        shown = ", ".join("standard input" if name == "-" else name for name in names)
        raise UserError(f"There is no sentence in {shown}: give a text with some prose in it.")
    if form == "json":
        points = [
            {"text": p.text, "document": p.document, "start": p.start, "end": p.end}
            for p in summary.points
        ]
        _print_json({"points": points})
        return
    for point in summary.points:
        source = f" [{names[point.document]}]" if len(names) > 1 else ""
        print(clean(point.text) + source)


def init(place: Path) -> None:
    """Write a commented starter config.yaml; raises UserError where there is one."""
    try:
        with place.open("x", encoding="utf-8") as file:
            file.write(config.starter())
        (place.parent / "articles").mkdir(exist_ok=True)
    except FileExistsError as error:
        raise UserError(f"{place} exists already and is left as it is.") from error
    except OSError as error:
        raise UserError(f"{place} cannot be written: {error.strerror}.") from error
    print(f"{place} is written. Put text files or web pages into articles/, or name feeds in it.")


def show(reply: Reply, form: str) -> None:
    """Print a reply as the terminal shows it, or as the JSON list of a platform's bodies."""
    if form in MESSAGES:
        _print_json(MESSAGES[form](reply))
        return
    print(render.render(reply, shutil.get_terminal_size((80, 24)).columns, sys.stdout.isatty()))


async def _read_sources(room: Newsroom) -> None:
    """Read the folders; and everything else too, as long as nothing is stored."""
    empty = not await room.store.articles.count()
    wanted = [s for s in room.settings.sources if empty or s.kind is SourceKind.FOLDER]
    outcomes = await _look(room, wanted)
    if empty and outcomes and all(map(_whole, outcomes)):
        raise UserError("\n".join(map(str, _failures(outcomes))))
    _tell(_failures(outcomes))


async def _look(room: Newsroom, wanted: Sequence[Source]) -> list[Outcome]:
    """Look at sources behind a progress bar that counts them, and their new articles."""
    outcomes, new = list[Outcome](), 0
    async with app.tools(room.settings) as kit:
        with _progress(TextColumn("{task.fields[new]:,} new, {task.fields[rate]}")) as bar:
            task = bar.add_task("Reading", total=len(wanted), new=0, rate="")
            begun = time.monotonic()
            async for outcome in ingest(wanted, room.store, kit, room.settings.fetch.bounds):
                outcomes.append(outcome)
                new += outcome.new
                pace = len(outcomes) / (time.monotonic() - begun)
                bar.update(task, advance=1, new=new, rate=f"{pace:.1f} sources/s")
    await room.refresh()
    return outcomes


def _failures(outcomes: Iterable[Outcome]) -> list[Failure]:
    return [failure for outcome in outcomes for failure in outcome.failures]


def _whole(outcome: Outcome) -> bool:
    """Whether the source as a whole could not be read."""
    read = outcome.new or outcome.updated or outcome.unchanged
    return not read and any(not failure.item for failure in outcome.failures)


def _tell(failures: Iterable[Failure]) -> None:
    for failure in failures:
        print(clean(str(failure)), file=sys.stderr)


def _progress(*more: ProgressColumn) -> Progress:
    """A bar on stderr, where it is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), *more)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _briefing(settings: Settings, name: str) -> BriefingSettings:
    for briefing in settings.briefings:
        if briefing.name.casefold() == name.casefold():
            return briefing
    names = ", ".join(briefing.name for briefing in settings.briefings) or "none"
    raise UserError(f"There is no briefing named {name!r}; config.yaml has: {names}.")


def contents(name: str) -> bytes:
    """What is in a file, or comes in where its name is `-`; raises UserError."""
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UserError(f"{name} cannot be read: {error.strerror}.") from error


def _document(name: str) -> str:
    try:
        return decode(contents(name))
    except SourceError as error:
        raise UserError(f"{name}: {error}.") from error


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
