"""Feeds as a source: what is read from them, and what hostile ones cannot do."""

import gzip
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from summaries.errors import SourceError, WorkerError
from summaries.model import Article, Source, SourceKind
from summaries.sources import Past, Tools, read
from summaries.sources.feed import to_readings
from summaries.sources.syndication import MOST_ITEMS, Entry, parse_feed
from tests.news import after

HERE = "https://example.org/news/feed.xml"
STORY = "The river rose on Sunday. Two villages were cut off."
NOON = datetime(2026, 4, 19, 12, 0, tzinfo=UTC)


def rss(*items: str, title: str = "Caspian Ledger") -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>{title}</title><link>https://example.org/</link><description>d</description>"
        f"{''.join(items)}</channel></rss>"
    ).encode()


def item(title: str = "River rises", text: str = STORY, **more: str) -> str:
    fields = {"title": title, "description": text, **more}
    return f"<item>{''.join(f'<{n}>{v}</{n}>' for n, v in fields.items())}</item>"


FULL = item(
    link="/news/river?utm_source=rss",
    guid="river-1",
    pubDate="Sun, 19 Apr 2026 16:00:00 +0400",
)
RDF = f"""<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://example.org/"><title>Caspian Ledger</title></channel>
<item rdf:about="river-1"><title>River rises</title><link>https://example.org/news/river</link>
<description>{STORY}</description><dc:date>2026-04-19T12:00:00Z</dc:date></item></rdf:RDF>"""
ATOM = f"""<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Caspian Ledger</title>
<entry><id>river-1</id><title type="html">River rises</title>
<link rel="alternate" href="https://example.org/news/river"/>
<published>2026-04-19T16:00:00+04:00</published>
<content type="html">&lt;p&gt;{STORY}&lt;/p&gt;</content></entry></feed>"""
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Caspian Ledger",
        "items": [
            {
                "id": "river-1",
                "url": "https://example.org/news/river",
                "title": "River rises",
                "content_html": f"<p>{STORY}</p>",
                "date_published": "2026-04-19T12:00:00Z",
            }
        ],
    }
)
BROKEN = rss(FULL).decode().replace("<description>", "<description>Fish & chips &nbsp; ")


@pytest.mark.parametrize(
    "raw",
    [rss(FULL), b"\n\n" + rss(FULL), RDF.encode(), ATOM.encode(), JSON_FEED.encode()],
    ids=["rss", "rss after blank lines", "rdf", "atom", "json"],
)
def test_every_kind_of_feed_gives_title_link_date_and_text(raw: bytes) -> None:
    (entry,) = parse_feed(raw, HERE).entries
    assert entry.draft.title == "River rises"
    assert entry.draft.text == STORY
    assert entry.draft.outlet == "Caspian Ledger"
    assert entry.draft.published == NOON
    assert (entry.draft.url or "").startswith("https://example.org/news/river")


def test_a_feed_with_mistakes_in_its_xml_is_read_too() -> None:
    (entry,) = parse_feed(BROKEN.encode(), HERE).entries
    assert entry.item == "river-1"
    assert entry.draft.text == f"Fish & chips {STORY}"


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "utf-16"])
def test_a_feed_is_read_in_the_encoding_that_it_declares(encoding: str) -> None:
    text = rss(item("Река поднялась", "Две деревни отрезаны от дороги.")).decode()
    raw = text.replace('encoding="utf-8"', f'encoding="{encoding}"').encode(encoding)
    assert parse_feed(raw, HERE)[0].draft.title == "Река поднялась"


def test_titles_lose_their_markup() -> None:
    (entry,) = parse_feed(rss(item("&lt;b&gt;A&amp;amp;T&lt;/b&gt; rises &amp;#8217;26")), HERE)
    assert entry.draft.title == "A&T rises ’26"


def test_the_longest_text_wins_and_loses_its_furniture() -> None:
    content = (
        f"<![CDATA[<p>BAKU, April 19 (Reuters) - {STORY}</p><p>Read more: <a>x</a></p>"
        "<script>x()</script><p>Follow us on Twitter @x</p>]]>"
    )
    (entry,) = parse_feed(rss(item(text="A teaser.", **{"content:encoded": content})), HERE)
    assert entry.draft.text == STORY


