"""What keeps a post from going out that is written down, even frozen, but certainly not there."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.config import BriefingSettings, Target
from summaries import clock
from summaries.errors import Forbidden, Refused
from summaries.store import Planned, State
from tests.news import RAIL
from tests.offices import (
    DESK,
    MORNING,
    SOON,
    TRADE,
    Office,
    Wall,
    long_news,
    news,
    posted,
    running,
    slot,
)
from tests.program import until
from tests.stores import meddle

HOUR = timedelta(hours=1)
LONG: dict[str, Any] = {"stories": 10, "to": (DESK,)}
NO_MORE = {"to": (Target("slack", "#other"),)}


def quiet_now() -> dict[str, Any]:
    """Quiet hours, two of them, that this moment is in the middle of."""
    now = clock.now()
    return {"quiet": ((now - HOUR).time(), (now + HOUR).time())}


def changed(**changes: Any) -> BriefingSettings:
    return MORNING.model_copy(update=changes)


async def frozen(office: Office, due: datetime | None = None) -> None:
    """A slot is written down and frozen, and has been refused once."""
    await office.hears(news("rail", RAIL))
    planned = Planned("morning", slot().local, str(TRADE), due or clock.now())
    await office.store.subscriptions.enrol([("morning", str(TRADE))], planned.due)
    await office.store.deliveries.plan([planned])
    wall = Wall(Refused("busy", SOON))
    async with running(office.box(slack=wall)):
        await until(wall.begun)


async def half_there(office: Office) -> None:
    """Of a slot of several parts the first is posted, and the next refused."""
    await office.hears(*long_news())
    wall, long = Wall(None, Refused("busy", SOON)), changed(**LONG)
    half = asyncio.create_task(office.box(long, discord=wall).post(long, slot(), DESK))
    await until(lambda: is_in(wall))
    half.cancel()
    await asyncio.gather(half, return_exceptions=True)
    assert len(wall.posted) == 1


async def state(office: Office) -> State:
    [row] = await office.store.deliveries.recent()
    return row.state


async def given_a_while(office: Office, briefing: BriefingSettings, wall: Wall) -> State:
    """What becomes of it with these settings."""
    async with running(office.box(briefing, slack=wall)):
        await asyncio.sleep(1.5)
    return await state(office)


async def test_a_frozen_post_waits_for_the_end_of_quiet_hours(office: Office) -> None:
    await frozen(office)
    assert await given_a_while(office, changed(**quiet_now()), Wall()) == State.READY
    assert await posted_at_last(office)


async def test_a_frozen_post_of_a_paused_briefing_is_dropped_and_its_stories_come_again(
    office: Office,
) -> None:
    await frozen(office)
    await office.store.pauses.pause("morning", "anna", clock.now())
    wall = Wall()
    assert await given_a_while(office, MORNING, wall) == State.SKIPPED
    assert wall.keys == []
    await office.store.pauses.resume("morning", clock.now())
    assert await posted(office.box(slack=wall), MORNING, slot(45), TRADE) == State.SENT
    assert "rail freight" in wall.text


async def test_a_post_for_a_channel_that_was_taken_out_is_dropped(office: Office) -> None:
    await frozen(office, due=clock.now() - timedelta(minutes=11))
    wall = Wall()
    assert await given_a_while(office, changed(**NO_MORE), wall) == State.SKIPPED
    assert wall.keys == []


async def test_a_worker_with_older_settings_leaves_a_new_briefing_to_others(
    office: Office,
) -> None:
    await frozen(office)
    assert await given_a_while(office, changed(name="evening"), Wall()) == State.READY
    assert await posted_at_last(office)


async def test_the_rest_of_a_post_that_is_half_there_is_not_kept_back(office: Office) -> None:
    await half_there(office)
    quiet, rest = changed(**quiet_now(), **LONG), Wall()
    async with running(office.box(quiet, discord=rest)):
        await until(lambda: is_in(rest))


async def test_what_is_half_there_when_its_catch_up_is_over_is_parked(office: Office) -> None:
    await half_there(office)
    meddle(office.settings.database, "UPDATE deliveries SET asked = NULL")
    late = changed(**LONG, catch_up=timedelta(0))
    async with running(office.box(late, discord=Wall())):
        await until(lambda: is_parked(office))
    parts = await office.store.deliveries.undelivered(clock.now() - HOUR)
    assert [row.part for row in parts] == [1]


async def test_a_slot_in_its_quiet_hours_holds_up_no_other_briefing(office: Office) -> None:
    await frozen(office)
    evening, wall = changed(name="evening", query="rail freight"), Wall()
    now = clock.now()
    await office.store.deliveries.plan([Planned("evening", "2026-11-21T09:00", str(TRADE), now)])
    async with running(office.box(changed(**quiet_now()), evening, slack=wall)):
        await until(lambda: is_in(wall))
    assert "evening · " in wall.text


@pytest.mark.parametrize("settings", [{}, quiet_now()], ids=["paused", "quiet"])
async def test_what_somebody_asks_for_is_kept_back_by_nothing(
    office: Office, settings: dict[str, Any]
) -> None:
    await office.hears(news("rail", RAIL))
    briefing, wall = changed(**settings), Wall(Forbidden("is_archived"))
    await office.store.pauses.pause("morning", "anna", clock.now())
    box = office.box(briefing, slack=wall)
    assert await posted(box, briefing, slot(), TRADE) == State.PARKED
    [row] = await office.store.deliveries.undelivered(clock.now() - HOUR)
    await office.store.deliveries.reopen(row, await office.store.deliveries.now())
    async with running(box):
        await until(lambda: is_in(wall))
    assert "rail freight" in wall.text


async def test_what_is_sent_again_long_after_has_time_for_a_refusal(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    first = Wall(Forbidden("is_archived"))
    assert await posted(office.box(slack=first), MORNING, slot(), TRADE) == State.PARKED
    [row] = await office.store.deliveries.undelivered(clock.now() - HOUR)
    await office.store.deliveries.reopen(row, await office.store.deliveries.now())
    wall, brief = Wall(Refused("busy", SOON)), changed(catch_up=timedelta(0))
    async with running(office.box(brief, slack=wall)):
        await until(lambda: is_in(wall))
    assert await state(office) is State.SENT


async def is_in(wall: Wall) -> bool:
    return bool(wall.posted)


async def is_parked(office: Office) -> bool:
    return any(row.state is State.PARKED for row in await office.store.deliveries.recent())


async def posted_at_last(office: Office) -> bool:
    """Whether it goes out once nothing keeps it back."""
    meddle(office.settings.database, "UPDATE channels SET retry_at = NULL")
    wall = Wall()
    async with running(office.box(slack=wall)):
        await until(lambda: is_in(wall))
    return "rail freight" in wall.text
