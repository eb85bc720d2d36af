"""`python -m bot check`: what is wrong with the settings and all that they name, and what to do."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from bot import app, config
from bot.config import Settings, Target
from bot.render.clean import clean
from bot.schedule import coming
from summaries import clock
from summaries.errors import BriefError, DeliveryError, SourceError, WorkerError
from summaries.model import Failure, Harvest, Source
from summaries.sources import Past, Tools, read


async def check(settings: Settings) -> int:
    """Try the database, every source and every token; the status is 1 where something is wrong."""
    problems = [*config.platform_problems(settings), *app.missing_targets(settings)]
    async with app.newsroom(settings) as room, app.tools(settings) as kit:
        print(f"ok  database, {await room.store.articles.count():,} articles")
        for line in await app.outdated(room.store):
            print(f"NB  {line}")
        # The feed itself tells whether it can be read; the pages behind it would take long.
        quick = replace(kit, full_text=False)
        looks = [asyncio.create_task(_try(source, quick)) for source in settings.sources]
        for source, looked in zip(settings.sources, looks, strict=True):
            harvest = await looked
            problems += map(str, harvest.failures)
            if harvest.readings or not harvest.failures:
                print(f"ok  source {source.name}, {len(harvest.readings):,} articles to read")
    for briefing in settings.briefings:
        if not coming(briefing, clock.now(), 1):
            problems.append(f"briefing {briefing.name} is not due within a year: see its times")
    if not settings.sources:
        problems.append("there are no sources: add one under `sources:`")
    for name in app.posting(settings):
        try:
            async with app.poster(settings, name) as poster:
                print(f"ok  {name}, its token is taken")
                targets = app.targets(settings, name)
                for target in targets:
                    print(await _look_back(poster, target))
                problems += await _written_twice(poster, targets)
        except BriefError as error:
            problems.append(str(error))
    for problem in problems:
        print(f"BAD {clean(problem)}")
    return int(bool(problems))


async def _try(source: Source, kit: Tools) -> Harvest:
    """What a first look at a source gives; its trouble is a failure."""
    try:
        return await read(source, Past(), kit)
    except (SourceError, WorkerError) as error:
        return Harvest(failures=(Failure(source.name, "", str(error)),))


async def _written_twice(poster: app.Poster, targets: Iterable[Target]) -> list[str]:
    """A line for each channel that is written in several ways: it would be told all of it anew."""
    ways: dict[str, list[str]] = {}
    for target in targets:
        with suppress(DeliveryError):
            ways.setdefault(await poster.id_of(target.channel), []).append(str(target))
    return [
        f"{' and '.join(sorted(each))} are one channel: write it in one way, or it hears all twice"
        for each in ways.values()
        if len(each) > 1
    ]


async def _look_back(poster: app.Poster, target: Target) -> str:
    """A line that says whether a post whose answer was lost could be found there."""
    try:
        await poster.find(target.channel, {"content": ""}, "", clock.now().timestamp())
    except DeliveryError as error:
        told = clean(str(error))
        return f"NB  {target}, what was posted there cannot be looked for: {told}"
    return f"ok  {target}, what was posted there can be looked for"
