"""Which links of a page look like articles, and which feed it names."""

from urllib.parse import quote

import pytest

from summaries.extract import parsed
from summaries.sources.links import MOST_LINKS, article_links, feed_link

HERE = "https://www.example.org/news/"


def links(markup: str, url: str = HERE) -> list[str]:
    tree = parsed(f"<html><body>{markup}</body></html>")
    assert tree is not None
    return article_links(tree, url)


def a(href: str, text: str = "x") -> str:
    return f'<a href="{href}">{text}</a>'


FRONT_PAGE = """
<header><div class="site-nav"><a href="/politics">Politics</a><a href="/world">World</a></div>
</header>
<nav><a href="/2026/04/19/inside-the-menu">A headline that stands in the menu</a></nav>
<main>
  <article><a href="/politics/2026/04/19/rail-accord"><img src="a.jpg"></a>
    <h2><a href="/politics/2026/04/19/rail-accord">Rail accord signed in the capital</a></h2>
    <a href="/tag/rail">rail</a> <a href="/author/jane-doe-of-the-ledger">Jane Doe</a>
    <a href="/politics/2026/04/19/rail-accord#comments">12 comments</a></article>
  <article><h3><a href="/world/quake-shakes-the-coast">Quake</a></h3></article>
  <article><a href="/b/cherries-98231.html">Cherries</a></article>
</main>
<aside><a href="/most-read-story-of-all">Most read</a></aside>
<div class="pagination"><a href="/news/older-stories-of-this-week">Older stories</a></div>
<footer><a href="/who-we-are-and-why">Who we are</a></footer>
"""
MINISTRY = """<table><tr><td>19.04.2026</td><td><a href="/press/1234">On talks</a></td></tr>
<tr><td>18.04.2026</td><td><a href="/press/1233">On trade</a></td></tr>
<tr><td><a href="/files/annex-to-the-agreement.pdf">Annex to the agreement, in full</a></td></tr>
</table><a href="/press/?page=2">2</a><a href="/press/page/3">next</a>"""
BLOG = """<div id="content"><h2><a href="on-slow-trains.html">On slow trains</a></h2>
<h2><a href="../2026/on-fast-ones.html">On fast ones</a></h2>
<a href="2026/">2026</a><a href="2026/04/">April</a><a href="mailto:me@example.org">Write me</a>
<a href="javascript:void(0)">Open a window with more of it</a></div>"""
TWO_VILLAGES = "две-деревни-отрезаны"
CYRILLIC = f"""<ul><li><a href="/новости/река-поднялась-на-метр">Река</a></li>
<li><a href="/{quote(TWO_VILLAGES)}">Две</a></li>
<li><a href="/рубрика">Все новости рубрики за сегодня</a></li></ul>"""


def test_the_articles_of_a_front_page_are_found_in_their_order() -> None:
    assert links(FRONT_PAGE) == [
        "https://www.example.org/politics/2026/04/19/rail-accord",
        "https://www.example.org/world/quake-shakes-the-coast",
        "https://www.example.org/b/cherries-98231.html",
    ]


def test_a_ministry_numbers_its_press_releases() -> None:
    assert links(MINISTRY, "https://example.org/press/") == [
        "https://example.org/press/1234",
        "https://example.org/press/1233",
    ]


def test_relative_links_of_a_blog_are_made_whole() -> None:
    assert links(BLOG, "https://example.org/blog/") == [
        "https://example.org/blog/on-slow-trains.html",
        "https://example.org/2026/on-fast-ones.html",
    ]


def test_cyrillic_slugs_are_words_however_they_are_written() -> None:
    assert links(CYRILLIC) == [
        "https://www.example.org/новости/река-поднялась-на-метр",
        f"https://www.example.org/{quote(TWO_VILLAGES)}",
    ]


@pytest.mark.parametrize(
    ("href", "text", "why"),
    [
        ("/2026/04/19/rail", "x", "a date"),
        ("/2026-04-19-rail", "x", "a date in the name"),
        ("/20260419/rail", "x", "a date in one"),
        ("/2026/04/rail", "x", "a month"),
        ("/press/1234", "x", "a number"),
        ("/press/2026", "On trade", "a number that could be a year"),
        ("/a-98765", "x", "a number at the end"),
        ("/1234567-rail.html", "x", "a number at the beginning"),
        ("/rail-accord-signed", "x", "three words"),
        ("/rail_accord_signed.php", "x", "three words with underscores"),
        ("/index.php?id=123", "x", "an id"),
        ("/?p=1234", "x", "an id at the root"),
        ("/?newsid=77", "x", "an id by another name"),
        ("/show.aspx?lang=en&amp;article_id=4711", "x", "an id among others"),
        ("/en/rail", "Rail accord signed today", "four words in its text"),
        ("/en/rail", "鉄道協定が首都で署名された", "a text without spaces"),
        ("//www.example.org/rail-accord-signed", "x", "no protocol"),
        ("http://example.org/rail-accord-signed", "x", "another protocol and no www"),
        ("https://news.example.org/rail-accord-signed", "x", "a subdomain"),
        ("../rail-accord-signed", "x", "a relative link"),
        ("?id=123", "x", "a query alone"),
    ],
)
def test_what_looks_like_an_article(href: str, text: str, why: str) -> None:
    assert len(links(a(href, text))) == 1, why


