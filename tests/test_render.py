"""What every platform promises of a reply, whatever stands in the news."""

import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.render import MESSAGES
from bot.render.clean import clean, tidy
from bot.render.fit import units
from bot.render.terminal import render
from bot.reply import Button, Item, Link, Reply, Section

HOSTILE = [
    "<!channel>", "<!here|x>", "@everyone", "<@1>", "<@&2>", "<#3>", "<:smile:4>", "<a:b:5>",
    "<t:1700000000>", "<t:1700000000:f>",
    "<!date^1700000000^{date_short_pretty} {time}|x>",
    "</brief:6>", "<https://example.org|x>", "[a](https://example.com)", "](",
    "[", "]", "*", "**bold**", "__", "~~", "||", "`", "```", "# ", "-# ", "> ", "- ", "\\", "|",
    "&amp;", "&", "\x1b[31m", "\x1b]8;;https://example.com\x1b\\", "\x9b1m", "\x00", "\u202e",
    "\u2066", "\ud800", "\r\n", "\u2028", "https://example.org/a_b_c", "🙂", "中文没有空格",
    "it's 5 < 6 & 7 > 3", "Baku", "said on Tuesday.",
]  # fmt: skip
URLS = [
    None, "", "https://example.org/a", "http://example.com:8080/ü b?q=(1)&r=<2>|3#x", "\ud800",
    "javascript:alert(1)", "data:text/html,x", "//example.org", "https://", "https://[::1",
    "https://user:password@example.org/", "https://bücher.example/", "https://exa mple.org/",
    "https://example.org:99999/", "https://example.org/" + "x" * 3000, "https://example.org/%zz)",
]  # fmt: skip

words = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=12), max_size=12).map(" ".join)
glued = st.lists(st.sampled_from(HOSTILE), max_size=12).map("".join)
texts = words | glued
long_texts = texts | st.builds(lambda text, times: text * times, texts, st.integers(1, 60))
links = st.builds(Link, texts, st.sampled_from(URLS))
cites = st.lists(links, max_size=3).map(tuple)
moments = st.builds(datetime.fromtimestamp, st.integers(0, 4_000_000_000), st.timezones())
items = st.builds(Item, texts, cites, st.none() | moments)
long_links = st.builds(Link, long_texts, st.sampled_from(URLS))
sections = st.builds(
    Section,
    title=long_links,
    items=st.lists(items, max_size=4).map(tuple),
    footer=st.lists(long_links, max_size=6).map(tuple),
    badge=st.none() | texts,
)
replies = st.builds(
    Reply,
    heading=long_texts,
    sections=st.lists(sections, max_size=4).map(tuple),
    text=st.just("") | texts,
    note=st.none() | long_texts,
    buttons=st.lists(st.builds(Button, texts, texts), max_size=6).map(tuple),
)


def long_reply() -> Reply:
    """Ten stories of ten points of some 500 characters, with every part as long as can be."""
    url = "https://example.org/" + "a/" * 40
    point = "Trade & transit grew again in the quarter, the ministry said. " * 8
    stories = tuple(
        Section(
            Link(f"Story {story} " + "with a title that does not end " * 12, url),
            tuple(Item(f"{story}-{at}: {point}", (Link("Outlet", url),)) for at in range(10)),
            tuple(Link(f"Outlet {at}, 19 April 2026", url) for at in range(10)),
            "Update",
        )
        for story in range(10)
    )
    buttons = tuple(Button(f"Button {at}", f"command {at}") for at in range(7))
    return Reply("Long " * 100, stories, "", "A note. " * 200, buttons)


def slack_texts(body: dict[str, Any]) -> Iterator[str]:
    for block in body["blocks"]:
        for holder in block.get("elements", [block]):
            text = holder.get("text")
            yield text["text"] if isinstance(text, dict) else text


def slack_shown(body: dict[str, Any]) -> str:
    linked = re.compile(r"<https?://[^<>|]+\|([^<>]*)>")
    return html.unescape("\n".join(linked.sub(r"\1", text) for text in slack_texts(body)))


SLACK_DATE = re.compile(r"<!date\^(\d+)\^\{date_short_pretty\} \{time\}\|[^<>|^]+>")


def slack_dates(body: dict[str, Any]) -> list[str]:
    return SLACK_DATE.findall("\n".join(slack_texts(body)))


def slack_linked(body: dict[str, Any]) -> list[str]:
    text = SLACK_DATE.sub("", "\n".join(slack_texts(body)))
    return re.findall(r"<(.*?)[|>]", text.replace("&amp;", "&"))


def slack_buttons(body: dict[str, Any]) -> list[str]:
    rows = (block["elements"] for block in body["blocks"] if block["type"] == "actions")
    return [button["value"] for row in rows for button in row]


