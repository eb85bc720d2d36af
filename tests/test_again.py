"""What is sent again on request: nothing that the channel knows by now, and nothing is lost."""

import asyncio
from datetime import timedelta

from bot.config import BriefingSettings
from summaries import clock
from summaries.errors import Forbidden, Refused, Unsure
from summaries.store import Delivery, Planned, State
from tests.news import RAIL
from tests.offices import (
    ADMINS,
    MORNING,
    SOON,
    TRADE,
    Office,
    Wall,
    news,
    posted,
    running,
    slot,
)
from tests.program import until
from tests.stores import meddle

HOUR = timedelta(hours=1)
GONE = Forbidden("is_archived")
EVENING = MORNING.model_copy(update={"name": "evening"})


async def parked(office: Office) -> Wall:
    """A post to a channel that is gone."""
    await office.hears(news("rail", RAIL))
    wall = Wall(GONE)
    assert await posted(office.box(slack=wall), MORNING, slot(), TRADE) == State.PARKED
    return wall


async def offered(office: Office) -> list[Delivery]:
    return await office.store.deliveries.undelivered(clock.now() - HOUR)


async def again(office: Office) -> None:
    [row] = await offered(office)
    assert await office.store.deliveries.reopen(row, await office.store.deliveries.now())


async def ends(office: Office, *briefings: BriefingSettings, wall: Wall) -> list[State]:
    """What becomes of all rows, in the order in which they were due."""
    async with running(office.box(*briefings, alerts=ADMINS, slack=wall)):

        async def closed() -> bool:
            return not {state for *_, state in await office.rows()} & {
                State.PLANNED,
                State.READY,
                State.SENDING,
            }

        await until(closed)
        await asyncio.sleep(1.5)
        await until(closed)
    return [row.state for row in await office.store.deliveries.recent()][::-1]


async def test_what_another_briefing_told_the_channel_is_not_offered(office: Office) -> None:
    wall = await parked(office)
    assert len(await offered(office)) == 1
    box = office.box(MORNING, EVENING, slack=wall)
    assert await posted(box, EVENING, slot(45, "evening"), TRADE) == State.SENT
    assert await offered(office) == []


async def test_it_goes_out_before_a_later_slot_that_is_planned_by_then(office: Office) -> None:
    wall = await parked(office)
    await office.store.deliveries.plan(
        [Planned("evening", "2026-11-21T09:00", str(TRADE), clock.now())]
    )
    await again(office)
    states = await ends(office, MORNING, EVENING, wall=wall)
    assert states == [State.SENT, State.SKIPPED]
    assert [message["text"].splitlines()[0] for _, message, _ in wall.posted] == [
        "morning · 21 November 2026, 08:30"
    ]


async def test_before_it_was_reported_it_is_reported_only_if_it_fails_again(office: Office) -> None:
    await parked(office)
    await again(office)
    wall = Wall(Refused("busy", SOON), GONE)
    assert State.PARKED in await ends(office, MORNING, wall=wall)
    [alert] = [message["text"] for channel, message, _ in wall.posted if channel == "#bot-admin"]
    assert "was not posted to slack:#trade: is_archived" in alert


async def test_what_may_be_there_and_is_refused_for_too_long_can_be_sent_again(
    office: Office,
) -> None:
    await office.hears(news("rail", RAIL))
    lost = Wall(Unsure("no answer"), keeps=False, searchable=False)
    assert await posted(office.box(slack=lost), MORNING, slot(), TRADE) == State.UNSURE
    await again(office)
    long_ago = int((clock.now() - 2 * HOUR).timestamp())
    meddle(office.settings.database, f"UPDATE deliveries SET asked = {long_ago}")
    assert await ends(office, MORNING, wall=Wall()) == [State.PARKED, State.SENT]
    assert len(await offered(office)) == 1
