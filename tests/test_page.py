"""Web pages as a source: an article, a list of articles, a page that names its feed."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from summaries.errors import NotThere, SourceError, WorkerError
from summaries.extract import parsed
from summaries.fetch import Fetcher
from summaries.ingest import ingest
from summaries.model import Bookmark, Harvest, Source, SourceKind
from summaries.sources import Past, Tools, read
from summaries.sources.feed import MOST_PAGES, PAGES_AT_FIRST
from summaries.sources.links import article_links
from summaries.sources.survey import is_article, survey
from summaries.workers import Workers
from tests.news import FRUIT, QUAKE, RAIL, after
from tests.stores import opened

HERE = "https://example.org/news/rail"
STORY = f"{RAIL} {QUAKE} {FRUIT}"


def article_page(title: str, text: str, head: str = "", more: str = "") -> str:
    story = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body>"
        f"<article><h1>{title}</h1>{story}</article>{more}</body></html>"
    )


def list_page(*hrefs: str, head: str = "") -> str:
    cards = "".join(f'<li><a href="{href}">On {href}</a></li>' for href in hrefs)
    return f"<!doctype html><html><head>{head}</head><body><ul>{cards}</ul></body></html>"


def rss(base: str, *numbers: int) -> str:
    items = "".join(
        f"<item><guid>{n}</guid><link>{base}/press/{n}</link><title>Number {n}</title>"
        f"<description>{STORY} It was number {n}.</description></item>"
        for n in numbers
    )
    return f'<rss version="2.0"><channel><title>Gazette</title>{items}</channel></rss>'


NAMES_FEED = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
PUBLISHED = '<meta property="article:published_time" content="2026-04-19T12:00:00Z">'


@dataclass(slots=True)
class Site:
    """A loopback site: whatever stands in `pages` by its path; a number is a status."""

    base: str = ""
    pages: dict[str, str | int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        if request.path == "/robots.txt":
            return web.Response(status=404)
        self.asked.append(request.path)
        page = self.pages.get(request.path, 404)
        if isinstance(page, int):
            return web.Response(status=page)
        etag = f'"{hash(page)}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        kind = "application/xml" if page.startswith("<rss") else "text/html"
        return web.Response(text=page, content_type=kind, headers={"ETag": etag})

    def lists(self, *numbers: int, head: str = "") -> None:
        """Show a list of press releases, each of which is there."""
        self.pages["/press/"] = list_page(*(f"/press/{n}" for n in numbers), head=head)
        for n in numbers:
            text = f"{STORY}\n\nIt was release number {n}."
            self.pages.setdefault(f"/press/{n}", article_page(f"Release number {n}", text))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made, app = Site(), web.Application()
    app.router.add_get("/{path:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def tools(workers: Workers) -> AsyncIterator[Tools]:
    async with Fetcher(allow=["127.0.0.0/8"], gap=0) as fetcher:
        yield Tools(fetcher, workers, ZoneInfo("UTC"))


def ministry(site: Site, path: str = "/press/") -> Source:
    return Source("ministry", SourceKind.PAGE, f"{site.base}{path}", tags=("state",))


def titles(harvest: Harvest) -> set[str]:
    return {reading.article.title for reading in harvest.readings}


def reasons(harvest: Harvest) -> list[str]:
    return [str(failure) for failure in harvest.failures]


async def test_the_articles_behind_the_links_of_a_page_are_read(site: Site, tools: Tools) -> None:
    site.lists(1001, 1002)
    harvest = await read(ministry(site), Past(), tools)
    assert titles(harvest) == {"Release number 1001", "Release number 1002"}
    assert not harvest.failures
    article = next(each.article for each in harvest.readings if "1001" in each.article.item)
    assert article.url == article.item == f"{site.base}/press/1001"
    assert (article.source, article.tags) == ("ministry", ("state",))
    assert "It was release number 1001." in article.text
    assert article.analysis


async def test_only_new_articles_are_fetched(site: Site, tools: Tools) -> None:
    site.lists(1001, 1002)
    first = await read(ministry(site), Past(), tools)
    site.lists(1003, 1002, 1001)
    site.asked.clear()
    second = await read(ministry(site), after(first), tools)
    assert titles(second) == {"Release number 1003"}
    assert second.unchanged == 2
    assert site.asked == ["/press/", "/press/1003"]


async def test_a_page_that_did_not_change_is_not_looked_at(site: Site, tools: Tools) -> None:
    site.lists(1001, 1002)
    first = await read(ministry(site), Past(), tools)
    assert first.bookmark.etag
    second = await read(ministry(site), after(first), tools)
    assert (second.readings, second.unchanged, second.bookmark) == ((), 2, first.bookmark)
    bookmark = Bookmark(digest=first.bookmark.digest, shown=2)
    third = await read(ministry(site), Past(bookmark), tools)
    assert (third.readings, third.unchanged) == ((), 2)


async def test_other_words_of_a_link_do_not_make_another_article(site: Site, tools: Tools) -> None:
    site.lists(1001)
    first = await read(ministry(site), Past(), tools)
    site.pages["/press/"] = str(site.pages["/press/"]).replace("On ", "An hour ago: on ")
    second = await read(ministry(site), after(first), tools)
    assert (second.readings, second.unchanged) == ((), 1)


async def test_of_a_long_list_the_first_look_takes_the_newest(site: Site, tools: Tools) -> None:
    numbers = range(1000 + PAGES_AT_FIRST + 5, 1000, -1)
    site.lists(*numbers)
    first = await read(ministry(site), Past(), tools)
    assert titles(first) == {f"Release number {n}" for n in numbers[:PAGES_AT_FIRST]}
    assert set(first.passed) == {f"{site.base}/press/{n}" for n in numbers[PAGES_AT_FIRST:]}
    assert (await read(ministry(site), after(first), tools)).readings == ()


async def test_a_later_look_leaves_what_is_too_much_for_the_next(site: Site, tools: Tools) -> None:
    site.lists(900)
    first = await read(ministry(site), Past(), tools)
    site.lists(*range(1000, 1000 + MOST_PAGES + 3))
    second = await read(ministry(site), after(first), tools)
    assert len(second.readings) == MOST_PAGES
    third = await read(ministry(site), after(first, second), tools)
    assert len(third.readings) == 3
    assert not third.passed


async def test_of_a_page_that_is_too_large_the_beginning_is_read(site: Site, tools: Tools) -> None:
    site.lists(1001)
    site.pages["/press/"] = f"{site.pages['/press/']}{'<p>x</p>' * 400_000}"
    assert titles(await read(ministry(site), Past(), tools)) == {"Release number 1001"}


async def test_what_is_no_article_is_passed_over_and_trouble_is_tried_again(
    site: Site, tools: Tools
) -> None:
    site.pages |= {"/press/1002": "<p>Hello</p>", "/press/1003": 410, "/press/1004": 500}
    site.pages |= {"/press/1005": 404, "/press/1006": 502}
    site.lists(1001, 1002, 1003, 1004, 1005, 1006)
    first = await read(ministry(site), Past(), tools)
    assert titles(first) == {"Release number 1001"}
    assert {"/press/1002", "/press/1005"} <= {item.removeprefix(site.base) for item in first.passed}
    (failure,) = reasons(first)
    assert failure.startswith("ministry: its articles: 2 of 6 could not be read now: ")
    site.pages |= {f"/press/{n}": site.pages["/press/1001"] for n in (1004, 1006)}
    site.asked.clear()
    second = await read(ministry(site), after(first), tools)
    assert {"/press/1004", "/press/1006"} <= set(site.asked)
    assert {"/press/1001", "/press/1002", "/press/1005"}.isdisjoint(site.asked)
    assert len(second.readings) == 2
    assert not second.failures


async def test_a_page_none_of_whose_articles_can_be_read_now_is_in_trouble(
    site: Site, tools: Tools
) -> None:
    site.pages |= {"/press/1001": 500, "/press/1002": 500}
    site.lists(1001, 1002)
    with pytest.raises(SourceError, match="answers 500"):
        await read(ministry(site), Past(), tools)


async def test_a_page_whose_links_lead_to_no_article_is_told(site: Site, tools: Tools) -> None:
    site.pages |= {"/press/1001": "<p>Hello</p>"}
    site.lists(1001)
    harvest = await read(ministry(site), Past(), tools)
    assert reasons(harvest) == [
        f"ministry: no articles found behind the links of {site.base}/press/: give its feed"
    ]


async def test_a_page_with_nothing_on_it_is_told(site: Site, tools: Tools) -> None:
    site.pages["/press/"] = "<html><body><p>Welcome</p></body></html>"
    with pytest.raises(NotThere, match="no articles found at"):
        await read(ministry(site), Past(), tools)


async def test_the_feed_that_a_page_names_is_read_instead(site: Site, tools: Tools) -> None:
    site.lists(1001, head=NAMES_FEED)
    site.pages["/feed.xml"] = rss(site.base, 1001, 1002)
    first = await read(ministry(site), Past(), tools)
    assert titles(first) == {"Number 1001", "Number 1002"}
    assert first.bookmark.feed == f"{site.base}/feed.xml"
    site.asked.clear()
    again = await read(ministry(site), after(first), tools)
    assert (again.readings, again.bookmark) == ((), first.bookmark)
    assert site.asked == ["/feed.xml"]


@pytest.mark.parametrize("feed", [404, "<html><body>Sorry</body></html>"])
async def test_without_its_feed_a_page_is_read_itself(
    site: Site, tools: Tools, feed: str | int
) -> None:
    site.lists(1001, head=NAMES_FEED)
    site.pages["/feed.xml"] = feed
    first = await read(ministry(site), Past(), tools)
    assert titles(first) == {"Release number 1001"}
    remembered = Bookmark(feed=f"{site.base}/feed.xml", etag="x", digest="y")
    again = await read(ministry(site), Past(remembered), tools)
    assert titles(again) == {"Release number 1001"}
    assert again.bookmark.feed is None


async def test_a_feed_that_is_in_trouble_is_waited_for(site: Site, tools: Tools) -> None:
    site.lists(1001, head=NAMES_FEED)
    site.pages["/feed.xml"] = 503
    with pytest.raises(SourceError, match="answers 503"):
        await read(ministry(site), Past(), tools)


async def test_a_feed_that_is_given_as_a_page_is_read_as_a_feed(site: Site, tools: Tools) -> None:
    site.pages["/feed.xml"] = rss(site.base, 1001)
    harvest = await read(ministry(site, "/feed.xml"), Past(), tools)
    assert titles(harvest) == {"Number 1001"}
    assert harvest.bookmark.feed == f"{site.base}/feed.xml"


async def test_an_article_page_is_one_article_that_changes(site: Site, tools: Tools) -> None:
    site.pages["/rail"] = article_page("Rail accord", STORY, PUBLISHED + NAMES_FEED)
    first = await read(ministry(site, "/rail"), Past(), tools)
    (reading,) = first.readings
    assert reading.article.title == "Rail accord"
    assert reading.article.item == f"{site.base}/rail"
    site.pages["/rail"] = article_page("Rail accord", STORY, PUBLISHED, "<p>Advertisement</p>")
    same = await read(ministry(site, "/rail"), after(first), tools)
    assert (same.readings, same.unchanged) == ((), 1)
    site.pages["/rail"] = article_page("Rail accord", f"{STORY} It rained, too.", PUBLISHED)
    changed = await read(ministry(site, "/rail"), after(first), tools)
    assert "It rained, too." in changed.readings[0].article.text


async def test_pages_that_all_claim_the_address_of_the_list_are_articles_of_their_own(
    site: Site, tools: Tools
) -> None:
    head = f'<link rel="canonical" href="{site.base}/press/">'
    for n in (1001, 1002):
        site.pages[f"/press/{n}"] = article_page(f"Release number {n}", f"{STORY} On {n}.", head)
    site.lists(1001, 1002)
    harvest = await read(ministry(site), Past(), tools)
    assert len({reading.article.id for reading in harvest.readings}) == 2


async def test_what_is_stored_of_a_page_is_not_fetched_again(
    site: Site, tools: Tools, tmp_path: Path
) -> None:
    site.pages["/press/1003"] = 404
    site.lists(1001, 1002, 1003)
    async with opened("sqlite", tmp_path) as store:
        (first,) = [each async for each in ingest([ministry(site)], store, tools)]
        site.lists(1004, 1001, 1002, 1003)
        site.asked.clear()
        (second,) = [each async for each in ingest([ministry(site)], store, tools)]
    assert (first.new, second.new, second.unchanged) == (2, 1, 3)
    assert site.asked == ["/press/", "/press/1004"]


def ld(**thing: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(thing)}</script>'


MANY = "".join(f'<div><a href="/press/{n}">More</a></div>' for n in range(1000, 1030))
SHORT = RAIL + " " + FRUIT
TEASERS = "".join(
    f'<div class="card"><p>{RAIL} {QUAKE}</p><a href="/press/{n}">More</a></div>'
    for n in range(1000, 1006)
)


@pytest.mark.parametrize(
    ("page", "url", "is_one", "why"),
    [
        (article_page("Rail", STORY), HERE, True, "long prose and no links"),
        (article_page("Rail", SHORT, PUBLISHED, MANY), HERE, True, "it has a date of its own"),
        (
            article_page("Rail", SHORT, ld(**{"@type": "NewsArticle", "url": HERE}), MANY),
            HERE, True, "linked data about this page",
        ),
        (
            article_page("R", SHORT, ld(**{"@graph": [{"@type": ["Article"]}, "x"]}), MANY),
            HERE, True, "linked data in a graph",
        ),
        (
            article_page("R", SHORT, ld(**{"@type": "Article", "url": "/other"}), MANY),
            HERE, False, "linked data about another page",
        ),
        (
            article_page("R", SHORT, ld(**{"@type": "Article"}) * 3, MANY),
            HERE, False, "linked data about several",
        ),
        (article_page("R", SHORT, "", MANY), HERE, False, "many links and little prose"),
        (
            article_page("R", SHORT, PUBLISHED, MANY), "https://example.org/", False,
            "a front page with a date",
        ),
        (
            f'<meta property="og:type" content="article"><body>{TEASERS}', HERE, False,
            "teasers, though it says that it is an article",
        ),
        (
            f"<body><div>{RAIL}<br><br>{QUAKE}<br><br>{FRUIT}</div>", HERE, True,
            "prose in a box without paragraphs",
        ),
        (f"<script type='application/ld+json'>{'[' * 9000}</script>", HERE, False, "a deep pit"),
    ],
)  # fmt: skip
def test_articles_are_told_from_lists(page: str, url: str, is_one: bool, why: str) -> None:
    tree = parsed(page)
    assert tree is not None
    assert is_article(tree, url, len(article_links(tree, url))) is is_one, why


@pytest.mark.parametrize(
    ("raw", "is_feed"),
    [
        (b'<?xml version="1.0"?><rss version="2.0"></rss>', True),
        (b'\n<feed xmlns="http://www.w3.org/2005/Atom"></feed>', True),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', True),
        (b'<?xml version="1.0"?><!DOCTYPE html><html><body>rss</body></html>', False),
        (b"", False),
        (b"hello", False),
    ],
)
def test_a_feed_is_known_by_its_beginning(raw: bytes, is_feed: bool) -> None:
    assert survey(raw, HERE).is_feed is is_feed


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 100_000,
        '<a href="/press/1234">' * 50_000,
        f'<a href="/{"a-" * 500_000}">x</a>',
        f'<div class="{"nav-" * 300_000}">x</div>',
        f"<title>{'x' * 1_900_000}</title>",
        "<p>" + "word " * 380_000,
        '<link rel="alternate" type="application/rss+xml" href="/x">' * 20_000,
        "<!-- <html>" * 100_000,
    ],
    ids=["deep", "links", "long link", "long class", "long title", "words", "feeds", "comments"],
)
async def test_a_hostile_page_is_read_or_refused_in_time(
    site: Site, tools: Tools, body: str
) -> None:
    site.pages["/press/"] = f"<html><body>{body}"
    try:
        told = titles(await read(ministry(site), Past(), tools))
    except (SourceError, WorkerError) as error:
        told = {str(error)}
    assert len(told) <= 1
    assert not any("\n" in each for each in told)
