"""What a newsroom with a real store answers to what people type and press."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import config
from bot.commands import Newsroom
from bot.reply import Button, Reply, Request
from summaries import clock
from summaries.errors import QueryError, UserError
from summaries.store import Store
from tests.news import DAY, FRUIT, HOUR, QUAKE, RAIL, RAIL_ELSEWHERE, article, put
from tests.program import write_config

SETTINGS: dict[str, Any] = {
    "sources": {
        "wire": {"folder": "news"},
        "gazette": {"feed": "https://example.org/rss.xml", "tags": ["rail"]},
    },
    "topics": {"china-trade": "china trade", "quakes": "earthquake since:90d"},
    "limits": {"per_user": "3/minute"},
}

Open = Callable[..., Awaitable[Newsroom]]


@pytest.fixture
async def open_room(tmp_path: Path) -> AsyncIterator[Open]:
    opened: list[Store] = []

    async def open_(**changes: Any) -> Newsroom:
        settings = config.load(write_config(tmp_path, **{**SETTINGS, **changes}), {})
        opened.append(await Store.open(settings.database))
        room = Newsroom(settings, opened[-1])
        await room.refresh()
        return room

    yield open_
    for store in opened:
        await store.close()


@pytest.fixture
async def room(open_room: Open) -> Newsroom:
    room, now = await open_room(), clock.now()
    news = [
        article("rail", RAIL, published=now - HOUR),
        article("rail-2", RAIL_ELSEWHERE, published=now - HOUR, outlet="Harbour Post"),
        article("fruit", FRUIT, published=now - DAY, source="gazette", tags=("rail",)),
        article("quake", QUAKE, published=now - 60 * DAY),
    ]
    await put(room.store, news, now)
    await room.refresh()
    return room


def typed(text: str) -> Request:
    return Request(text, "U0ANNA", "slack", "anna")


async def ask(room: Newsroom, text: str) -> Reply:
    return await room.answer(room.parse(typed(text)))


async def press(room: Newsroom, button: Button) -> Reply:
    return await room.press(typed(button.id))


def lines(reply: Reply) -> list[str]:
    return [item.text for section in reply.sections for item in section.items]


async def test_a_query_is_answered_with_stories_for_all_to_see(room: Newsroom) -> None:
    reply = await ask(room, "china trade")
    assert (reply.heading, reply.private) == ("china trade", False)
    assert sorted(len(section.footer) for section in reply.sections) == [1, 2]
    assert [button.label for button in reply.buttons] == ["Sources", "Why this?"]


async def test_nothing_typed_asks_what_is_new(room: Newsroom) -> None:
    reply = await ask(room, "  ")
    assert (reply.heading, len(reply.sections)) == ("What is new", 2)


async def test_help_shows_what_can_be_asked(room: Newsroom) -> None:
    reply = await ask(room, "Help")
    assert (reply.heading, reply.private) == ("How to ask", False)
    shown = [each for line in lines(reply) for each in line.partition(": ")[0].split(", ")]
    examples = [each.removeprefix("/brief").strip() for each in shown]
    assert {"china trade", "since:7d", "top:3", "sources", "topics"} <= set(examples)
    for example in examples:
        if example not in ("from:source", "tag:name"):
            assert not (await ask(room, example)).private


async def test_sources_are_listed_with_how_they_do(room: Newsroom) -> None:
    why = "https://example.org/rss.xml answers 410"
    await room.store.sources.enrol(room.settings.sources, clock.now())
    enrolled = await room.store.sources.get("gazette")
    worse = replace(enrolled, last_error=why, errors_in_a_row=2)
    await room.store.sources.put({"gazette": worse})
    assert lines(await ask(room, "sources")) == [
        "gazette: feed, 1 article; it cannot be read now",
        "wire: folder, 3 articles",
    ]


async def test_topics_are_listed_with_a_button_each(room: Newsroom) -> None:
    reply = await ask(room, "topics")
    assert lines(reply) == ["china-trade: china trade", "quakes: earthquake since:90d"]
    assert [button.label for button in reply.buttons] == ["china-trade", "quakes"]


async def test_without_sources_or_topics_help_is_at_hand(open_room: Open) -> None:
    empty = await open_room(sources={}, topics={})
    assert "config.yaml" in ((await ask(empty, "sources")).note or "")
    assert "No topic" in (await ask(empty, "topics")).text
    assert (await ask(empty, "china trade")).text == "There are no articles yet."


async def test_the_name_of_a_topic_asks_its_query(room: Newsroom) -> None:
    assert room.parse(typed("china-trade")).query == room.parse(typed("china trade")).query
    reply = await ask(room, "quakes")
    assert (reply.heading, len(reply.sections)) == ("earthquake", 1)


async def test_a_reserved_word_counts_only_when_it_is_all_there_is(room: Newsroom) -> None:
    assert room.parse(typed("sources")).command == "sources"
    assert room.parse(typed("help china")).query.words == ("help", "china")


@pytest.mark.parametrize(
    ("text", "part", "example"),
    [
        ("china from:gazete", "from:gazete", "from:gazette"),
        ("china tag:rial", "tag:rial", "tag:rail"),
        ("since:soon china", "since:soon", "since:7d"),
        ('"middle corridor', '"middle corridor', '"middle corridor"'),
        ("top:99", "top:99", "top:5"),
        ("sicne:7d", "sicne:7d", "since:7d"),
    ],
)
async def test_a_mistake_is_told_with_its_part_and_a_right_one(
    room: Newsroom, text: str, part: str, example: str
) -> None:
    with pytest.raises(QueryError) as caught:
        room.parse(typed(text))
    assert (caught.value.part, example in str(caught.value)) == (part, True)


@pytest.mark.parametrize("text", ["the", "what is it", "🙂", "x" * 5_000, "a " * 20, "!!!"])
async def test_what_names_nothing_is_refused_in_one_line(room: Newsroom, text: str) -> None:
    with pytest.raises(QueryError) as caught:
        room.parse(typed(text))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "text", ["a OR b* NEAR(c", "C++", "AT&T", "col:trade", "rail^2", "' OR 1=1 --", "(", "trade)"]
)
async def test_what_looks_like_syntax_is_searched_for_or_refused(room: Newsroom, text: str) -> None:
    try:
        reply = await ask(room, text)
    except QueryError:
        return
    assert not reply.private


async def test_a_button_asks_what_it_stands_for(room: Newsroom) -> None:
    sources, why = (await ask(room, "china trade")).buttons
    assert (await press(room, sources)).heading == "china trade: all articles"
    assert (await press(room, why)).heading == "china trade: why these stories"


async def test_every_story_is_reached_by_pressing_more(room: Newsroom) -> None:
    reply, seen = await ask(room, "top:1"), []
    while True:
        seen += [section.title.text for section in reply.sections]
        more = [button for button in reply.buttons if button.label == "More"]
        if not more:
            break
        reply = await press(room, more[0])
    assert len(seen) == len(set(seen)) == 2


async def test_a_button_that_nobody_knows_is_told_so_in_private(room: Newsroom) -> None:
    reply = await press(room, Button("More", "never stored"))
    assert (reply.private, "type the command again" in reply.text) == (True, True)


async def test_a_near_spelling_is_a_button(room: Newsroom) -> None:
    reply = await ask(room, "chnia")
    assert "Did you mean china?" in reply.text
    assert [button.command for button in reply.buttons] == ["china"]


async def test_in_chat_one_person_may_ask_so_often(room: Newsroom) -> None:
    request = typed("china trade")
    for _ in range(3):
        assert room.receive(request).query.words == ("china", "trade")
    with pytest.raises(UserError, match="please wait"):
        room.receive(request)
    assert (await press(room, Button("More", "china"))).private
    assert room.receive(replace(request, platform="discord")).command == "brief"


async def test_a_source_that_was_taken_out_is_not_asked_any_more(
    room: Newsroom, open_room: Open
) -> None:
    await room.store.sources.enrol(room.settings.sources, clock.now())
    without = await open_room(sources={"wire": {"folder": "news"}})
    assert len((await ask(without, "china trade")).sections) == 1
    assert lines(await ask(without, "sources")) == ["wire: folder, 3 articles"]


@pytest.mark.parametrize("text", ["china trade", "sources"])
async def test_a_store_that_fails_is_told_in_private(
    room: Newsroom, tmp_path: Path, text: str
) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "bot.db")) as database:
        database.executescript("DROP TABLE sources; DROP TABLE terms; DROP TABLE articles")
    reply = await ask(room, text)
    assert (reply.private, reply.text) == (True, "The archive does not answer; try again shortly.")


async def test_who_is_answering_may_finish_before_the_end(room: Newsroom) -> None:
    answering = asyncio.create_task(ask(room, "china trade"))
    await asyncio.sleep(0)
    await room.drain()
    assert answering.done()
    assert (await answering).heading == "china trade"


async def test_more_reaches_every_story_though_one_is_dated_ahead(room: Newsroom) -> None:
    now = clock.now()
    await put(room.store, [article("ahead", QUAKE, "Ahead", published=now + HOUR)], now)
    reply, seen = await ask(room, "top:1"), list[str]()
    while more := [button for button in reply.buttons if button.label == "More"]:
        seen += [section.title.text for section in reply.sections]
        reply = await press(room, more[0])
    seen += [section.title.text for section in reply.sections]
    assert len(set(seen)) == len(seen) == 3


@pytest.mark.parametrize("misspelt", ["thw", "wwith"])
async def test_what_is_suggested_can_be_asked(room: Newsroom, misspelt: str) -> None:
    for button in (await ask(room, misspelt)).buttons:
        room.parse(typed(button.command))


async def test_a_suggestion_keeps_the_filters(room: Newsroom) -> None:
    (button,) = (await ask(room, "eartquake from:wire since:90d")).buttons
    assert button.label == "earthquake"
    assert "from:wire since:" in button.command


async def test_a_topic_is_known_in_any_case_as_commands_are(room: Newsroom) -> None:
    assert room.parse(typed("Quakes")).query.words == room.parse(typed("quakes")).query.words
