"""What a reader is shown of a briefing, and what its buttons ask for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.answer import listing, reply_to
from bot.reply import Button, Item, Link, Reply, Section
from summaries.model import Briefing, Point, Query, Show, Story, Why
from summaries.query import Grammar, parse
from tests.news import DAY, FRUIT, RAIL, RAIL_ELSEWHERE, article
from tests.stores import NOW

BAKU = ZoneInfo("Asia/Baku")
GRAMMAR = Grammar(BAKU)
RAIL_NEWS = article("rail", RAIL, "Rail accord signed")
RAIL_TOO = article("rail-2", RAIL_ELSEWHERE, "More trains", outlet="Harbour Post")
WHY = Why(("china", "trade"), relevance=8.0, newness=1.25, breadth=1.15)
RAIL_STORY = Story(
    "Rail accord signed",
    (RAIL_NEWS, RAIL_TOO),
    (Point("It was signed.", 0, 0, 14), Point("Trains double.", 1, 0, 14)),
    WHY,
)
FRUIT_STORY = Story("Cherries", (article("fruit", FRUIT, "Cherries"),), (), WHY)
BRIEFING = Briefing(
    query=parse("china trade", GRAMMAR, NOW),
    since=NOW - 30 * DAY,
    until=NOW,
    matched=3,
    stories=(RAIL_STORY,),
    total=1,
)


def shown(**changes: Any) -> Reply:
    return reply_to(replace(BRIEFING, **changes), BAKU)


def commands(reply: Reply) -> dict[str, Query]:
    """What the buttons ask for, when they are pressed a day later."""
    return {b.label: parse(b.command, GRAMMAR, NOW + DAY) for b in reply.buttons}


def test_a_story_has_its_points_each_with_its_outlet_and_all_its_articles_below() -> None:
    rail, harbour = "https://example.org/rail", "https://example.org/rail-2"
    assert shown().sections == (
        Section(
            title=Link("Rail accord signed", rail),
            items=(
                Item("It was signed.", (Link("Caspian Ledger", rail),)),
                Item("Trains double.", (Link("Harbour Post", harbour),)),
            ),
            footer=(
                Link("Caspian Ledger, 19 April 2026", rail),
                Link("Harbour Post, 19 April 2026", harbour),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("china trade since:7d top:3", "china trade"),
        ('"middle corridor" -opinion', '"middle corridor" -opinion'),
        ("", "What is new"),
        ("since:7d", "What is new"),
    ],
)
def test_the_heading_is_what_was_asked(text: str, heading: str) -> None:
    assert shown(query=parse(text, GRAMMAR, NOW)).heading == heading


def test_a_title_stands_for_the_words() -> None:
    assert reply_to(BRIEFING, BAKU, title="morning-trade").heading == "morning-trade"


def test_days_are_the_readers_own() -> None:
    late = replace(RAIL_NEWS, published=NOW.replace(hour=22))
    reply = shown(stories=(Story("Rail", (late,), (), WHY),))
    assert reply.sections[0].footer[0].text == "Caspian Ledger, 20 April 2026"


def test_without_address_date_or_outlet_the_source_and_the_file_are_named() -> None:
    bare = replace(RAIL_NEWS, url=None, published=None, outlet=None)
    reply = shown(stories=(Story("Rail", (bare,), (Point("x", 0, 0, 1),), WHY),))
    assert reply.sections[0].footer == (Link("wire, rail.txt"),)
    assert reply.sections[0].items[0].cites == (Link("wire"),)


def test_an_update_is_marked() -> None:
    reply = shown(stories=(replace(RAIL_STORY, update=True), FRUIT_STORY))
    assert [section.badge for section in reply.sections] == ["Update", None]


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({}, "1 story; 3 articles match."),
        ({"matched": 1}, "1 story; 1 article matches."),
        ({"total": 1_200}, "1 of 1,200 stories; 3 articles match."),
        (
            {"total": 4, "query": Query(words=("china",), skip=2)},
            "3 of 4 stories; 3 articles match.",
        ),
        ({"note": "From all dates."}, "From all dates. 1 story; 3 articles match."),
    ],
)
def test_the_note_counts(changes: dict[str, Any], note: str) -> None:
    assert shown(**changes).note == note


def test_more_asks_for_the_next_stories_of_the_same_window() -> None:
    reply = shown(total=7, stories=(RAIL_STORY, FRUIT_STORY))
    more = commands(reply)["More"]
    assert (more.words, more.skip, more.since) == (("china", "trade"), 2, NOW - 30 * DAY)
    assert more.until == NOW + timedelta(seconds=1)
    again = commands(reply_to(replace(BRIEFING, query=more, total=7), BAKU))["More"]
    assert again.skip == 3


def test_there_is_no_more_after_the_last_story() -> None:
    assert list(commands(shown())) == ["Sources", "Why this?"]


def test_sources_asks_for_the_articles_of_the_stories_shown() -> None:
    query = replace(BRIEFING.query, skip=4)
    asked = commands(shown(query=query, total=6))["Sources"]
    assert (asked.show, asked.top, asked.skip) == (Show.ARTICLES, 1, 4)


def test_a_list_of_articles_has_no_points_and_no_list_of_articles() -> None:
    reply = shown(query=replace(BRIEFING.query, show=Show.ARTICLES))
    assert reply.heading == "china trade: all articles"
    assert [item.text for item in reply.sections[0].items] == ["Rail accord signed", "More trains"]
    assert "Sources" not in commands(reply)


def test_why_this_asks_for_the_reasons_for_the_stories_shown() -> None:
    query = replace(BRIEFING.query, skip=4)
    asked = commands(shown(query=query, total=6))["Why this?"]
    assert (asked.show, asked.top, asked.skip) == (Show.WHY, 1, 4)


def test_the_reasons_are_words_weight_outlets_and_what_was_left_out() -> None:
    story = replace(RAIL_STORY, copies=(1,))
    reply = shown(query=replace(BRIEFING.query, show=Show.WHY), stories=(story,))
    assert reply.heading == "china trade: why these stories"
    [section] = reply.sections
    assert section.title.text == "Rail accord signed"
    assert [item.text for item in section.items] == [
        "Matched: china, trade.",
        "Weight 11.50 = relevance 8.00 x newness 1.25 x outlets 1.15.",
        "2 outlets: Caspian Ledger, Harbour Post.",
        "Left out as nearly the same:",
    ]
    assert section.items[-1].cites[0].text == "Harbour Post, 19 April 2026"
    assert commands(reply) == {}


def test_no_match_says_why_and_offers_what_might_match() -> None:
    said = "No article matches chnia. Did you mean china?"
    meant = Query(words=("china",), sources=("wire",))
    reply = shown(stories=(), total=0, matched=0, note=said, suggestion=meant)
    assert (reply.text, reply.note, reply.sections) == (said, None, ())
    assert reply.buttons == (Button("china", "china from:wire"),)


@pytest.mark.parametrize(("total", "text"), [(0, "Nothing new."), (2, "That was all: 2 stories.")])
def test_an_answer_without_stories_says_so(total: int, text: str) -> None:
    reply = shown(stories=(), total=total)
    assert (reply.text, reply.buttons) == (text, ())


def test_a_listing_has_a_line_for_each_name() -> None:
    reply = listing("Topics", [("china-trade", "china trade"), ("all", "")], note="Two.")
    assert [item.text for item in reply.sections[0].items] == ["china-trade: china trade", "all"]
    assert (reply.heading, reply.note) == ("Topics", "Two.")
    assert listing("Topics", []).sections == ()


@pytest.mark.parametrize(
    ("matched", "said"),
    [
        (1, "1 article matches."),
        (999, "999 articles match."),
        (1000, "at least 1,000 articles match."),
    ],
)
def test_the_note_says_how_many_articles_match_as_far_as_they_are_counted(
    matched: int, said: str
) -> None:
    assert shown(matched=matched).note == f"1 story; {said}"
