"""One page has one address, and one article one id."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from summaries.ids import article_id, canonical_url, command_id, fingerprint

PAGE = "https://example.org/news/a?page=2&section=trade"

pieces = st.sampled_from(
    ["//", ":80", "[", "]", "/", "..", "%2F", "%", "+", " ", "?", "&", "=", "#", "a", "B", "é",
     "中", "utm_source=x", "UTM_id", "fbclid=1", "@", ";", "a=1", "\n", "\\"]
)  # fmt: skip
hosts = st.sampled_from(
    ["example.org", "EXAMPLE.org:80", "example.org:8443", "[::1]:443", "u:p@example.org", "[::1"]
)
paths = st.lists(pieces, max_size=12).map("".join) | st.text(st.characters(codec="utf-8"))
addresses = st.builds("{}://{}/{}".format, st.sampled_from(["http", "HTTPS"]), hosts, paths)


@pytest.mark.parametrize(
    "same",
    [
        "https://EXAMPLE.org/news/a?page=2&section=trade",
        "HTTPS://example.org:443/news/a?section=trade&page=2",
        "  https://example.org/news/a?page=2&section=trade#comments ",
        "https://example.org/news/a?utm_source=rss&page=2&UTM_Medium=x&section=trade",
        "https://example.org/news/a?fbclid=IwAR&page=2&section=trade&gclid=1",
        "https://example.org/news/a?section=trade&mtm_source=x&at_medium=RSS&CMP=rss&page=2&spm=1",
        "https://user:secret@example.org/news/a?page=2&section=trade",
    ],
)
def test_one_page_has_one_address(same: str) -> None:
    assert canonical_url(same) == PAGE
    assert article_id(same, "wire", "1") == article_id(PAGE, "gazette", "2")


@pytest.mark.parametrize(
    "other",
    [
        "https://example.org/news/A?page=2&section=trade",
        "https://example.org/news/a?page=3&section=trade",
        "https://example.org:8443/news/a?page=2&section=trade",
        "https://example.com/news/a?page=2&section=trade",
        "https://example.org/news/a?page=2&section=",
    ],
)
def test_another_page_has_another(other: str) -> None:
    assert canonical_url(other) != PAGE
    assert article_id(other, "wire", "1") != article_id(PAGE, "wire", "1")


def test_an_address_without_a_path_has_the_root() -> None:
    assert canonical_url("http://example.org:80") == "http://example.org/"
    assert canonical_url("http://[::1]:8080") == "http://[::1]:8080/"


@pytest.mark.parametrize("broken", ["http://[::1", "http://example.org:port/", "http://a:99999/"])
def test_a_broken_address_is_left_as_it_is(broken: str) -> None:
    assert canonical_url(f" {broken} ") == broken


@given(addresses)
@example("http://example.org/a b?q=a b&q=ü#x")
@example("http://example.org//a//")
@example("not an address")
def test_a_canonical_address_stays_as_it_is(address: str) -> None:
    once = canonical_url(address)
    assert canonical_url(once) == once


def test_without_an_address_the_place_in_the_source_counts() -> None:
    first = article_id(None, "samples", "2026/a.txt")
    assert first == article_id(None, "samples", "2026/a.txt")
    assert first != article_id(None, "samples", "2026/b.txt")
    assert first != article_id(None, "archive", "2026/a.txt")


@pytest.mark.parametrize("text", ["", "china trade", "中文", "\ud800"])
def test_ids_are_short_and_safe_anywhere(text: str) -> None:
    for made in (command_id(text), article_id(None, "wire", text)):
        assert len(made) == 16
        assert int(made, 16) >= 0


def test_a_fingerprint_changes_with_any_part() -> None:
    marks = {fingerprint("ab", "c"), fingerprint("a", "bc"), fingerprint("abc"), fingerprint("c")}
    assert len(marks) == 4
    assert fingerprint("ab", "c") in marks