@pytest.mark.parametrize(
    ("href", "text"),
    [
        ("/", "The front page of the Caspian Ledger"),
        ("/news", "All the news of this very day"),
        ("/news/", "All the news of this very day"),
        ("#top", "Back to the top of this page"),
        ("https://example.org/news/#latest", "The latest news of this very day"),
        ("/world", "World"),
        ("/business", "Business"),
        ("/2026/04/19/", "19"),
        ("/2026/04/19", "All the articles of this day"),
        ("/20260419", "19 April"),
        ("/2026", "2026"),
        ("/tag/rail-and-road-traffic", "x"),
        ("/category/1234", "x"),
        ("/author/jane-doe-1234", "x"),
        ("/login?id=1234", "Log in to read all of it"),
        ("/share?id=123", "x"),
        ("/news/?page=12", "x"),
        ("/news/page/12", "Go on to the next page"),
        ("/?cat_id=12", "x"),
        ("/terms-of-use", "x"),
        ("/about-us", "About us and our long history"),
        ("/annual-report-of-2025.pdf", "The annual report of last year"),
        ("/rail-accord-signed.jpg", "x"),
        ("/rail-accord-signed?print=1", "x"),
        ("mailto:news@example.org", "Write to the editors of this"),
        ("tel:+99412", "Call the editors of this paper"),
        ("https://example.com/rail-accord-signed", "x"),
        ("https://badexample.org/rail-accord-signed", "x"),
        ("https://[bad/rail-accord-signed", "x"),
        ("", "A link that leads to nowhere"),
    ],
)
def test_what_does_not(href: str, text: str) -> None:
    assert links(a(href, text)) == []


def test_a_link_that_is_there_twice_counts_once_with_the_longer_text() -> None:
    markup = a("/en/rail?utm_source=x", "") + a("/en/rail", "Rail accord signed today")
    assert links(markup) == ["https://www.example.org/en/rail?utm_source=x"]


def test_the_base_of_a_page_is_where_its_links_start() -> None:
    tree = parsed('<html><head><base href="/en/"></head><body><a href="press/1234">x</a></body>')
    assert tree is not None
    assert article_links(tree, HERE) == ["https://www.example.org/en/press/1234"]


def test_ministries_under_one_public_suffix_are_sites_of_their_own() -> None:
    markup = a("https://economy.gov.az/press/1234") + a("https://media.culture.gov.az/press/1234")
    assert links(markup, "https://culture.gov.az/") == ["https://media.culture.gov.az/press/1234"]


def test_a_site_without_a_registered_name_is_its_host_and_port() -> None:
    markup = a("/press/1234") + a("http://127.0.0.1:81/press/1234")
    assert links(markup, "http://127.0.0.1:80/") == ["http://127.0.0.1:80/press/1234"]


def test_of_a_page_with_too_many_links_the_first_are_taken() -> None:
    many = "".join(a(f"/press/{number}") for number in range(3000, 3100 + MOST_LINKS))
    assert len(links(many)) == MOST_LINKS


def feed(*tags: str, url: str = HERE) -> str | None:
    tree = parsed(f"<html><head>{''.join(tags)}</head><body>x</body></html>")
    assert tree is not None
    return feed_link(tree, url)


def names(href: str, kind: str = "application/rss+xml", title: str = "News") -> str:
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}">'


@pytest.mark.parametrize(
    "kind", ["application/rss+xml", "application/atom+xml", "Application/Feed+JSON"]
)
def test_the_feed_that_a_page_names_is_found(kind: str) -> None:
    assert feed(names("/rss", kind)) == "https://www.example.org/rss"


def test_of_several_feeds_the_one_nearest_to_the_page_is_taken() -> None:
    assert feed(names("/a/rss"), names("/news/rss"), names("/b/rss")) == f"{HERE}rss"
    assert feed(names("/a/rss"), names("/b/rss")) == "https://www.example.org/a/rss"


def test_feeds_of_comments_and_other_things_are_passed_over() -> None:
    assert feed(names("/comments/feed"), names("/feed", title="Comments on this")) is None
    assert feed(names("/wp-json/x", "application/json"), names("mailto:x")) is None
    assert feed('<link rel="stylesheet" type="application/rss+xml" href="/x">') is None
