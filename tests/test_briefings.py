"""What chat is told of scheduled briefings, and what admins do to them there."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import config
from bot.commands import Newsroom
from bot.reply import Button, Reply, Request, Section
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
        "desk": {"query": "", "at": ["07:00"], "days": "mon", "to": ["slack:#desk"]},
        "trade": {
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


def section(reply: Reply, title: str) -> Section:
    (found,) = (each for each in reply.sections if each.title.text == title)
    return found


async def ends(
    store: Store, state: State, briefing: str = "trade", target: str = "slack:#trade"
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
    reply, now = await ask(room, "next", BORIS), clock.now()
    assert (reply.heading, reply.private) == ("What is due", False)
    slots = sorted(coming(briefing, now, 1)[0] for briefing in room.settings.briefings)
    assert [section.title.text for section in reply.sections] == [slot.briefing for slot in slots]
    items = [item for section in reply.sections for item in section.items]
    assert [(item.text, item.when) for item in items] == [("Due", slot.due) for slot in slots]
    assert {str(item.when.tzinfo) for item in items if item.when} == {"Asia/Baku"}


async def test_of_many_channels_the_first_are_named(room: Newsroom) -> None:
    channels = [link.text for link in section(await ask(room, "next"), "trade").footer]
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
    reply = await ask(room, "pause Desk")
    assert (reply.text, reply.private) == (
        "desk is paused; `/brief resume desk` goes on with it.",
        False,
    )
    paused, due = section(await ask(room, "next", BORIS), "desk").items
    assert (paused.text, due.text) == ("Paused by anna since", "Otherwise due")
    assert paused.when is not None
    assert before <= paused.when <= clock.now()


async def test_to_pause_twice_tells_who_did_it_first(room: Newsroom) -> None:
    await ask(room, "pause desk")
    terminal = Request("pause desk", "", "terminal", "somebody at the terminal")
    reply = await room.answer(room.parse(terminal))
    assert reply.text == "desk is paused already; `/brief resume desk` goes on with it."
    assert lines(reply) == ["Paused by anna since"]


async def test_who_has_no_name_is_known_by_their_id(room: Newsroom) -> None:
    await ask(room, "pause desk", Request("", "U0ANNA", "slack"))
    assert lines(await ask(room, "pause desk")) == ["Paused by U0ANNA since"]


async def test_a_resumed_briefing_says_when_it_is_due(room: Newsroom) -> None:
    await ask(room, "pause desk")
    reply = await ask(room, "resume desk")
    (item,) = reply.sections[0].items
    desk = next(each for each in room.settings.briefings if each.name == "desk")
    assert (reply.text, reply.private) == ("desk goes on.", False)
    assert (item.text, item.when) == ("Due", coming(desk, clock.now(), 1)[0].due)
    assert lines(await ask(room, "next")) == ["Due", "Due"]
    assert (await ask(room, "resume desk")).text == "desk is not paused."


async def test_nothing_to_send_again_is_said(room: Newsroom) -> None:
    await ends(room.store, State.SENT)
    everything = "Nothing is to be sent again."
    assert (await ask(room, "again")).text == everything
    of_it = "Nothing of desk is to be sent again."
    assert (await ask(room, "again desk")).text == of_it


async def test_what_was_refused_is_sent_again(room: Newsroom) -> None:
    due = await ends(room.store, State.PARKED)
    reply = await ask(room, "again")
    (item,) = section(reply, "trade").items
    assert (reply.heading, reply.text) == ("Sending again", "These go out within seconds.")
    assert item.when == due
    assert item.text == "slack:#trade did not get it (Slack says no); it was due"
    assert {row.state for row in await still_open(room.store, "slack:#trade")} == {State.READY}
    assert "Nothing" in (await ask(room, "again")).text


async def test_what_may_have_arrived_is_sent_again_with_a_warning(room: Newsroom) -> None:
    await ends(room.store, State.UNSURE)
    assert lines(await ask(room, "again trade")) == [
        "slack:#trade may have it already (Slack says no); it was due"
    ]
    assert len(await still_open(room.store, "slack:#trade")) == 2


async def test_again_with_a_name_leaves_other_briefings_alone(room: Newsroom) -> None:
    await ends(room.store, State.PARKED)
    await ends(room.store, State.PARKED, "desk", "slack:#desk")
    assert [each.title.text for each in (await ask(room, "again desk")).sections] == ["desk"]
    assert not await still_open(room.store, "slack:#trade")


async def test_of_many_posts_to_send_again_the_first_are_listed(tmp_path: Path) -> None:
    channels = [f"discord:{at}" for at in range(25)]
    trade = {"query": "china trade", "cron": "0 * * * *", "to": channels}
    room = await opened(tmp_path, briefings={"trade": trade})
    for channel in channels:
        await ends(room.store, State.PARKED, target=channel)
    reply = await ask(room, "again")
    assert (len(lines(reply)), reply.note) == (20, "And 5 more.")
    assert "Nothing" in (await ask(room, "again")).text
    await room.store.close()


async def test_what_config_yaml_has_no_more_is_not_sent_again(room: Newsroom) -> None:
    await ends(room.store, State.PARKED, target="slack:#elsewhere")
    await ends(room.store, State.PARKED, "evening", "slack:#trade")
    assert (await ask(room, "again")).text == "Nothing is to be sent again."


@pytest.mark.parametrize("text", ["pause desk", "resume desk", "again", "again desk"])
async def test_who_is_no_admin_changes_nothing(room: Newsroom, text: str) -> None:
    await ends(room.store, State.PARKED)
    with pytest.raises(UserError, match=r"Only admins may do that\..* your id is U0BORIS\."):
        await ask(room, text, BORIS)
    assert not await room.store.pauses.all()
    assert not await still_open(room.store, "slack:#trade")


async def test_a_button_does_what_its_presser_may_do(room: Newsroom) -> None:
    pause = Button("Pause", "pause desk")
    await room.store.commands.keep(pause.id, pause.command, datetime.now(UTC))
    refused = await room.press(Request(pause.id, "U0BORIS", "slack", "boris"))
    assert (refused.private, "Only admins" in refused.text) == (True, True)
    assert not await room.store.pauses.all()
    pressed = await room.press(Request(pause.id, "123456789012345678", "discord", "Anna"))
    assert (pressed.private, pressed.text.startswith("desk is paused;")) == (False, True)
    assert (await room.store.pauses.all())["desk"].by == "Anna"


async def test_help_tells_admins_more(room: Newsroom) -> None:
    theirs, ours = lines(await ask(room, "help", BORIS)), lines(await ask(room, "help"))
    assert "/brief next: which briefing is due when" in theirs
    more = [line.partition(": ")[0].removeprefix("/brief ") for line in ours[len(theirs) :]]
    assert more == ["again", "again desk", "pause desk", "resume desk"]
    for example in more:
        assert not (await ask(room, example)).private
