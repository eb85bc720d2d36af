"""Feeds as a source: what a look at one gives, and what hostile ones cannot do."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from summaries.errors import SourceError, WorkerError
from summaries.fetch import Fetcher
from summaries.model import Article, Source, SourceKind
from summaries.sources import Past, Tools, read
from summaries.sources.feed import MOST_PAGES, PAGES_AT_FIRST, to_readings
from summaries.sources.syndication import parse_feed
from tests.feeds import STORY, item, json_feed, rss
from tests.news import RAIL, after

FULL = item(
    link="/news/river?utm_source=rss",
    guid="river-1",
    pubDate="Sun, 19 Apr 2026 16:00:00 +0400",
)
LONG = (
    "The river rose on Sunday after a week of rain, and two villages were cut off from the road. "
    "Boats brought bread and water to families who had climbed to the roofs of their houses. "
    "Engineers expect that the water falls by Wednesday, the ministry of emergencies said. "
)


class Newspaper:
    """A loopback site with one feed and some pages, that honours conditional requests."""

    def __init__(self) -> None:
        self.body = rss(FULL)
        self.url = ""
        self.pages: dict[str, str] = {}
        self.status = 404
        self.asked: list[str] = []
        self.tags = True

    async def feed(self, request: web.Request) -> web.Response:
        body = self.body.replace(
            b"https://example.org", self.url.removesuffix("/feed.xml").encode()
        )
        tag = f'"{hash(body)}"'
        if self.tags and request.headers.get("If-None-Match") == tag:
            return web.Response(status=304)
        headers = {"Content-Encoding": "gzip"} | ({"ETag": tag} if self.tags else {})
        return web.Response(body=gzip.compress(body), headers=headers)

    async def page(self, request: web.Request) -> web.Response:
        if request.path == "/robots.txt":
            return web.Response(status=404)
        self.asked.append(request.path)
        if request.path not in self.pages:
            return web.Response(status=self.status)
        paragraphs = "".join(f"<p>{line}</p>" for line in self.pages[request.path].split("\n"))
        page = f"<html><body><article><h1>T</h1>{paragraphs}</article></body></html>"
        return web.Response(text=page, content_type="text/html")

    @property
    def source(self) -> Source:
        return Source("ledger", SourceKind.FEED, self.url, tags=("caspian",))


@pytest.fixture
def tools(tools: Tools) -> Tools:
    return replace(tools, full_text=True)


@pytest.fixture
async def paper() -> AsyncIterator[Newspaper]:
    made = Newspaper()
    app = web.Application()
    app.router.add_get("/feed.xml", made.feed)
    app.router.add_get("/{page:.*}", made.page)
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
    assert article.published == datetime(2026, 4, 19, 12, 0, tzinfo=UTC)
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


async def test_a_body_that_came_before_is_not_read_again(paper: Newspaper, tools: Tools) -> None:
    paper.tags = False
    first = await read(paper.source, Past(), tools)
    # Nothing is known to this past: were the body read, it would be new.
    same = await read(paper.source, Past(first.bookmark), tools)
    assert (same.readings, same.unchanged) == ((), 1)
    assert same.bookmark == first.bookmark


async def test_a_feed_is_asked_for_where_it_has_moved(paper: Newspaper, tools: Tools) -> None:
    first = await read(paper.source, Past(), tools)
    gone = replace(paper.source, location=paper.url.replace("feed.xml", "old.xml"))
    past = Past(replace(first.bookmark, etag=None, digest=None, moved_to=paper.url))
    harvest = await read(gone, past, tools)
    assert len(harvest.readings) == 1
    assert harvest.bookmark.moved_to == paper.url


async def test_an_edited_item_is_the_same_article(paper: Newspaper, tools: Tools) -> None:
    first = await read(paper.source, Past(), tools)
    paper.body = rss(FULL.replace("River rises", "River rises again"))
    second = await read(paper.source, after(first), tools)
    (old,), (new,) = first.readings, second.readings
    assert (old.article.id, old.article.item) == (new.article.id, new.article.item)
    assert old.fingerprint != new.fingerprint


async def test_a_teaser_is_made_whole_by_its_page(paper: Newspaper, tools: Tools) -> None:
    paper.pages["/news/river"] = LONG * 3
    (article,) = await articles(paper, Past(), tools)
    assert article.title == "River rises"
    assert article.published == datetime(2026, 4, 19, 12, 0, tzinfo=UTC)
    assert article.text.count("Boats brought bread") == 3


async def test_a_title_alone_is_made_whole_too(paper: Newspaper, tools: Tools) -> None:
    paper.pages["/news/river"] = LONG * 2
    paper.body = rss(item("The river rose", text="", link="/news/river", guid="1"))
    (article,) = await articles(paper, Past(), tools)
    assert "Boats brought bread" in article.text


@pytest.mark.parametrize(
    "page", ["We use cookies to serve you best. " * 20, RAIL, "The river rose on Sunday.", ""]
)
async def test_a_page_that_is_not_the_whole_of_it_is_passed_over(
    paper: Newspaper, tools: Tools, page: str
) -> None:
    paper.pages["/news/river"] = page
    (article,) = await articles(paper, Past(), tools)
    assert article.text == STORY


async def test_pages_that_fail_are_told_in_one_line(paper: Newspaper, tools: Tools) -> None:
    paper.body = rss(*(item(f"Item {n}", link=f"/{n}") for n in range(3)))
    harvest = await read(paper.source, Past(), tools)
    assert [reading.article.text for reading in harvest.readings] == [STORY] * 3
    (failure,) = harvest.failures
    assert "3 of 3 pages could not be read, so their teasers stay" in failure.reason
    assert "there is nothing at this address" in failure.reason


async def test_a_title_whose_page_is_busy_is_looked_at_again(
    paper: Newspaper, tools: Tools
) -> None:
    paper.body = rss(item("The river rose", text="", link="/news/river"))
    paper.status = 429
    busy = await read(paper.source, Past(), tools)
    paper.pages["/news/river"] = LONG
    (reading,) = busy.readings
    assert (reading.article.title, reading.article.text) == ("The river rose", "")
    (again,) = (await read(paper.source, after(busy), tools)).readings
    assert (again.article.id, again.article.text) == (reading.article.id, LONG.strip())


async def test_no_page_is_fetched_where_that_is_switched_off(
    paper: Newspaper, tools: Tools
) -> None:
    harvest = await read(paper.source, Past(), replace(tools, full_text=False))
    assert [reading.article.text for reading in harvest.readings] == [STORY]
    assert (paper.asked, harvest.failures) == ([], ())


async def test_no_page_is_fetched_twice(paper: Newspaper, tools: Tools) -> None:
    paper.pages["/news/river"] = LONG
    first = await read(paper.source, Past(), tools)
    paper.body = rss(FULL, item("Rail link opens", text=LONG * 2, guid="rail-1", link="/rail"))
    await read(paper.source, after(first), tools)
    assert paper.asked == ["/news/river"]


async def test_only_so_many_pages_are_fetched_the_newest_first(
    paper: Newspaper, tools: Tools
) -> None:
    paper.pages = {f"/{n}": LONG for n in range(MOST_PAGES + 9)}
    hasty = Fetcher(allow=["127.0.0.0/8"], gap=0)
    paper.body = rss(
        *(
            item(f"Item {n}", link=f"/{n}", pubDate=f"2026-04-19T12:{n:02}:00Z")
            for n in range(MOST_PAGES + 9)
        )
    )
    async with hasty:
        harvest = await read(paper.source, Past(), replace(tools, fetcher=hasty))
    assert len(harvest.readings) == MOST_PAGES + 9
    newest = range(MOST_PAGES + 9 - PAGES_AT_FIRST, MOST_PAGES + 9)
    assert sorted(paper.asked) == sorted(f"/{n}" for n in newest)


async def test_items_that_are_but_a_title_and_a_link_are_articles(
    paper: Newspaper, tools: Tools
) -> None:
    titles = [f"Headline {n}" for n in range(PAGES_AT_FIRST + 9)]
    paper.body = rss(*(item(title, text="", link=f"/{n}") for n, title in enumerate(titles)))
    seen = await articles(paper, Past(), replace(tools, full_text=False))
    assert [(article.title, article.text) for article in seen] == [(title, "") for title in titles]
    assert all(article.url for article in seen)


async def test_a_feed_of_titles_with_neither_text_nor_page_is_told(
    paper: Newspaper, tools: Tools
) -> None:
    paper.body = rss("<item><title>Nothing more</title></item>")
    harvest = await read(paper.source, Past(), tools)
    assert [reading.article.title for reading in harvest.readings] == ["Nothing more"]
    assert "have no text" in harvest.failures[0].reason


async def test_items_that_say_nothing_are_told_in_one_line(paper: Newspaper, tools: Tools) -> None:
    paper.body = rss(item(), *["<item><link>https://example.org/x</link></item>"] * 3)
    harvest = await read(paper.source, Past(), tools)
    (failure,) = harvest.failures
    assert "3 of 4 items" in failure.reason
    assert "neither title nor text and were left out" in failure.reason


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("A1 B2", "az"),
        ("Bakıda yeni metro stansiyası aprelin 19-da açılıb.", "az"),
        (STORY, "en"),
        ("Ministerpräsident lehnt neues Gesetz zur Zuwanderung ab.", "de"),
    ],
)
async def test_the_feeds_language_counts_where_words_leave_it_open(
    paper: Newspaper, tools: Tools, text: str, language: str
) -> None:
    paper.body = rss(item(text, text=""), more="<language>az-AZ</language>")
    (article,) = await articles(paper, Past(), tools)
    assert article.analysis
    assert article.analysis.language == language


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
        rss(f"<item><author>{'a@' * 32_768} (</author><title>x</title></item>"),
        rss(item("<" * 300_000)),
        rss("<item>" * 20_000),
        rss("<item><link>" + "&" * 300_000),
        rss(item(pubDate="1" * 300_000)),
        rss("<!--" * 200_000),
        rss("<![CDATA[" * 100_000),
        rss("<!DOCTYPE [" * 100_000),
        b"<" * 500_000,
        b"[" * 500_000,
        b'{"items":' + b"[" * 500_000,
    ],
    ids=[
        "nested", "bomb", "broken bomb", "external", "broken external", "many", "one line", "nul",
        "author", "mail", "title", "items in items", "ampersands", "digits", "comments",
        "sections", "doctypes", "angles", "brackets", "json",
    ],
)  # fmt: skip
async def test_a_hostile_feed_is_read_or_refused_in_time(
    paper: Newspaper, tools: Tools, body: bytes
) -> None:
    paper.body = body
    try:
        harvest = await read(paper.source, Past(), replace(tools, full_text=False))
    except (SourceError, WorkerError) as error:
        told = str(error)
    else:
        told = "".join(reading.article.title for reading in harvest.readings)
    assert "root:" not in told
    assert "\n" not in told


def test_an_address_that_cannot_be_written_spoils_no_other_item() -> None:
    source = Source("wire", SourceKind.FEED, "https://example.org/feed")
    raw = json_feed(
        {"id": "1", "url": "https://example.org/\ud800", "title": "A", "content_text": "It rose."},
        {"id": "2", "url": "https://example.org/b", "title": "B", "content_text": "It fell."},
    )
    entries = parse_feed(raw, source.location).entries
    readings = to_readings(entries, source, ZoneInfo("UTC"))
    assert "B" in [reading.article.title for reading in readings]


def test_items_that_share_a_link_are_articles_of_their_own() -> None:
    source = Source("wire", SourceKind.FEED, "https://example.org/feed")
    page = {"url": "https://example.org/live"}
    raw = json_feed(
        {"id": "1", "title": "A", "content_text": "It rose.", **page},
        {"id": "2", "title": "B", "content_text": "It fell.", **page},
    )
    entries = parse_feed(raw, source.location).entries
    readings = to_readings(entries, source, ZoneInfo("UTC"))
    assert len({reading.article.id for reading in readings}) == 2
    assert {reading.article.url for reading in readings} == {page["url"]}
