"""What a channel was told, and what is new to it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine

from bot.config import Target
from summaries import clock
from summaries.errors import DeliveryError, Forbidden, Unsure
from summaries.model import Reading
from summaries.store import State
from tests.news import FRUIT, RAIL, RAIL_ELSEWHERE
from tests.offices import (
    DESK,
    MORNING,
    TRADE,
    Office,
    Wall,
    long_news,
    news,
    posted,
    slot,
)


def later() -> datetime:
    """When an article is first seen that comes after all that was posted so far."""
    return clock.now() + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("trouble", "told"), [(Forbidden("no such channel"), False), (Unsure("no answer came"), True)]
)
async def test_what_certainly_did_not_arrive_is_in_the_next_briefing(
    office: Office, trouble: DeliveryError, told: bool
) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall(trouble)
    box = office.box(slack=wall)
    await posted(box, MORNING, slot(30), TRADE)
    state = await posted(box, MORNING, slot(45), TRADE)
    assert state == (State.SKIPPED if told else State.SENT)


async def test_what_was_told_is_not_repeated(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall()
    box = office.box(slack=wall)
    await posted(box, MORNING, slot(30), TRADE)
    await office.hears(news("fruit", FRUIT), now=later())
    assert await posted(box, MORNING, slot(45), TRADE) == State.SENT
    assert "cherries" in str(wall.posted[1])
    assert "rail freight" not in str(wall.posted[1])


async def test_what_a_new_source_shows_at_first_is_news_to_a_new_briefing_alone(
    office: Office,
) -> None:
    await office.hears(news("rail", RAIL))
    wall, other = Wall(), Target("slack", "#orchards")
    box = office.box(MORNING.model_copy(update={"to": (TRADE, other)}), slack=wall)
    await posted(box, MORNING, slot(30), TRADE)
    old = Reading(news("fruit", FRUIT), "fruit")
    await office.store.articles.add([old], "digest", later(), is_backlog=True)
    assert await posted(box, MORNING, slot(45), TRADE) == State.SKIPPED
    assert await posted(box, MORNING, slot(45), other) == State.SENT
    assert "cherries" in str(wall.posted[1])
    await office.hears(news("rail-2", RAIL_ELSEWHERE, "Harbour Post"), now=later())
    assert await posted(box, MORNING, slot(50), TRADE) == State.SENT


async def test_what_came_in_after_the_last_slot_is_told_however_long_ago_that_was(
    office: Office,
) -> None:
    day = timedelta(days=1)
    answers = office.settings.answers.model_copy(update={"since": day})
    narrow = replace(office, settings=office.settings.model_copy(update={"answers": answers}))
    wall, now = Wall(), clock.now()
    with time_machine.travel(now - 4 * day):
        await office.hears(news("fruit", FRUIT))
        await posted(narrow.box(slack=wall), MORNING, slot(30), TRADE)
    with time_machine.travel(now - 3 * day):
        await office.hears(news("rail", RAIL))
    assert await posted(narrow.box(slack=wall), MORNING, slot(45), TRADE) == State.SENT
    assert "rail freight" in str(wall.posted[1])


async def test_a_told_story_that_goes_on_comes_as_an_update(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall()
    box = office.box(slack=wall)
    await posted(box, MORNING, slot(30), TRADE)
    await office.hears(news("rail-2", RAIL_ELSEWHERE, "Harbour Post"), now=later())
    await posted(box, MORNING, slot(45), TRADE)
    assert "Update" in str(wall.posted[1])
    assert "Harbour Post" in str(wall.posted[1])
    assert "Caspian Ledger" not in str(wall.posted[1])


@pytest.mark.parametrize(
    ("when_empty", "state", "posts"),
    [("skip", State.SKIPPED, 1), ("say-so", State.SENT, 2)],
)
async def test_nothing_new_is_skipped_or_said(
    office: Office, when_empty: str, state: State, posts: int
) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall()
    briefing = MORNING.model_copy(update={"when_empty": when_empty})
    box = office.box(briefing, slack=wall)
    await posted(box, briefing, slot(30), TRADE)
    assert await posted(box, briefing, slot(45), TRADE) == state
    assert len(wall.posted) == posts
    assert ("Nothing new" in wall.text) == (when_empty == "say-so")


async def test_another_briefing_does_not_tell_a_channel_the_same(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    wall, other = Wall(), Target("slack", "#rail")
    changes = {"name": "evening", "query": "rail freight", "to": (TRADE, other)}
    evening = MORNING.model_copy(update=changes)
    box = office.box(MORNING, evening, slack=wall)
    assert await posted(box, MORNING, slot(), TRADE) == State.SENT
    assert await posted(box, evening, slot(briefing="evening"), TRADE) == State.SKIPPED
    assert await posted(box, evening, slot(briefing="evening"), other) == State.SENT


async def test_after_a_part_that_did_not_arrive_its_stories_come_again(office: Office) -> None:
    await office.hears(*long_news())
    long = MORNING.model_copy(update={"stories": 10})
    wall = Wall(None, Forbidden("no such channel"))
    assert await posted(office.box(long, discord=wall), long, slot(30), DESK) == State.PARKED
    again = Wall()
    assert await posted(office.box(long, discord=again), long, slot(45), DESK) == State.SENT
    assert "tunnels" in again.text


async def test_what_came_in_while_a_slot_was_posted_is_in_the_next(office: Office) -> None:
    begun = clock.now()
    box = office.box(slack=Wall())
    assert await posted(box, MORNING, slot(30), TRADE) == State.SKIPPED
    await office.hears(news("rail", RAIL), now=begun)
    assert await posted(box, MORNING, slot(45), TRADE) == State.SENT
