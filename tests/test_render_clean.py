import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render.clean import address, clean, tidy
from bot.reply import Button, Item, Link, Reply, Section

any_text = st.text(st.characters(codec=None, exclude_categories=()))


@pytest.mark.parametrize(
    ("foreign", "safe"),
    [
        ("two\r\nlines\tand\u2028more", "two lines and more"),
        ("\x1b[31mred\x1b[0m\x07", "[31mred[0m"),
        ("\x00null\x9b", "null"),
        ("\u202eevil\u2066", "evil"),
        ("\ud83d alone", "\ufffd alone"),
        ("  Çin ilə ticarət  🙂 ", "Çin ilə ticarət 🙂"),
    ],
)
def test_foreign_text_becomes_one_safe_line(foreign: str, safe: str) -> None:
    assert clean(foreign) == safe


@given(any_text)
def test_clean_text_is_printable_encodable_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in cleaned)
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.org/a?b=c&d=%20#e", "https://example.org/a?b=c&d=%20#e"),
        (" HTTP://Example.ORG:8080 ", "http://example.org:8080"),
        ("https://example.org/a b(1)|<2>", "https://example.org/a%20b%281%29%7C%3C2%3E"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://example.com@example.org/", "https://example.org/"),
    ],
)
def test_the_address_of_a_web_page_is_made_safe(url: str, safe: str) -> None:
    assert address(url) == safe


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "//example.org/",
        "https://",
        "https://[::1",
        "https://exa mple.org/",
        "https://example.org:port/",
        "https://example.org/" + "long" * 500,
    ],
)
def test_anything_else_is_no_address(url: str | None) -> None:
    assert address(url) is None


@given(any_text)
def test_no_text_breaks_an_address_open(text: str) -> None:
    found = address(f"https://example.org/{text}")
    assert found is None or (found.isascii() and not set(found) & set(" <>()[]|\\\"'`*"))


def test_what_would_show_as_nothing_is_left_out() -> None:
    empty = Section(Link(" "), (Item("\x00", (Link("Outlet"),)),), (Link(""),))
    assert tidy(Reply("Heading", (empty,), note=" ")) == Reply("Heading")


def test_a_reply_without_any_words_still_has_a_heading() -> None:
    assert tidy(Reply("")).heading == "Briefing"


def test_a_title_that_repeats_the_heading_goes() -> None:
    (section,) = tidy(Reply("Topics", (Section(Link("Topics"), (Item("trade"),)),))).sections
    assert section == Section(Link(""), (Item("trade"),))


def test_a_link_without_words_is_named_after_its_host() -> None:
    story = Section(Link("", "https://example.org/a"))
    (section,) = tidy(Reply("Heading", (story,))).sections
    assert section.title == Link("example.org", "https://example.org/a")


def test_the_lines_of_a_text_stay_lines() -> None:
    assert tidy(Reply("", text="one\x00\n\n two  words")).text == "one\ntwo words"


def test_two_buttons_for_one_command_become_one() -> None:
    reply = Reply("Heading", buttons=(Button("More", "a"), Button("Next", "a"), Button("", "b")))
    assert tidy(reply).buttons == (Button("Next", "a"), Button("More", "b"))
