"""The outbox, with a real store: each slot once to each channel."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.config import Target
from summaries import clock
from summaries.errors import DeliveryError, Forbidden, Refused, Unsure
from summaries.store import Planned, State
from tests.news import FRUIT, HOUR, QUAKE, RAIL
from tests.offices import (
    ADMINS,
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

SECOND = timedelta(seconds=1)


async def due(office: Office, *targets: Target, briefing: str = "morning") -> None:
    """A slot of a briefing is written down for these channels."""
    row = slot(briefing=briefing)
    await office.store.subscriptions.enrol([(briefing, str(to)) for to in targets], row.due)
    planned = [Planned(briefing, row.local, str(to), row.due) for to in targets]
    await office.store.deliveries.plan(planned)


async def test_a_slot_is_posted_and_remembered(office: Office) -> None:
    await office.hears(news("rail", RAIL), news("quake", QUAKE))
    wall = Wall()
    assert await posted(office.box(slack=wall), MORNING, slot(), TRADE) == State.SENT
    [(channel, _, key)] = wall.posted
    assert (channel, len(key)) == ("#trade", 24)
    assert "rail freight agreement" in wall.text
    assert "morning · 21 November 2026, 08:30" in wall.text
    assert "earthquake" not in wall.text
    [row] = await office.store.deliveries.recent()
    assert (row.state, row.message_id, row.articles) == (State.SENT, "m1", ("rail",))


async def test_a_slot_is_posted_once(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall()
    box = office.box(slack=wall)
    assert {await posted(box, MORNING, slot(), TRADE) for _ in range(3)} == {State.SENT}
    assert len(wall.posted) == 1


async def test_of_two_processes_one_posts(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    walls = [Wall(seconds=0.2), Wall(seconds=0.2)]
    posts = [posted(office.box(slack=wall), MORNING, slot(), TRADE) for wall in walls]
    assert await asyncio.gather(*posts) == [State.SENT] * 2
    assert sum(len(wall.posted) for wall in walls) == 1


async def test_a_refusal_is_tried_again_under_the_same_key(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall(Refused("busy", SOON), Refused("busy", SOON))
    assert await posted(office.box(slack=wall), MORNING, slot(), TRADE) == State.SENT
    assert (len(wall.keys), len(set(wall.keys)), len(wall.posted)) == (3, 1, 1)


@pytest.mark.parametrize("keeps", [True, False], ids=["it had arrived", "it had not"])
async def test_what_got_no_answer_is_looked_for_and_posted_again_only_if_it_is_absent(
    office: Office, keeps: bool
) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall(Unsure("no answer came"), keeps=keeps)
    assert await posted(office.box(slack=wall), MORNING, slot(), TRADE) == State.SENT
    assert (len(wall.posted), len(wall.keys)) == (1, 1 if keeps else 2)


async def test_where_a_platform_knows_a_message_again_it_is_not_looked_for(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall(Unsure("no answer came"), keeps=False, searchable=False)
    wall.repeatable = 60.0
    assert await posted(office.box(slack=wall), MORNING, slot(), TRADE) == State.SENT
    assert (len(wall.posted), len(set(wall.keys))) == (1, 1)


@pytest.mark.parametrize(
    ("troubles", "state", "told"),
    [
        ([Forbidden("no such channel")], State.PARKED, "/brief again morning posts it"),
        ([Unsure("no answer came")], State.UNSURE, "Look there, and if it is missing"),
    ],
    ids=["forbidden", "cannot be searched"],
)
async def test_what_may_not_have_arrived_is_told_the_admins_and_not_posted_again(
    office: Office, troubles: list[DeliveryError], state: State, told: str
) -> None:
    await office.hears(news("rail", RAIL))
    wall, desk = Wall(*troubles, searchable=False), Wall()
    box = office.box(MORNING, alerts=DESK, slack=wall, discord=desk)
    assert await posted(box, MORNING, slot(), TRADE) == state
    assert await posted(box, MORNING, slot(), TRADE) == state
    assert len(wall.keys) == 1
    async with running(box):
        await until(desk.begun)
    assert len(desk.posted) == 1
    assert "morning of 21 November 2026, 08:30 " in desk.text
    assert "posted to slack:#trade" in desk.text
    assert told in desk.text


async def test_what_is_refused_for_longer_than_its_catch_up_is_given_up(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    wall, desk = Wall(Refused("busy", SOON)), Wall()
    await due(office, TRADE)
    async with running(office.box(slack=wall)):
        await until(wall.begun)
    over = MORNING.model_copy(update={"catch_up": timedelta(0)})
    async with running(office.box(over, alerts=DESK, slack=wall, discord=desk)):
        await until(desk.begun)
    assert wall.posted == []
    assert "(busy). What was new then comes with the next" in desk.text
    assert await posted(office.box(slack=wall), MORNING, slot(45), TRADE) == State.SENT


async def test_a_channel_that_is_gone_does_not_hold_up_the_others(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    gone, wall = Wall(*[Refused("busy", 60)] * 9), Wall()
    await due(office, TRADE, DESK)
    async with running(office.box(slack=gone, discord=wall)):
        await until(wall.begun)
    assert len(wall.posted) == 1


async def test_a_long_briefing_comes_in_parts_in_their_order(office: Office) -> None:
    await office.hears(*long_news())
    wall = Wall()
    long = MORNING.model_copy(update={"stories": 10, "to": (DESK,)})
    assert await posted(office.box(long, discord=wall), long, slot(), DESK) == State.SENT
    parts = len(wall.posted)
    assert parts > 1
    assert len({key for _, _, key in wall.posted}) == parts
    assert await office.rows() == [("discord:1", part, State.SENT) for part in range(parts)]
    sent = {row.part: row.message_id for row in await office.store.deliveries.recent()}
    assert sent == {part: f"m{part + 1}" for part in range(parts)}


async def test_what_was_frozen_is_posted_as_it_was_by_whoever_goes_on(office: Office) -> None:
    await office.hears(*long_news())
    long = MORNING.model_copy(update={"stories": 10, "to": (DESK,)})
    first, rest = Wall(None, Refused("busy", 2)), Wall()
    post = asyncio.create_task(office.box(long, discord=first).post(long, slot(), DESK))

    async def refused() -> bool:
        return len(first.keys) == 2

    await until(refused)
    await asyncio.sleep(0.5)
    post.cancel()
    await office.hears(news("rail", RAIL), now=clock.now())
    assert await posted(office.box(long, discord=rest), long, slot(), DESK) == State.SENT
    assert rest.keys[0] == first.keys[1]
    assert "rail freight" not in rest.text


async def test_a_dead_workers_channel_is_taken_over_after_its_lease(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    await due(office, TRADE)
    now = clock.now()
    [target] = await office.store.deliveries.claim("dead", ["slack"], now, 2 * SECOND, 9)
    assert target == "slack:#trade"
    wall = Wall()
    async with running(office.box(slack=wall)):
        await asyncio.sleep(1)
        assert wall.keys == []
        await until(wall.begun)
    assert len(wall.posted) == 1


async def test_who_posts_by_hand_takes_a_dead_workers_channel_over(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    await due(office, TRADE)
    await office.store.deliveries.claim("dead", ["slack"], clock.now() - HOUR, SECOND, 9)
    wall = Wall()
    await posted(office.box(slack=wall), MORNING, slot(45), TRADE)
    assert len(wall.posted) == 1
    assert {state for *_, state in await office.rows()} == {State.SENT, State.SKIPPED}


async def test_a_stopped_workers_channel_is_left_to_it_and_reported(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    await due(office, TRADE)
    wall, desk = Wall(), Wall()
    async with office.store.presence() as other:
        await office.store.deliveries.claim(other.name, ["slack"], clock.now(), SECOND, 9)
        async with running(office.box(MORNING, alerts=DESK, slack=wall, discord=desk)):
            await until(desk.begun)
    assert wall.keys == []
    assert "still holds the channel" in desk.text


async def test_briefings_for_one_channel_take_turns(office: Office) -> None:
    await office.hears(news("rail", RAIL), news("fruit", FRUIT))
    wall = Wall()
    briefings = [MORNING.model_copy(update={"name": name}) for name in ("one", "two")]
    for each in briefings:
        await due(office, TRADE, briefing=each.name)
    async with running(office.box(*briefings, slack=wall)):

        async def finished() -> bool:
            return [state for *_, state in await office.rows()] == [State.SENT, State.SKIPPED]

        await until(finished)
    assert len(wall.posted) == 1


async def test_a_stop_while_a_channel_refuses_leaves_the_slot_to_the_next_process(
    office: Office,
) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall(Refused("busy", SOON))
    await due(office, TRADE)
    async with running(office.box(slack=wall)):
        await until(wall.begun)
    assert wall.posted == []
    async with running(office.box(slack=wall)):

        async def arrived() -> bool:
            return bool(wall.posted)

        await until(arrived)


async def test_what_is_being_sent_at_the_stop_arrives(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall(seconds=0.3)
    await due(office, TRADE)
    async with running(office.box(slack=wall)):
        await until(wall.begun)
        assert wall.posted == []
    assert (len(wall.posted), await office.rows()) == (1, [("slack:#trade", 0, State.SENT)])


async def test_what_is_cut_off_at_the_stop_is_looked_for_by_the_next_process(
    office: Office,
) -> None:
    await office.hears(news("rail", RAIL))
    slow, wall = Wall(seconds=9), Wall()
    await due(office, TRADE)
    box = office.box(slack=slow)
    box.terms = type(box.terms)(deadline=20, lease=40, settle=0.2)
    async with running(box):
        await until(slow.begun)
    assert await office.rows() == [("slack:#trade", 0, State.SENDING)]
    async with running(office.box(slack=wall)):
        await until(wall.begun)
    assert wall.keys == slow.keys


async def test_a_slot_that_falls_due_while_the_store_is_away_is_posted_once_it_is_back(
    office: Office, tmp_path: Path
) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall()
    await due(office, TRADE)
    (tmp_path / "data").rename(tmp_path / "away")
    async with running(office.box(slack=wall)):
        await asyncio.sleep(0.5)
        assert wall.keys == []
        (tmp_path / "away").rename(tmp_path / "data")
        await until(wall.begun)
    assert len(wall.posted) == 1


async def test_a_slot_whose_store_goes_away_while_it_is_posted_is_found_when_it_is_back(
    office: Office, tmp_path: Path
) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall(seconds=0.5)
    await due(office, TRADE)
    async with running(office.box(slack=wall)):
        await until(wall.begun)
        (tmp_path / "data").rename(tmp_path / "away")
        await asyncio.sleep(1)
        assert len(wall.posted) == 1
        (tmp_path / "away").rename(tmp_path / "data")

        async def recorded() -> bool:
            return await office.rows() == [("slack:#trade", 0, State.SENT)]

        await until(recorded)
    assert len(wall.posted) == 1


async def test_a_stop_while_the_store_is_away_does_not_wait_for_it(
    office: Office, tmp_path: Path
) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall(seconds=0.2)
    await due(office, TRADE)
    async with asyncio.timeout(8):
        async with running(office.box(slack=wall)):
            await until(wall.begun)
            (tmp_path / "data").rename(tmp_path / "away")
    (tmp_path / "away").rename(tmp_path / "data")
    assert await office.rows() == [("slack:#trade", 0, State.SENDING)]


async def test_alerts_about_alerts_stay_in_the_log(office: Office) -> None:
    await office.hears(news("rail", RAIL))
    wall = Wall(*[Forbidden("no such channel")] * 3)
    box = office.box(MORNING, alerts=ADMINS, slack=wall)
    assert await posted(box, MORNING, slot(), TRADE) == State.PARKED
    async with running(box):

        async def both() -> bool:
            return [state for *_, state in await office.rows()] == [State.PARKED] * 2

        await until(both)
        await asyncio.sleep(1.5)
    assert len(wall.keys) == 2
