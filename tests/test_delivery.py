"""The outbox, with a real store: each slot once to each channel."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.config import Target
from bot.delivery import RELEASED, TAKEN, TRIES
from summaries import clock
from summaries.errors import DeliveryError, Forbidden, QueryError, Refused, Unsure
from summaries.store import State
from tests.news import DAY, FRUIT, QUAKE, RAIL
from tests.offices import (
    DESK,
    MORNING,
    SOON,
    TRADE,
    Office,
    Wall,
    long_news,
    news,
    opened_office,
    slot,
)
from tests.program import until


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened_office(tmp_path) as office:
        yield office


async def test_a_slot_is_posted_and_remembered(office: Office) -> None:
    await office.hears(news("rail", RAIL), news("quake", QUAKE))
    wall = Wall()
    assert await office.box(slack=wall).post(MORNING, slot(), TRADE) == State.SENT
    [(channel, _, key)] = wall.posted
    assert (channel, len(key)) == ("#trade", 24)
    assert "rail freight agreement" in wall.text
    assert "earthquake" not in wall.text
    [row] = await office.store.deliveries.recent()
    assert (row.state, row.message_id, row.articles) == (State.SENT, "m1", ("rail",))


async def test_a_slot_is_posted_once(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall()
    box = office.box(slack=wall)
    states = [await box.post(MORNING, slot(), TRADE) for _ in range(3)]
    assert (states, len(wall.posted)) == ([State.SENT, TAKEN, TAKEN], 1)


async def test_of_two_processes_one_posts(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    walls = [Wall(), Wall()]
    posts = [office.box(slack=wall).post(MORNING, slot(), TRADE) for wall in walls]
    assert sorted(await asyncio.gather(*posts)) == sorted([State.SENT, TAKEN])
    assert sum(len(wall.posted) for wall in walls) == 1


async def test_a_refusal_is_tried_again_under_the_same_key(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall(Refused("busy", SOON), Refused("busy", SOON))
    assert await office.box(slack=wall).post(MORNING, slot(), TRADE) == State.SENT
    assert (len(wall.keys), len(set(wall.keys)), len(wall.posted)) == (3, 1, 1)


@pytest.mark.parametrize(
    ("troubles", "state", "asked"),
    [
        ([Refused("busy", SOON)] * TRIES, State.FAILED, TRIES),
        ([Forbidden("no such channel")], State.FAILED, 1),
        ([Unsure("no answer came")], State.UNSURE, 1),
    ],
    ids=["refused", "forbidden", "unsure"],
)
async def test_what_did_not_arrive_is_recorded_and_not_posted_again(
    office: Office, troubles: list[DeliveryError], state: State, asked: int
) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall(*troubles)
    box = office.box(slack=wall)
    assert await box.post(MORNING, slot(), TRADE) == state
    assert await box.post(MORNING, slot(), TRADE) == TAKEN
    assert (len(wall.keys), wall.posted) == (asked, [])
    [row] = await office.store.deliveries.recent()
    assert (row.state, row.reason) == (state, str(troubles[0]))


async def test_a_briefing_that_cannot_be_composed_is_left_for_later(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall()
    box = office.box(slack=wall)
    with pytest.raises(QueryError):
        await box.post(MORNING.model_copy(update={"query": "from:gone"}), slot(), TRADE)
    assert await office.rows() == []
    assert await box.post(MORNING, slot(), TRADE) == State.SENT


async def test_a_long_briefing_comes_in_parts_in_their_order(office: Office) -> None:
    await office.hears(*long_news())
    wall = Wall()
    long = MORNING.model_copy(update={"stories": 10})
    assert await office.box(discord=wall).post(long, slot(), DESK) == State.SENT
    parts = len(wall.posted)
    assert parts > 1
    assert len({key for _, _, key in wall.posted}) == parts
    assert await office.rows() == [("discord:1", part, State.SENT) for part in range(parts)]
    sent = [row.message_id for row in await office.store.deliveries.recent()]
    assert sent == [f"m{part}" for part in range(parts, 0, -1)]


async def test_every_target_that_can_be_reached_gets_what_is_due(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    targets = (TRADE, Target("slack", "C0DESK"), DESK)
    slack = Wall()
    box = office.box(MORNING.model_copy(update={"to": targets}), slack=slack)
    now = clock.now()
    for _ in range(3):
        box.tick(now)

    async def both() -> bool:
        return len(slack.posted) == 2

    await until(both)
    await box.close()
    assert sorted(channel for channel, _, _ in slack.posted) == ["#trade", "C0DESK"]
    assert [target for target, _, _ in await office.rows()] == ["slack:#trade", "slack:C0DESK"]


async def test_briefings_for_one_channel_take_turns(office: Office) -> None:
    await office.hears(news("rail", RAIL), news("fruit", FRUIT))
    wall = Wall()
    briefings = [MORNING.model_copy(update={"name": name}) for name in ("one", "two")]
    box = office.box(*briefings, slack=wall)
    box.tick(clock.now())

    async def finished() -> bool:
        return [state for _, _, state in await office.rows()] == [State.SENT, State.SKIPPED]

    await until(finished)
    assert len(wall.posted) == 1


async def test_nothing_is_posted_before_its_time(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    wall, day = Wall(), clock.now() + 2 * DAY
    yet = MORNING.model_copy(update={"cron": f"0 0 {day.day} {day.month} *"})
    box = office.box(yet, slack=wall)
    box.tick(clock.now())
    await box.close()
    assert (wall.keys, await office.rows()) == ([], [])


async def test_a_stop_while_a_channel_refuses_leaves_the_slot_to_the_next_process(
    office: Office,
) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall(Refused("busy", 600))
    stopping = office.box(slack=wall)
    post = asyncio.create_task(stopping.post(MORNING, slot(), TRADE))
    await until(wall.begun)
    await stopping.close()
    assert await asyncio.wait_for(post, 2) == RELEASED
    assert (await office.rows(), wall.posted) == ([], [])
    assert await office.box(slack=wall).post(MORNING, slot(), TRADE) == State.SENT


async def test_what_is_being_sent_at_the_stop_arrives(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall(seconds=0.3)
    box = office.box(MORNING, slack=wall)
    box.tick(clock.now())
    await until(wall.begun)
    assert wall.posted == []
    await box.close()
    assert (len(wall.posted), await office.rows()) == (1, [("slack:#trade", 0, State.SENT)])


async def test_what_has_not_begun_at_the_stop_is_left_undone(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall()
    box = office.box(MORNING, slack=wall)
    box.tick(clock.now())
    await box.close()
    assert (wall.keys, await office.rows()) == ([], [])


async def test_a_slot_that_falls_due_while_the_store_is_away_is_posted_once_it_is_back(
    office: Office, tmp_path: Path
) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall()
    box = office.box(MORNING, slack=wall)
    (tmp_path / "data").rename(tmp_path / "away")
    running = asyncio.create_task(box.run())
    await asyncio.sleep(0.5)
    assert wall.keys == []
    (tmp_path / "away").rename(tmp_path / "data")
    await until(wall.begun)

    async def finished() -> bool:
        return [state for _, _, state in await office.rows()] == [State.SENT]

    await until(finished)
    running.cancel()
    await box.close()
    assert len(wall.posted) == 1


async def test_a_slot_whose_store_goes_away_while_it_is_posted_is_recorded_when_it_is_back(
    office: Office, tmp_path: Path
) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall(seconds=0.5)
    box = office.box(slack=wall)
    post = asyncio.create_task(box.post(MORNING, slot(), TRADE))
    await until(wall.begun)
    (tmp_path / "data").rename(tmp_path / "away")
    await asyncio.wait([post], timeout=1)
    assert (post.done(), len(wall.posted)) == (False, 1)
    (tmp_path / "away").rename(tmp_path / "data")
    assert await post == State.SENT
    assert await office.rows() == [("slack:#trade", 0, State.SENT)]


async def test_a_stop_while_the_store_is_away_does_not_wait_for_it(
    office: Office, tmp_path: Path
) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall(seconds=0.2)
    box = office.box(slack=wall)
    post = asyncio.create_task(box.post(MORNING, slot(), TRADE))
    await until(wall.begun)
    (tmp_path / "data").rename(tmp_path / "away")
    await box.close()
    assert await asyncio.wait_for(post, 5) == State.SENT
    (tmp_path / "away").rename(tmp_path / "data")
    assert await office.rows() == [("slack:#trade", 0, State.CLAIMED)]
