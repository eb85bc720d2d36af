"""What the items of a feed say beside title, link and date, and how they are told apart."""

from collections.abc import Sequence

import pytest

from summaries.sources.syndication import MOST_ITEMS, parse_feed
from tests.feeds import HERE, NOON, PAGE, RFC, STORY, atom, entries, item, json_feed, only, rss

PLAIN = item(link=PAGE, pubDate=RFC)
ATOM_ENTRY = atom(f'<title>River rises</title><link href="{PAGE}"/><published>{NOON}</published>')


@pytest.mark.parametrize(
    "body",
    [
        f"<content:encoded><![CDATA[<p>{STORY}</p>]]></content:encoded>",
        f"<description>&lt;p&gt;{STORY}&lt;/p&gt;</description>",
        f"<media:description>{STORY}</media:description>",
        f"<media:group><media:description>{STORY}</media:description></media:group>",
        f"<itunes:summary>{STORY}</itunes:summary>",
        f'<atom:content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{STORY}</p></div>'
        "</atom:content>",
        f"<atom:summary>{STORY}</atom:summary>",
        f"<description>A teaser.</description><content:encoded>{STORY}</content:encoded>",
    ],
)
def test_the_text_is_the_longest_that_the_item_has(body: str) -> None:
    assert only(rss(f"<item><title>River rises</title>{body}</item>")).text == STORY


@pytest.mark.parametrize(
    "author",
    [
        "<dc:creator>Jo Doe</dc:creator>",
        "<author>jo@example.org (Jo Doe)</author>",
        "<atom:author><atom:name>Jo Doe</atom:name></atom:author>",
        "<itunes:author>Jo Doe</itunes:author>",
    ],
)
def test_the_author_is_a_name(author: str) -> None:
    assert only(rss(f"<item><title>A</title>{author}</item>")).author == "Jo Doe"


@pytest.mark.parametrize(
    "said",
    [
        {"id": 1, "url": PAGE, "title": "A", "authors": [{"name": "Jo"}, {"name": "Al"}]},
        {"url": PAGE, "title": "A", "author": {"name": "Jo, Al"}, "date_published": None},
        {"id": PAGE, "title": "A", "authors": ["Jo", "Al"], "tags": 7},
        {"external_url": PAGE, "title": "A", "author": "Jo, Al", "content_html": ["x"]},
    ],
)
def test_json_is_read_with_what_is_wrong_in_it(said: dict[str, object]) -> None:
    draft = only(json_feed(said))
    assert (draft.title, draft.url, draft.author) == ("A", PAGE, "Jo, Al")


def test_the_outlet_of_an_item_is_where_the_feed_has_it_from() -> None:
    source = '<source url="https://example.com/feed">Baku Herald</source>'
    drafts = [
        entry.draft for entry in entries(rss(f"<item><title>A</title>{source}</item>", PLAIN))
    ]
    assert [draft.outlet for draft in drafts] == ["Baku Herald", "Caspian Ledger"]


@pytest.mark.parametrize("raw", [
    rss(PLAIN, more="<language>de-AT</language>"),
    rss(PLAIN, attributes=' xml:lang="de"'),
    json_feed({"id": "1", "title": "A"}, language="DE"),
])  # fmt: skip
def test_the_language_of_the_feed_is_told(raw: bytes) -> None:
    assert entries(raw)[0].language == "de"


def test_the_end_of_a_feed_may_be_missing() -> None:
    whole = rss(*[item(f"Item {n}", link=f"/{n}") for n in range(9)])
    shown = parse_feed(whole[: len(whole) // 2], HERE, is_cut=True).entries
    assert [entry.draft.title for entry in shown] == [f"Item {n}" for n in range(len(shown))]
    assert 2 <= len(shown) <= 5
    cut = ATOM_ENTRY.replace(b"</feed>", b"<entry><title>Rai")
    assert [e.draft.title for e in parse_feed(cut, HERE, is_cut=True).entries] == ["River rises"]


def test_items_that_say_nothing_are_counted() -> None:
    issue = parse_feed(rss(PLAIN, "<item><link>https://example.org/x</link></item>"), HERE)
    assert (len(issue.entries), issue.empty) == (1, 1)


def test_a_title_is_made_for_a_text_that_has_none() -> None:
    made, bare = entries(
        rss(f"<item><description>{STORY}</description></item>", "<item><title>Rail</title></item>")
    )
    assert (made.draft.title, bare.draft.title) == ("The river rose on Sunday.", "Rail")
    assert made.item != bare.item
    assert made.draft.url is None
    assert made.draft.published is None


def test_an_item_that_occurs_twice_is_read_once() -> None:
    twice = item(link=f"{PAGE}?utm_source=rss", guid="a"), item(link=PAGE, guid="b")
    assert len(entries(rss(*twice))) == 1
    teasers = item(link=PAGE, guid="a"), item(text="The river rose.", link=PAGE, guid="a")
    assert len(entries(rss(*teasers))) == 1


@pytest.mark.parametrize("guids", ["ab", ("", ""), "00"])
def test_bulletins_with_one_title_and_link_are_told_apart(guids: Sequence[str]) -> None:
    texts = "The river is at 3.1 metres.", "The river is at 3.4 metres."
    bulletins = [
        item("Water level", text, link=PAGE, guid=guid)
        for text, guid in zip(texts, guids, strict=True)
    ]
    shown = entries(rss(*bulletins))
    assert [entry.draft.text for entry in shown] == [*texts]
    assert len({entry.item for entry in shown}) == 2


@pytest.mark.parametrize("guid", ["0", "", "river", "https://example.org/"])
def test_a_guid_that_names_several_items_names_none(guid: str) -> None:
    first, second = entries(
        rss(item("A", guid=guid, link=f"{PAGE}?utm_id=1"), item("B", guid=guid, link="/b"))
    )
    assert (first.item, second.item) == (PAGE, "https://example.org/b")


def test_the_newest_items_of_a_long_feed_are_read() -> None:
    days = [
        item(f"Item {n}", guid=f"g{n}", pubDate=f"2026-04-19T00:{n // 60:02}:{n % 60:02}Z")
        for n in range(MOST_ITEMS + 50)
    ]
    assert {entry.item for entry in entries(rss(*days))} == {
        f"g{n}" for n in range(50, MOST_ITEMS + 50)
    }


def test_the_fingerprint_changes_with_what_a_reader_sees() -> None:
    def print_of(text: str) -> str:
        return entries(rss(item(text=text, guid="g")))[0].fingerprint

    assert print_of(STORY) == print_of(STORY)
    assert print_of(STORY) != print_of(STORY + " It rained.")


def test_the_longest_text_loses_its_furniture() -> None:
    content = (
        f"<![CDATA[<p>BAKU, April 19 (Reuters) - {STORY}</p><p>Read more: <a>x</a></p>"
        "<script>x()</script><p>Follow us on Twitter @x</p>]]>"
    )
    assert only(rss(item(text="A teaser.", **{"content:encoded": content}))).text == STORY