def slack_is_within_limits(body: dict[str, Any]) -> None:
    most = {"header": 150, "section": 3000, "context": 3000, "actions": 75}
    for block in body["blocks"]:
        longest = most[block["type"]]
        assert all(1 <= units(text) <= longest for text in slack_texts({"blocks": [block]}))
        assert 1 <= len(block.get("elements", [block])) <= (25 if longest == 75 else 10)
    assert 1 <= len(body["blocks"]) <= 50
    assert 1 <= units(body["text"]) <= 3000
    assert sum(map(units, [body["text"], *slack_texts(body)])) <= 12_000


def slack_pings_nobody(body: dict[str, Any]) -> None:
    link = re.compile(r"<https?://[\x21-\x7b\x7d\x7e]+?\|[^<>]*>")
    for text in [body["text"], *slack_texts(body)]:
        assert not {"<", ">"} & set(link.sub("", SLACK_DATE.sub("", text)))


def discord_texts(body: dict[str, Any]) -> list[str]:
    embeds = body.get("embeds", [])
    inside = (embed.get(key) for embed in embeds for key in ("title", "description"))
    return [body["content"], *(text for text in inside if text is not None)]


def discord_shown(body: dict[str, Any]) -> str:
    return re.sub(r"\\([\W_])", r"\1", "\n".join(discord_texts(body)))


DISCORD_DATE = re.compile(r"(?<!\\)<t:(\d+):f>")


def discord_dates(body: dict[str, Any]) -> list[str]:
    return DISCORD_DATE.findall("\n".join(discord_texts(body)))


def discord_linked(body: dict[str, Any]) -> list[str]:
    masked = re.findall(r"(?<!\\)\]\((.*?)\)", "\n".join(discord_texts(body)))
    return masked + [embed["url"] for embed in body.get("embeds", []) if "url" in embed]


def discord_buttons(body: dict[str, Any]) -> list[str]:
    rows = (row["components"] for row in body.get("components", []))
    return [button["custom_id"].removeprefix("brief:") for row in rows for button in row]


def discord_is_within_limits(body: dict[str, Any]) -> None:
    embeds = body.get("embeds", [{"title": "none"}])
    assert 1 <= units(body["content"]) <= 2000
    assert 1 <= len(embeds) <= 10
    assert all({"title", "description"} & set(embed) for embed in embeds)
    assert all(1 <= units(embed.get("title", "none")) <= 256 for embed in embeds)
    assert all(1 <= units(embed.get("description", "none")) <= 4096 for embed in embeds)
    assert all(1 <= len(embed.get("url", "none")) <= 2048 for embed in embeds)
    assert sum(map(units, discord_texts(body)[1:])) <= 6000
    rows = body.get("components", [{"components": [{"label": "none"}]}])
    assert 1 <= len(rows) <= 5
    assert all(1 <= len(row["components"]) <= 5 for row in rows)
    assert all(1 <= units(each["label"]) <= 80 for row in rows for each in row["components"])


def discord_pings_nobody(body: dict[str, Any]) -> None:
    assert body["allowed_mentions"] == {"parse": []}
    for text in discord_texts(body):
        assert not re.search(r"(?<!\\)<[@!#:/a-zA-Z]", DISCORD_DATE.sub("", text))


@dataclass(frozen=True, slots=True)
class Platform:
    """How the tests read one platform's bodies."""

    texts: Callable[[dict[str, Any]], Iterable[str]]
    shown: Callable[[dict[str, Any]], str]
    linked: Callable[[dict[str, Any]], Iterable[str]]
    dates: Callable[[dict[str, Any]], Iterable[str]]
    buttons: Callable[[dict[str, Any]], list[str]]
    is_within_limits: Callable[[dict[str, Any]], None]
    pings_nobody: Callable[[dict[str, Any]], None]


PLATFORMS = {
    "slack": Platform(
        slack_texts,
        slack_shown,
        slack_linked,
        slack_dates,
        slack_buttons,
        slack_is_within_limits,
        slack_pings_nobody,
    ),
    "discord": Platform(
        discord_texts,
        discord_shown,
        discord_linked,
        discord_dates,
        discord_buttons,
        discord_is_within_limits,
        discord_pings_nobody,
    ),
}
every_platform = pytest.mark.parametrize("name", MESSAGES)
some = settings(max_examples=25, deadline=None)


def test_every_platform_of_the_table_is_tested() -> None:
    assert set(PLATFORMS) == set(MESSAGES)


@every_platform
@some
@given(reply=replies)
def test_every_message_is_within_the_limits_and_not_empty(name: str, reply: Reply) -> None:
    bodies = MESSAGES[name](reply)
    assert bodies
    for body in bodies:
        PLATFORMS[name].is_within_limits(body)
        assert PLATFORMS[name].shown(body).strip()


@every_platform
@some
@given(reply=replies)
def test_nobody_is_pinged_by_what_stands_in_the_news(name: str, reply: Reply) -> None:
    for body in MESSAGES[name](reply):
        PLATFORMS[name].pings_nobody(body)


@every_platform
@some
@given(reply=replies)
def test_every_body_can_be_sent_as_json(name: str, reply: Reply) -> None:
    bodies = MESSAGES[name](reply)
    assert json.loads(json.dumps(bodies, ensure_ascii=False).encode()) == bodies


