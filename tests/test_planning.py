"""Which slots the outbox takes up: after outages and pauses, and at the first start."""

import asyncio
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine

from bot.config import BriefingSettings
from summaries import clock
from summaries.store import State
from tests.news import RAIL
from tests.offices import ADMINS, MORNING, TRADE, Office, Wall, news
from tests.program import until
from tests.stores import meddle

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
DAILY = MORNING.model_copy(update={"cron": None, "at": (time(8, 30),), "when_empty": "say-so"})


async def at(office: Office, moment: datetime, briefing: BriefingSettings = DAILY) -> Wall:
    """What is posted by a bot that is started at that moment and runs for a while."""
    wall = Wall()
    with time_machine.travel(moment, tick=True):
        box = office.box(briefing, alerts=ADMINS, slack=wall)
        running = asyncio.create_task(box.run())

        async def settled() -> bool:
            await asyncio.sleep(0.5)
            return all(state in (State.SENT, State.SKIPPED) for *_, state in await office.rows())

        await until(settled)
        await box.close()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return wall


def told(wall: Wall) -> list[str]:
    """Which slots a bot posted, and of which it told the admins."""
    return [
        "alert" if channel == ADMINS.channel else message["text"].splitlines()[0]
        for channel, message, _ in wall.posted
    ]


async def test_a_slot_before_the_first_start_is_none(office: Office) -> None:
    assert told(await at(office, NOON.replace(hour=9))) == []


async def test_a_slot_that_was_missed_by_seconds_is_posted(office: Office) -> None:
    await at(office, NOON)
    wall = await at(office, NOON.replace(day=17, hour=8, minute=30, second=3))
    assert told(wall) == ["morning · 17 November 2026, 08:30"]


async def test_a_slot_that_was_missed_by_more_than_its_catch_up_is_reported(
    office: Office,
) -> None:
    await at(office, NOON)
    wall = await at(office, NOON.replace(day=17, hour=11, minute=30))
    assert told(wall) == ["alert"]
    assert (
        "morning of 17 November 2026, 08:30 was not posted to slack:#trade: no worker" in wall.text
    )
    assert told(await at(office, NOON.replace(day=17, hour=11, minute=40))) == []


async def test_after_a_week_one_is_posted_and_the_others_are_reported_in_a_line(
    office: Office,
) -> None:
    await at(office, NOON)
    wall = await at(office, NOON.replace(day=23, hour=9))
    assert sorted(told(wall)) == ["alert", "morning · 23 November 2026, 08:30"]
    assert "morning of 22 November 2026, 08:30 was not posted to slack:#trade" in wall.text
    assert "no worker that knew it was there in time, nor for the 5 before it." in wall.text


async def test_a_paused_briefing_is_silent_and_goes_on_with_the_next_slot(
    office: Office,
) -> None:
    await at(office, NOON)
    await office.store.pauses.pause("morning", "anna", NOON + timedelta(hours=1))
    assert told(await at(office, NOON.replace(day=17, hour=9))) == []
    await office.store.pauses.resume("morning", NOON.replace(day=17, hour=10))
    assert told(await at(office, NOON.replace(day=17, hour=10, minute=1))) == []
    wall = await at(office, NOON.replace(day=18, hour=8, minute=31))
    assert told(wall) == ["morning · 18 November 2026, 08:30"]


async def test_nothing_is_posted_in_quiet_hours(office: Office) -> None:
    quiet = DAILY.model_copy(update={"quiet": (time(8, 40), time(10))})
    await at(office, NOON, quiet)
    assert told(await at(office, NOON.replace(day=17, hour=9), quiet)) == []
    assert len(told(await at(office, NOON.replace(day=17, hour=10), quiet))) == 1


@pytest.mark.parametrize(("first_run", "shows"), [("none", False), ("some", True)])
async def test_a_new_briefing_shows_what_was_stored_before_only_if_it_is_to(
    office: Office, first_run: str, shows: bool
) -> None:
    briefing = DAILY.model_copy(update={"first_run": first_run})
    with time_machine.travel(NOON, tick=True):
        await office.hears(news("old", RAIL), now=clock.now())
    await at(office, NOON.replace(hour=13), briefing)
    wall = await at(office, NOON.replace(day=17, hour=8, minute=30), briefing)
    assert ("rail freight agreement" in wall.text) == shows


async def test_after_the_database_was_emptied_the_next_slot_is_posted(office: Office) -> None:
    await at(office, NOON)
    meddle(office.settings.database, "DELETE FROM subscriptions", "DELETE FROM deliveries")
    assert told(await at(office, NOON.replace(day=17, hour=9))) == []
    wall = await at(office, NOON.replace(day=18, hour=8, minute=30))
    assert told(wall) == ["morning · 18 November 2026, 08:30"]


async def test_what_came_in_while_the_bot_was_away_is_in_the_next_slot(office: Office) -> None:
    briefing = DAILY.model_copy(update={"first_run": "none"})
    await at(office, NOON, briefing)
    await office.hears(news("new", RAIL), now=NOON.replace(day=17, hour=11))
    await at(office, NOON.replace(day=17, hour=12), briefing)
    wall = await at(office, NOON.replace(day=18, hour=8, minute=30), briefing)
    assert "rail freight agreement" in wall.text
    assert TRADE.channel in {channel for channel, *_ in wall.posted}
