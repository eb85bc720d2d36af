"""What a web page is: an article, a page that lists articles, or a feed under a wrong name.

Run it in a worker process, for it parses what the net holds.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from summaries import ids
from summaries.charset import decode
from summaries.draft import Draft, web_address
from summaries.errors import NotThere
from summaries.extract import extract_html, parsed, prose
from summaries.sources.links import article_links, feed_link

SAYS_SO, SAYS_PERHAPS, SAYS_NOTHING = (250, 0), (250, 50), (500, 100)
"""Characters of running text that make a page an article, and for each link to others, if it says
that it is one, if it says so as any page may, and if it says nothing."""

_FEED = re.compile(rb"<(rss|feed|rdf:RDF)\b|\A\s*\{[^<]{0,300}jsonfeed\.org/version")
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_ARTICLE_TYPE = re.compile(r"(\w*News)?Article|BlogPosting|ReportageNewsArticle|Report")
_INLINE = frozenset("b strong i em u span font abbr cite q mark small sub sup br p".split())


@dataclass(frozen=True, slots=True)
class Survey:
    """What a page turned out to be: at most one of a feed, an article, or links and a feed."""

    is_feed: bool = False
    feed: str | None = None
    article: Draft | None = None
    links: tuple[str, ...] = ()


def survey(raw: bytes, url: str) -> Survey:
    """Look a page over that was fetched from `url`; raises SourceError when it is no text."""
    if _FEED.search(raw[:2000]) and not _HTML.search(raw[:2000]):
        return Survey(is_feed=True)
    tree = parsed(decode(raw))
    if tree is None:
        return Survey()
    links = article_links(tree, url)
    if is_article(tree, url, len(links)):
        try:
            return Survey(article=extract_html(raw, url))
        except NotThere:
            pass
    return Survey(feed=feed_link(tree, url), links=tuple(links))


def is_article(tree: HtmlElement, url: str, links: int) -> bool:
    """Whether a page that has so many links to articles is itself one."""
    least, for_each_link = said = _says(tree, url)
    running, total = _running_text(tree)
    # Of a list with long teasers, none has the half of what is written there.
    is_one = said is SAYS_SO or 2 * running >= total
    return is_one and running >= max(least, for_each_link * links)


def _says(tree: HtmlElement, url: str) -> tuple[int, int]:
    """How much running text makes the page an article, by what it says of itself."""
    said = {
        meta.get("property", "").lower(): meta.get("content", "").strip().lower()
        for meta in tree.iter("meta")
    }
    parts = urlsplit(url)
    is_front = not (parts.path.strip("/") or parts.query)
    # A front page is often said to be an article, by those who filled in every field.
    if not is_front and (said.get("article:published_time") or _is_linked_article(tree, url)):
        return SAYS_SO
    return SAYS_PERHAPS if said.get("og:type") == "article" else SAYS_NOTHING


def _is_linked_article(tree: HtmlElement, url: str) -> bool:
    """Whether the page's JSON-LD is about one article, at this very address if it names one."""
    articles = [thing for thing in _linked_data(tree) if _is_of_article_type(thing.get("@type"))]
    if len(articles) != 1:
        return False
    page = articles[0].get("mainEntityOfPage")
    named = articles[0].get("url") or (page.get("@id") if isinstance(page, dict) else page)
    address = web_address(named, url) if isinstance(named, str) else None
    return address is None or _path(address) == _path(url)


def _path(url: str) -> str:
    return urlsplit(ids.canonical_url(url)).path.rstrip("/")


def _linked_data(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """The things that the page's JSON-LD is about, not those that these are made of."""
    for script in tree.iter("script"):
        if script.get("type", "").strip().lower() != "application/ld+json":
            continue
        try:
            data = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in data if isinstance(data, list) else [data]:
            graph = thing.get("@graph") if isinstance(thing, dict) else None
            things = graph if isinstance(graph, list) else [thing]
            yield from (each for each in things if isinstance(each, dict))


def _is_of_article_type(stated: object) -> bool:
    types = stated if isinstance(stated, list) else [stated]
    return any(isinstance(name, str) and _ARTICLE_TYPE.fullmatch(name) for name in types)


def _running_text(tree: HtmlElement) -> tuple[int, int]:
    """Characters of prose: in the one box that holds most of them, and altogether."""
    boxes: Counter[HtmlElement] = Counter()
    for text in prose(tree):
        box = text.getparent().getparent() if text.is_tail else text.getparent()
        while box is not None and box.tag in _INLINE and box.getparent() is not None:
            box = box.getparent()
        boxes[box] += len(" ".join(text.split()))
    return max(boxes.values(), default=0), boxes.total()