def test_items_may_lack_all_but_a_title_or_a_text() -> None:
    entries = parse_feed(
        rss(
            f"<item><description>{STORY}</description></item>",
            "<item><title>Nothing more</title></item>",
            "<item><link>https://example.org/x</link></item>",
        ),
        HERE,
    )
    assert [entry.draft.title for entry in entries] == ["The river rose on Sunday.", "Nothing more"]
    assert len({entry.item for entry in entries}) == 2
    assert all(entry.draft.url is None and entry.draft.published is None for entry in entries)


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("/a/b", "https://example.org/a/b"),
        ("story.html", "https://example.org/news/story.html"),
        (" https://example.com/x ", "https://example.com/x"),
        ("javascript:alert(1)", None),
        ("https://[bad/", None),
    ],
)
def test_links_are_made_whole(link: str, address: str | None) -> None:
    assert parse_feed(rss(item(link=link)), HERE)[0].draft.url == address


@pytest.mark.parametrize(
    ("guid", "address"), [("https://example.org/a", "https://example.org/a"), ("river-1", None)]
)
def test_a_guid_stands_in_for_a_link_only_if_it_is_one(guid: str, address: str | None) -> None:
    assert parse_feed(rss(item(guid=guid)), HERE)[0].draft.url == address


def test_an_item_that_occurs_twice_is_read_once() -> None:
    assert len(parse_feed(rss(FULL, FULL), HERE)) == 1


def test_of_a_long_feed_the_newest_items_are_read() -> None:
    days = [
        item(f"Item {n}", guid=f"g{n}", pubDate=f"2026-04-19T00:{n // 60:02}:{n % 60:02}Z")
        for n in range(MOST_ITEMS + 50)
    ]
    entries = parse_feed(rss(*days), HERE)
    assert len(entries) == MOST_ITEMS
    assert {entry.item for entry in entries} == {f"g{n}" for n in range(50, MOST_ITEMS + 50)}


