from datetime import datetime
from textwrap import dedent
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from bot.render.terminal import render
from bot.reply import Button, Item, Link, Reply, Section

RAIL = "https://example.org/rail"
ROAD = "https://example.com/2026/08/a-new-road-over-the-mountains-is-open-to-lorries-at-last"
REPLY = Reply(
    "Transit",
    (
        Section(
            Link("A rail terminal opens on the line from Baku, after years of work", RAIL),
            (Item("It opened on Tuesday, and it is as big as a small town.", (Link("Azernews"),)),),
            (Link("Azernews, 19 April 2026", RAIL), Link("Road News", ROAD)),
            "Update",
        ),
        Section(
            Link("Trade grows"),
            (Item("It grew by half."),),
            (Link("samples, 2 May 2026, trade.txt"),),
        ),
    ),
    note="1 to 2 of 7 stories.",
    buttons=(Button("More", "transit since:2026-04-01T00:00:00Z until:2026-05-03T00:00:00Z"),),
)


def test_stories_are_numbered_wrapped_and_followed_by_their_sources() -> None:
    assert render(REPLY, 60, colour=False) == dedent(f"""\
        Transit

        1  A rail terminal opens on the line from Baku, after years
           of work · Update
           • It opened on Tuesday, and it is as big as a small town.
             [Azernews]
           Azernews, 19 April 2026  {RAIL}
           Road News
           {ROAD}

        2  Trade grows
           • It grew by half.
           samples, 2 May 2026, trade.txt

        1 to 2 of 7 stories.
        More: /brief transit since:2026-04-01T00:00:00Z until:2026-05-03T00:00:00Z
        """)


def test_a_single_story_has_no_number() -> None:
    shown = render(Reply("Heading", (Section(Link("Title"), (Item("A point."),)),)), 80, False)
    assert shown == "Heading\n\nTitle\n• A point.\n"


def test_addresses_that_the_footer_leaves_out_follow_it_once() -> None:
    cites = (Link("Azernews", RAIL), Link("Azernews", RAIL))
    story = Section(Link("Title", ROAD), (Item("A point.", cites),), (Link("Azernews, today"),))
    assert render(Reply("", (story,), "Text."), 100, False).splitlines()[2:] == [
        "Title",
        "• A point. [Azernews]",
        "Azernews, today",
        ROAD,
        f"Azernews  {RAIL}",
    ]


def test_colour_marks_titles_and_only_where_it_is_wanted() -> None:
    assert "\x1b[1mTrade grows\x1b[0m" in render(REPLY, 80, colour=True)
    assert "\x1b" not in render(REPLY, 80, colour=False)


def test_wide_characters_count_as_two_cells() -> None:
    story = Section(Link("标题"), (Item("阿塞拜疆与中国的贸易额在上半年增长了一倍" * 4),))
    lines = render(Reply("", (story,), "Text."), 50, colour=False).splitlines()
    assert 45 < max(map(cell_len, lines)) <= 50


def test_lines_stay_readable_on_any_screen() -> None:
    reply = Reply("Heading", (Section(Link("Title"), (Item("word " * 100),)),))
    assert max(map(len, render(reply, 500, False).splitlines())) <= 100
    assert max(map(len, render(reply, 3, False).splitlines())) <= 40


def test_a_moment_follows_its_words_in_its_own_zone() -> None:
    when = datetime(2026, 11, 21, 8, 30, tzinfo=ZoneInfo("Asia/Baku"))
    reply = Reply("Due", (Section(Link("morning"), (Item("Next:", when=when),)),))
    shown = "Due\n\nmorning\n• Next: Saturday 21 November 2026, 08:30 (Asia/Baku)\n"
    assert render(reply, 80, colour=False) == shown
