"""What chat is told of scheduled briefings, and what admins do to them there."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import config
from bot.commands import Newsroom
from bot.reply import Button, Reply, Request
from bot.schedule import coming
from summaries import clock
from summaries.errors import UserError
from summaries.store import Delivery, Planned, State, Store
from tests.program import write_config

SETTINGS: dict[str, Any] = {
    "timezone": "Asia/Baku",
    "sources": {},
    "admins": {"slack": ["U0ANNA"], "discord": ["123456789012345678"]},
    "limits": {"per_user": "100/minute"},
    "briefings": {
        "weekly": {"query": "", "at": ["07:00"], "days": "mon", "to": ["slack:#desk"]},
        "hourly": {
            "query": "china trade",
            "cron": "0 * * * *",
            "to": ["slack:#trade", *(f"discord:{at}" for at in range(1000, 1007))],
        },
    },
}
ANNA = Request("", "U0ANNA", "slack", "anna")
BORIS = Request("", "U0BORIS", "slack", "boris")
LEASE = timedelta(minutes=1)


async def opened(folder: Path, **changes: Any) -> Newsroom:
    settings = config.load(write_config(folder, **{**SETTINGS, **changes}), {})
    return Newsroom(settings, await Store.open(settings.database))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    room = await opened(tmp_path)
    yield room
    await room.store.close()


async def ask(room: Newsroom, text: str, asker: Request = ANNA) -> Reply:
    request = Request(text, asker.user, asker.platform, asker.name)
    return await room.answer(room.parse(request))


def lines(reply: Reply) -> list[str]:
    return [item.text for section in reply.sections for item in section.items]


async def ends(
    store: Store, state: State, briefing: str = "hourly", target: str = "slack:#trade"
) -> datetime:
    """A post of two parts ends like that; the moment for which it was due."""
    rows, now = store.deliveries, await store.deliveries.now()
    due = now.replace(second=0, microsecond=0)
    await store.subscriptions.enrol([(briefing, target)], now - LEASE)
    await rows.plan([Planned(briefing, f"{due:%Y-%m-%dT%H:%M}", target, due)])
    await rows.claim("holder", ["slack", "discord"], now, LEASE, 10)
    (planned,) = await rows.open(target)
    await rows.freeze(planned, ["{}", "{}"], "holder", articles=[], passed=[], covered=now)
    for part in await rows.open(target):
        await rows.begin(part, "holder", now, LEASE)
    for part in await rows.open(target):
        await rows.close(part, state, "holder", now, message_id="1", reason="Slack says no")
    await rows.release(target, "holder")
    return due


async def still_open(store: Store, target: str) -> list[Delivery]:
    return await store.deliveries.open(target)


async def test_next_says_what_is_due_when_the_next_first(room: Newsroom) -> None:
    reply = await ask(room, "next", BORIS)
    assert (reply.heading, reply.private) == ("What is due", False)
    hourly, weekly = reply.sections
    assert [hourly.title.text, weekly.title.text] == ["hourly", "weekly"]
    assert [link.text for link in weekly.footer] == ["slack:#desk"]
    by_name = {briefing.name: briefing for briefing in room.settings.briefings}
    for section in reply.sections:
        (item,) = section.items
        (slot,) = coming(by_name[section.title.text], clock.now(), 1)
        assert (item.text, item.when) == ("Due", slot.due)
        assert item.when is not None
        assert str(item.when.tzinfo) == "Asia/Baku"


async def test_of_many_channels_the_first_are_named(room: Newsroom) -> None:
    hourly, _ = (await ask(room, "next")).sections
    channels = [link.text for link in hourly.footer]
    assert channels[0] == "slack:#trade"
    assert (len(channels), channels[-1]) == (6, "and 3 more")


async def test_without_briefings_next_says_how_to_have_one(tmp_path: Path) -> None:
    room = await opened(tmp_path, briefings={})
    assert "briefings:" in (await ask(room, "next")).text
    assert room.parse(Request("pause", "U0BORIS", "slack")).command == "brief"
    await room.store.close()


async def test_a_briefing_that_is_not_due_for_long_is_listed_last(tmp_path: Path) -> None:
    # The next 29 February that is a Monday is in 2044.
    leap = {"query": "", "cron": "0 0 29 2 *", "days": "mon", "to": ["slack:#desk"]}
    room = await opened(tmp_path, briefings={"leap": leap, **SETTINGS["briefings"]})
    last = (await ask(room, "next")).sections[-1]
    assert (last.title.text, last.items[0].text) == ("leap", "Not due within a year")
    await room.store.close()


async def test_a_paused_briefing_says_since_when_and_by_whom(room: Newsroom) -> None:
    before = clock.now().replace(microsecond=0)
    reply = await ask(room, "pause Weekly")
    assert (reply.text, reply.private) == (
        "weekly is paused; `/brief resume weekly` goes on with it.",
        False,
    )
    _, weekly = (await ask(room, "next", BORIS)).sections
    paused, due = weekly.items
    assert (paused.text, due.text) == ("Paused by anna since", "Without that it would be due")
    assert paused.when is not None
    assert before <= paused.when <= clock.now()


async def test_to_pause_twice_tells_who_did_it_first(room: Newsroom) -> None:
    await ask(room, "pause weekly")
    terminal = Request("pause weekly", "", "terminal", "somebody at the terminal")
    reply = await room.answer(room.parse(terminal))
    assert reply.text == "weekly is paused already; `/brief resume weekly` goes on with it."
    assert lines(reply) == ["Paused by anna since"]


async def test_who_has_no_name_is_known_by_their_id(room: Newsroom) -> None:
    await ask(room, "pause weekly", Request("", "U0ANNA", "slack"))
    assert lines(await ask(room, "pause weekly")) == ["Paused by U0ANNA since"]


async def test_a_resumed_briefing_says_when_it_is_due(room: Newsroom) -> None:
    await ask(room, "pause weekly")
    reply = await ask(room, "resume weekly")
    (item,) = reply.sections[0].items
    weekly = next(each for each in room.settings.briefings if each.name == "weekly")
    assert (reply.text, reply.private) == ("weekly goes on.", False)
    assert (item.text, item.when) == ("Due", coming(weekly, clock.now(), 1)[0].due)
    assert lines(await ask(room, "next")) == ["Due", "Due"]
    assert (await ask(room, "resume weekly")).text == "weekly is not paused."


async def test_nothing_to_send_again_is_said(room: Newsroom) -> None:
    await ends(room.store, State.SENT)
    everything = "Nothing to send again: everything that was due has arrived."
    assert (await ask(room, "again")).text == everything
    of_it = "Nothing to send again: everything of weekly that was due has arrived."
    assert (await ask(room, "again weekly")).text == of_it


async def test_what_was_refused_is_sent_again(room: Newsroom) -> None:
    due = await ends(room.store, State.PARKED)
    reply = await ask(room, "again")
    (section,) = reply.sections
    (item,) = section.items
    assert (reply.heading, reply.text) == ("Sending again", "These go out within seconds.")
    assert (section.title.text, item.when) == ("hourly", due)
    assert item.text == "slack:#trade did not get it (Slack says no); it was due"
    assert {row.state for row in await still_open(room.store, "slack:#trade")} == {State.READY}
    assert "Nothing" in (await ask(room, "again")).text


async def test_what_may_have_arrived_is_sent_again_with_a_warning(room: Newsroom) -> None:
    await ends(room.store, State.UNSURE)
    assert lines(await ask(room, "again hourly")) == [
        "slack:#trade may have it already (Slack says no); it was due"
    ]
    assert len(await still_open(room.store, "slack:#trade")) == 2


async def test_again_with_a_name_leaves_other_briefings_alone(room: Newsroom) -> None:
    await ends(room.store, State.PARKED)
    await ends(room.store, State.PARKED, "weekly", "slack:#desk")
    assert [each.title.text for each in (await ask(room, "again weekly")).sections] == ["weekly"]
    assert not await still_open(room.store, "slack:#trade")


async def test_of_many_posts_to_send_again_the_first_are_listed(room: Newsroom) -> None:
    for channel in range(25):
        await ends(room.store, State.PARKED, target=f"discord:{channel}")
    reply = await ask(room, "again")
    assert (len(lines(reply)), reply.note) == (20, "And 5 more.")
    assert "Nothing" in (await ask(room, "again")).text


@pytest.mark.parametrize("text", ["pause weekly", "resume weekly", "again", "again weekly"])
async def test_who_is_no_admin_changes_nothing(room: Newsroom, text: str) -> None:
    await ends(room.store, State.PARKED)
    with pytest.raises(UserError, match=r"Only admins may do that\..* your id is U0BORIS\."):
        await ask(room, text, BORIS)
    assert not await room.store.pauses.all()
    assert not await still_open(room.store, "slack:#trade")


async def test_a_button_does_what_its_presser_may_do(room: Newsroom) -> None:
    pause = Button("Pause", "pause weekly")
    await room.store.deliveries.keep_command(pause.id, pause.command, datetime.now(UTC))
    refused = await room.press(Request(pause.id, "U0BORIS", "slack", "boris"))
    assert (refused.private, "Only admins" in refused.text) == (True, True)
    assert not await room.store.pauses.all()
    pressed = await room.press(Request(pause.id, "123456789012345678", "discord", "Anna"))
    assert (pressed.private, pressed.text[:16]) == (False, "weekly is paused")
    assert (await room.store.pauses.all())["weekly"].by == "Anna"


async def test_help_tells_admins_more(room: Newsroom) -> None:
    theirs, ours = lines(await ask(room, "help", BORIS)), lines(await ask(room, "help"))
    assert "/brief next: which briefing is due when" in theirs
    more = [line.partition(": ")[0].removeprefix("/brief ") for line in ours[len(theirs) :]]
    assert more == ["again", "again weekly", "pause weekly", "resume weekly"]
    for example in more:
        assert not (await ask(room, example)).private