def test_the_fingerprint_changes_with_what_a_reader_sees() -> None:
    def only(text: str) -> Entry:
        return parse_feed(rss(item(text=text, guid="g")), HERE)[0]

    assert only(STORY).fingerprint == only(STORY).fingerprint
    assert only(STORY).fingerprint != only(STORY + " It rained.").fingerprint


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"<!DOCTYPE html><html><body>Hello</body></html>", "not a feed: look for its RSS link"),
        (
            b'<html><head><link rel="alternate" type="application/rss+xml" href="/rss.xml"></head>',
            "give the feed it names, https://example.org/rss.xml",
        ),
        (b"hello", "is no feed"),
        (b"", "is no feed"),
        (b'{"a": 1}', "is no feed"),
        (b"{broken", "is no feed"),
        (b"<a><b/></a>", "is no feed"),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><rss version="2.0"></rss>', "defines XML entities"),
    ],
)
def test_what_is_no_feed_is_told_with_what_to_do(raw: bytes, says: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_feed(raw, HERE).entries
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_feed_without_items_is_a_feed() -> None:
    assert parse_feed(rss(), HERE) == []


class Newspaper:
    """A loopback site that serves one feed, and honours conditional requests."""

    def __init__(self) -> None:
        self.body = rss(FULL)
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        tag = f'"{hash(self.body)}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304)
        headers = {"ETag": tag, "Content-Encoding": "gzip"}
        return web.Response(body=gzip.compress(self.body), headers=headers)

    @property
    def source(self) -> Source:
        return Source("ledger", SourceKind.FEED, self.url, tags=("caspian",))


@pytest.fixture
async def paper() -> AsyncIterator[Newspaper]:
    made = Newspaper()
    app = web.Application()
    app.router.add_get("/feed.xml", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/feed.xml"
    yield made
    await runner.cleanup()


async def articles(paper: Newspaper, past: Past, tools: Tools) -> list[Article]:
    return [reading.article for reading in (await read(paper.source, past, tools)).readings]


async def test_reading_a_feed_gives_complete_articles(paper: Newspaper, tools: Tools) -> None:
    (article,) = await articles(paper, Past(), tools)
    assert (article.source, article.item, article.tags) == ("ledger", "river-1", ("caspian",))
    assert article.url == paper.url.replace("/feed.xml", "/news/river?utm_source=rss")
    assert article.published == NOON
    assert article.analysis
    assert len(article.analysis.sentences) == 2


async def test_what_is_known_is_only_counted(paper: Newspaper, tools: Tools) -> None:
    first = await read(paper.source, Past(), tools)
    same = await read(paper.source, after(first), tools)
    assert (same.readings, same.unchanged, same.bookmark) == ((), 1, first.bookmark)
    paper.body = rss(FULL, item("Rail link opens", guid="rail-1"))
    third = await read(paper.source, after(first), tools)
    assert [reading.article.item for reading in third.readings] == ["rail-1"]
    assert third.unchanged == 1
    assert third.bookmark.etag not in (None, first.bookmark.etag)


async def test_a_feed_of_bare_titles_is_told_as_a_failure(paper: Newspaper, tools: Tools) -> None:
    paper.body = rss("<item><title>Nothing more</title></item>")
    harvest = await read(paper.source, Past(), tools)
    assert not harvest.readings
    assert "have no text" in harvest.failures[0].reason


def nested(depth: int) -> bytes:
    return rss(item(text="<a>" * depth + STORY + "</a>" * depth))


BILLION = (
    b'<!DOCTYPE r [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (c + 1, b"&%c;" % c * 10) for c in range(97, 107))
    + b"]><rss version='2.0'><channel><item><title>&k;</title></item></channel></rss>"
)
FILE_READER = b"""<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<rss version="2.0"><channel><item><title>&x;</title></item></channel></rss>"""


@pytest.mark.parametrize(
    "body",
    [
        nested(100_000),
        BILLION,
        BILLION.replace(b"</rss>", b""),
        FILE_READER,
        FILE_READER.replace(b"</rss>", b""),
        rss(*[item(f"Item {n}") for n in range(20_000)]),
        rss(item(text="a" * 3_000_000)),
        rss(item(text="\0\0\0")),
        rss(f"<item><author>{'(' * 65_536}</author><title>x & y</title></item>"),
        b"<" * 500_000,
        b"[" * 500_000,
        b'{"items":' + b"[" * 500_000,
    ],
    ids=[
        "nested", "bomb", "broken bomb", "external", "broken external", "many", "one line", "nul",
        "author", "angles", "brackets", "json",
    ],
)  # fmt: skip
async def test_a_hostile_feed_is_read_or_refused_in_time(
    paper: Newspaper, tools: Tools, body: bytes
) -> None:
    paper.body = body
    try:
        harvest = await read(paper.source, Past(), tools)
    except (SourceError, WorkerError) as error:
        told = str(error)
    else:
        told = "".join(reading.article.title for reading in harvest.readings)
    assert "root:" not in told
    assert "\n" not in told


def json_feed(*items: dict[str, str]) -> bytes:
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": "Wire", "items": items}).encode()


def test_an_address_that_cannot_be_written_spoils_no_other_item() -> None:
    source = Source("wire", SourceKind.FEED, "https://example.org/feed")
    raw = json_feed(
        {"id": "1", "url": "https://example.org/\ud800", "title": "A", "content_text": "It rose."},
        {"id": "2", "url": "https://example.org/b", "title": "B", "content_text": "It fell."},
    )
    readings = to_readings(parse_feed(raw, source.location), source, ZoneInfo("UTC"))
    assert "B" in [reading.article.title for reading in readings]


def test_items_that_share_a_link_are_articles_of_their_own() -> None:
    source = Source("wire", SourceKind.FEED, "https://example.org/feed")
    page = {"url": "https://example.org/live"}
    raw = json_feed(
        {"id": "1", "title": "A", "content_text": "It rose.", **page},
        {"id": "2", "title": "B", "content_text": "It fell.", **page},
    )
    readings = to_readings(parse_feed(raw, source.location), source, ZoneInfo("UTC"))
    assert len({reading.article.id for reading in readings}) == 2
    assert {reading.article.url for reading in readings} == {page["url"]}
