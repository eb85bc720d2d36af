from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.render.discord import escape, messages
from bot.reply import Button, Item, Link, Reply, Section

RAIL = "https://example.org/rail"
STORY = Section(
    Link("A rail terminal opens", RAIL),
    (
        Item("It opened on Tuesday.", (Link("Azernews", RAIL),)),
        Item("It is big.", (Link("local"),)),
    ),
    (Link("Azernews, 19 April 2026", RAIL), Link("local, rail.txt")),
    "Update",
)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("**a** _b_ ~~c~~ ||d|| `e` \\", r"\*\*a\*\* \_b\_ \~\~c\~\~ \|\|d\|\| \`e\` \\"),
        ("<@1> <#2> <:c:3> <a:d:4> <t:5>", r"\<@1> \<#2> \<:c:3> \<a:d:4> \<t:5>"),
        ("[words](https://example.org)", r"[words\](https://example.org)"),
        ("# Heading", r"\# Heading"),
        ("-# small", r"\-# small"),
        ("> quote", r"\> quote"),
        ("see https://example.org/a_b, _so_", r"see https://example.org/a_b, \_so\_"),
        ("it's 5 < 6, #1 - and > [so] (it) is!", "it's 5 < 6, #1 - and > [so] (it) is!"),
    ],
)
def test_escape_touches_only_what_would_be_markup(text: str, escaped: str) -> None:
    assert escape(text) == escaped


def test_a_reply_is_a_heading_an_embed_a_story_and_a_row_of_buttons() -> None:
    more = Button("More", "rail skip:1")
    (body,) = messages(Reply("Rail_news", (STORY,), note="1 of 2 stories.", buttons=(more,)))
    assert body == {
        "content": "**Rail\\_news**\n-# 1 of 2 stories.",
        "allowed_mentions": {"parse": []},
        "embeds": [
            {
                "title": "A rail terminal opens · Update",
                "url": RAIL,
                "description": (
                    f"- It opened on Tuesday. [Azernews]({RAIL})\n"
                    "- It is big. (local)\n"
                    f"-# [Azernews, 19 April 2026]({RAIL}) · local, rail.txt"
                ),
            }
        ],
        "components": [
            {
                "type": 1,
                "components": [
                    {
                        "type": 2,
                        "style": 2,
                        "label": "More",
                        "custom_id": f"brief:{more.id}",
                        "disabled": False,
                    }
                ],
            }
        ],
    }


@pytest.mark.parametrize("name", ["bbc_world", "News 🙂", "<@1>", "[a]", "https://example.com"])
def test_words_that_a_masked_link_cannot_hold_stand_before_it(name: str) -> None:
    story = Section(Link("Title"), (Item("A point.", (Link(name, RAIL),)),))
    (body,) = messages(Reply("News", (story,)))
    assert body["embeds"][0]["description"] == f"- A point. {escape(name)} [link]({RAIL})"


def test_a_text_without_stories_has_no_embeds_and_no_components() -> None:
    assert messages(Reply("", text="Nothing new.")) == [
        {"content": "Nothing new.", "allowed_mentions": {"parse": []}}
    ]


def test_a_long_text_fills_several_messages_before_the_first_embed() -> None:
    text = "\n".join(f"{at} " + "word " * 150 for at in range(6))
    first, second, third = messages(Reply("News", (STORY,), text))
    assert "embeds" not in first
    assert "embeds" not in second
    assert len(third["embeds"]) == 1


def test_further_messages_name_the_heading_and_their_number() -> None:
    story = Section(Link("Title"), (Item("word " * 500),))
    bodies = messages(Reply("News", (story,) * 4))
    assert [body["content"] for body in bodies] == ["**News**", "**News** (2/2)"]


def test_a_story_too_long_for_one_embed_goes_on_in_an_untitled_one() -> None:
    points = tuple(Item(f"{at} " + "word " * 200) for at in range(5))
    (body,) = messages(Reply("News", (Section(Link("Title"), points),)))
    titled, untitled = body["embeds"]
    assert titled["title"] == "Title"
    assert list(untitled) == ["description"]


def test_buttons_fill_rows_of_five() -> None:
    buttons = tuple(Button(f"{at}", f"{at}") for at in range(7))
    (body,) = messages(Reply("News", buttons=buttons))
    assert [len(row["components"]) for row in body["components"]] == [5, 2]


def test_a_moment_follows_its_words_in_the_readers_own_time() -> None:
    when = datetime(2026, 11, 21, 8, 30, tzinfo=ZoneInfo("Asia/Baku"))
    (body,) = messages(Reply("Due", (Section(Link("morning"), (Item("Next:", when=when),)),)))
    assert body["embeds"] == [{"title": "morning", "description": "- Next: <t:1795235400:f>"}]