@every_platform
@some
@given(reply=replies)
def test_every_point_is_shown_word_for_word(name: str, reply: Reply) -> None:
    shown = "\n".join(map(PLATFORMS[name].shown, MESSAGES[name](reply)))
    for section in reply.sections:
        for item in section.items:
            assert clean(item.text) in shown


@every_platform
@some
@given(reply=replies)
def test_only_moments_of_the_reply_are_dates_and_each_stands_once(name: str, reply: Reply) -> None:
    items = (item for section in tidy(reply).sections for item in section.items)
    known = [str(int(item.when.timestamp())) for item in items if item.when]
    assert [date for body in MESSAGES[name](reply) for date in PLATFORMS[name].dates(body)] == known


@every_platform
def test_a_moment_is_kept_where_its_words_fill_all_the_room(name: str) -> None:
    when = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
    reply = Reply("Heading", (Section(Link("Title"), (Item("word " * 2000, when=when),)),))
    (body,) = MESSAGES[name](reply)
    PLATFORMS[name].is_within_limits(body)
    assert list(PLATFORMS[name].dates(body)) == [f"{when.timestamp():.0f}"]


@every_platform
@some
@given(reply=replies)
def test_each_button_stands_once_and_in_the_last_message(name: str, reply: Reply) -> None:
    *earlier, last = map(PLATFORMS[name].buttons, MESSAGES[name](reply))
    assert last == [button.id for button in tidy(reply).buttons]
    assert not any(earlier)


@every_platform
@some
@given(reply=replies)
def test_only_addresses_of_the_reply_are_linked(name: str, reply: Reply) -> None:
    sections = tidy(reply).sections
    known = {link.url for part in sections for link in (part.title, *part.footer)}
    known |= {cite.url for part in sections for item in part.items for cite in item.cites}
    for body in MESSAGES[name](reply):
        assert set(PLATFORMS[name].linked(body)) <= known


@every_platform
def test_ten_long_stories_become_several_messages_that_lose_nothing(name: str) -> None:
    reply, platform = long_reply(), PLATFORMS[name]
    bodies = MESSAGES[name](reply)
    assert 1 < len(bodies) <= 30
    for body in bodies:
        platform.is_within_limits(body)
    shown = "\n".join(map(platform.shown, bodies))
    places = [shown.index(clean(item.text)) for part in reply.sections for item in part.items]
    assert places == sorted(places)
    assert platform.buttons(bodies[-1]) == [button.id for button in reply.buttons]
    assert "A note." in platform.shown(bodies[-1])


@every_platform
def test_short_stories_fill_messages_and_are_not_torn(name: str) -> None:
    def story(at: int) -> Section:
        return Section(Link(f"Title {at}."), (Item("a sentence. " * 108), Item(f"End {at}.")))

    bodies = MESSAGES[name](Reply("Heading", tuple(map(story, range(20)))))
    assert len(bodies) > 1
    for body in bodies:
        PLATFORMS[name].is_within_limits(body)
    pages = [PLATFORMS[name].shown(body) for body in bodies]
    for at in range(20):
        (page,) = (page for page in pages if f"Title {at}." in page)
        assert f"End {at}." in page


@every_platform
def test_a_text_too_long_for_any_message_ends_after_a_whole_word(name: str) -> None:
    reply = Reply("Heading", (Section(Link("Title"), (Item("word " * 2000),)),))
    (shown,) = map(PLATFORMS[name].shown, MESSAGES[name](reply))
    assert "word word…" in shown


@every_platform
def test_ordinary_sentences_are_sent_as_they_are(name: str) -> None:
    sentence = 'Exports rose 4.5% to $1.2bn (from $1.1bn), says Ali [the minister] - "a record".'
    reply = Reply("Heading", (Section(Link("Title"), (Item(sentence),)),))
    assert sentence in "\n".join(PLATFORMS[name].texts(MESSAGES[name](reply)[0]))


@every_platform
def test_a_mistake_is_a_message_without_a_heading(name: str) -> None:
    (body,) = MESSAGES[name](Reply("", text="No such source. Try: from:reuters", private=True))
    assert PLATFORMS[name].shown(body).strip() == "No such source. Try: from:reuters"


@some
@given(reply=replies, colour=st.booleans(), width=st.integers(0, 200))
def test_the_terminal_gets_no_control_characters(reply: Reply, colour: bool, width: int) -> None:
    shown = render(reply, width, colour)
    if colour:
        shown = re.sub(r"\x1b\[[\d;]*m", "", shown)
    strange = {char for char in shown if unicodedata.category(char) in ("Cc", "Cs")}
    assert strange <= {"\n"}
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(shown)


@some
@given(reply=replies)
def test_the_terminal_shows_every_point_and_every_address(reply: Reply) -> None:
    shown = "".join(render(reply, 80, colour=False).split())
    for section in tidy(reply).sections:
        for item in section.items:
            assert "".join(item.text.split()) in shown
        for link in (section.title, *section.footer):
            assert (link.url or "") in shown
