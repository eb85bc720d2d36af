"""Web pages and scraps of HTML -> the story's own paragraphs, and what the page says of itself.

Run it in a worker process: the parsers below are fed with whatever the net holds.
"""

import html
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, fromstring

from summaries.charset import decode
from summaries.dates import find_date
from summaries.draft import Draft, web_address
from summaries.errors import NotThere
from summaries.furniture import byline, dateline_date, dateline_end, is_outlet, without_furniture

if TYPE_CHECKING:
    from trafilatura.settings import Document

_NO_ARTICLE = "no article text found in this page"
_DATES = (
    "//meta[@property='article:published_time']/@content",
    "//meta[@itemprop='datePublished' or @name='date' or @name='pubdate']/@content",
    "//*[@itemprop='datePublished']/@datetime",
    "//article//time/@datetime",
)
_LINKED_DATA = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
_DROPPED = frozenset(
    "script style noscript template iframe object svg figure figcaption form button select nav"
    " aside footer pre table head h1 h2 h3 h4 h5 h6".split(" ")
)
_BLOCKS = frozenset(
    "p div section article blockquote quote ul ol li list item dl dt dd br lb hr main header".split(
        " "
    )
)
_LEAST_FOUND = 1_000
"""Characters of an article that trafilatura's own rules alone are trusted with."""

_SHORTEST = 40
_PROSE = (
    f"//text()[string-length(normalize-space()) >= {_SHORTEST}]"
    "[not(ancestor::a or ancestor::script or ancestor::style or ancestor::nav"
    " or ancestor::aside or ancestor::footer or ancestor::form or ancestor::noscript)]"
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters that no text has, and that XML, PostgreSQL and terminals do not take."""


def extract_html(raw: bytes, url: str | None = None, month: date | None = None) -> Draft:
    """The article of a web page; raises NotThere when it has none.

    `url` is where the page came from, against which its canonical address is resolved. A page whose
    head does not say when it was published has the date of its dateline, else one that is guessed;
    for `month` see `dateline_date`.
    """
    tree = parsed(decode(raw))
    page = None if tree is None else _found(tree, url)
    if tree is None or page is None or page.body is None:
        raise NotThere(_NO_ARTICLE)
    published = _published(tree)
    lines = list(_lines(page.body))
    title = one_line(page.title or "")
    text = "\n\n".join(line for line in without_furniture(lines) if line != title)
    if not text:
        raise NotThere(_NO_ARTICLE)
    writers = [name for line in lines if (name := byline(line)) and not is_outlet(name)]
    return Draft(
        title=title or None,
        text=text[dateline_end(text) :],
        outlet=page.sitename,
        author=page.author or (writers[0] if writers else None),
        published=published or dateline_date(text, month) or find_date(page.date or ""),
        url=web_address(page.url) or web_address(url),
    )


def _found(tree: HtmlElement, url: str | None) -> "Document | None":
    """The article that trafilatura finds, which leaves the tree as it is.

    It compares what it finds by itself with what others would, which takes longer than all else,
    and takes theirs where that is more than twice as much: no need if there is not so much prose.
    """
    # Imported here, in the worker: the bot's own process has no use for it.
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    def found(*, fast: bool) -> Document | None:
        page = bare_extraction(
            tree,
            url=url,
            fast=fast,
            favor_precision=True,
            include_comments=False,
            with_metadata=True,
        )
        return page if isinstance(page, Document) else None

    page = found(fast=True)
    length = 0 if page is None or page.body is None else sum(map(len, _lines(page.body)))
    if length >= _LEAST_FOUND and 2 * length >= sum(map(len, prose(tree))):
        return page
    return found(fast=False)


def prose(tree: HtmlElement) -> list[Any]:
    """What is written on a page in longer pieces, and not to lead to other pages.

    The pieces are lxml's strings, which know their elements.
    https://lxml.de/xpathxslt.html#xpath-return-values
    """
    return list(tree.xpath(_PROSE))


def paragraphs(markup: str) -> list[str]:
    """The paragraphs of a piece of HTML, or of plain text, without headings and furniture."""
    if not _TAG.search(markup):
        lines = _NO_TEXT.sub("", html.unescape(markup)).splitlines()
    else:
        tree = parsed(f"<div>{markup}</div>")
        lines = [] if tree is None else list(_lines(tree))
    return without_furniture(lines)


def one_line(markup: str) -> str:
    """A title or a name, freed of tags, entities, line ends and control characters."""
    return " ".join(_NO_TEXT.sub("", html.unescape(_TAG.sub("", markup))).split())


def parsed(text: str) -> HtmlElement | None:
    """The tree of a web page, or of a piece of one; None where there is nothing in it."""
    try:
        return fromstring(_NO_TEXT.sub("", text).encode(), parser=_PARSER)
    except (etree.ParserError, ValueError):
        return None


_PARSER = HTMLParser(encoding="utf-8", no_network=True)


def _lines(root: HtmlElement) -> Iterator[str]:
    """The text of each block, as it is shown."""
    words: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        is_shown = isinstance(element.tag, str) and element.tag not in _DROPPED
        if element.tag in _BLOCKS or not is_shown:
            yield "".join(words)
            words = []
        if event == "start" and is_shown:
            words.append(element.text or "")
        elif event == "start":
            walk.skip_subtree()
        elif element is not root:
            words.append(element.tail or "")
    yield "".join(words)


def _published(tree: HtmlElement) -> datetime | None:
    """When the page says that it was published: its head, linked data, then its `<time>`."""
    scripts = " ".join(tree.xpath("//script[@type='application/ld+json']/text()"))
    stated = [str(value) for path in _DATES for value in tree.xpath(path)]
    linked = _LINKED_DATA.findall(scripts)
    return next((day for text in (*stated[:1], *linked, *stated) if (day := find_date(text))), None)
