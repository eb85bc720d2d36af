from datetime import datetime
from zoneinfo import ZoneInfo

from bot.render.slack import escape, messages
from bot.reply import Button, Item, Link, Reply, Section

RAIL = "https://example.org/rail?a=1&b=2"
STORY = Section(
    Link("A rail terminal opens", RAIL),
    (
        Item("It opened on Tuesday.", (Link("Azernews", RAIL),)),
        Item("It is big.", (Link("local"),)),
    ),
    (Link("Azernews, 19 April 2026", RAIL), Link("local, rail.txt")),
    "Update",
)


def test_escape_touches_three_characters_alone() -> None:
    assert escape("<!channel> & *_~`") == "&lt;!channel&gt; &amp; *_~`"


def test_a_reply_is_a_header_a_section_with_its_context_a_note_and_buttons() -> None:
    more = Button("More", "rail skip:1")
    (body,) = messages(Reply("Rail & road", (STORY,), note="1 of 2 stories.", buttons=(more,)))
    link = "<https://example.org/rail?a=1&amp;b=2|"
    story = (
        f"*{link}A rail terminal opens>* · Update\n"
        f"• It opened on Tuesday. {link}Azernews>\n"
        "• It is big. (local)"
    )
    footer = f"{link}Azernews, 19 April 2026> · local, rail.txt"
    assert body == {
        "text": "Rail &amp; road\nA rail terminal opens",
        "blocks": [
            {
                "type": "header",
                "text": {"type": "plain_text", "text": "Rail &amp; road", "emoji": False},
            },
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": story, "verbatim": True},
                "expand": True,
            },
            {
                "type": "context",
                "elements": [{"type": "mrkdwn", "text": footer, "verbatim": True}],
            },
            {
                "type": "context",
                "elements": [{"type": "mrkdwn", "text": "1 of 2 stories.", "verbatim": True}],
            },
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "text": {"type": "plain_text", "text": "More", "emoji": False},
                        "action_id": f"brief:{more.id}",
                        "value": more.id,
                    }
                ],
            },
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def test_a_story_too_long_for_one_section_is_split_at_a_point() -> None:
    points = tuple(Item(f"{at} " + "word " * 150) for at in range(8))
    (body,) = messages(Reply("Heading", (Section(Link("Title"), points),)))
    _, *sections = (block["text"]["text"] for block in body["blocks"])
    assert len(sections) == 3
    assert all(text.startswith("• ") for text in sections[1:])


def test_further_messages_name_the_heading_and_their_number() -> None:
    story = Section(Link("Title"), (Item("word " * 500),))
    bodies = messages(Reply("News", (story,) * 6))
    assert [body["text"].partition("\n")[0] for body in bodies] == ["News", "News (2/2)"]


def test_an_address_that_leaves_no_room_for_words_is_not_linked() -> None:
    long = "https://example.org/" + "&" * 400
    (body,) = messages(Reply("News", (Section(Link("Title", long)),)))
    assert body["blocks"][1]["text"]["text"] == "*Title*"


def test_a_moment_follows_its_words_in_the_readers_own_time() -> None:
    when = datetime(2026, 11, 21, 8, 30, tzinfo=ZoneInfo("Asia/Baku"))
    (body,) = messages(Reply("Due", (Section(Link("morning"), (Item("Next:", when=when),)),)))
    in_words = "Saturday 21 November 2026, 08:30 (Asia/Baku)"
    assert body["blocks"][1]["text"]["text"] == (
        f"*morning*\n• Next: <!date^1795235400^{{date_short_pretty}} {{time}}|{in_words}>"
    )
