"""The links of a web page: those that look like articles, and the feed that it names."""

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import PurePosixPath
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from lxml import etree
from lxml.html import HtmlElement

from summaries import ids
from summaries.draft import web_address

MOST_LINKS = 1_000
"""Of a page with more, the first are taken."""

_FEED_TYPE = re.compile(r"application/(rss|atom)\+xml|application/feed\+json", re.IGNORECASE)
_COMMENTS = re.compile(r"comment|коммент|kommentar|yorum|şərh", re.IGNORECASE)
_FRAME = frozenset("nav footer aside form script style noscript template".split())
_BOXES = frozenset("div ul ol li section table td p span header".split())
_MENU = re.compile(
    r"(?<![^\W_])(nav|navbar|navigation|menu|breadcrumbs?|footer|pagination|pager)(?![^\W_])",
    re.IGNORECASE,
)
_ELSEWHERE = frozenset(
    "tag tags category categories author authors user users profile account login signin logout"
    " register signup subscribe newsletter search share print feed feeds rss sitemap privacy terms"
    " about contact contacts advertise faq help cart wp-admin wp-login.php wp-json".split()
)
_FILES = frozenset(
    ".pdf .jpg .jpeg .png .gif .webp .svg .ico .mp3 .mp4 .avi .mov .zip .rar .doc .docx .xls .xlsx"
    " .ppt .pptx .xml .rss .atom .json .css .js .ics .epub .csv .apk".split()
)
_ABOUT_SITE = frozenset("about terms privacy cookie cookies contact advertise imprint who".split())
_LONGEST_ABOUT = 4
_ACTIONS = frozenset("share replytocom print action".split())
_PAGE_NUMBER = re.compile(r"/(page|seite|p)[/-]?\d{1,4}/?$", re.IGNORECASE)
_DATE = re.compile(r"(?<!\d)(19|20)\d\d[/_.-]?(0?[1-9]|1[0-2])([/_.-]?[0-3]?\d)?(?=[/_.-])")
_ARCHIVE = re.compile(r"/(19|20)\d\d/(0?[1-9]|1[0-2])(/[0-3]?\d)?/?$")
_DAY = re.compile(r"(19|20)\d\d([01]\d([0-3]\d)?)?")
_ID_NAME = re.compile(r"p|(.*[_-])?[ns]?id|(news|article|story|item|post|content)_?(id)?", re.I)
_OTHER_ID = re.compile(r"(page|cat|category|tag|author|user|lang|section|topic|menu)_?id", re.I)
_WORD = re.compile(r"[^\W\d_]{2,}")
_CJK = re.compile("[\u3040-\u9fff\uac00-\ud7af]")
_WORDS_IN_SLUG, _WORDS_IN_TEXT, _CJK_TO_A_WORD = 3, 4, 3


def article_links(tree: HtmlElement, url: str) -> list[str]:
    """The addresses that look like articles of the page's own site, in order, each once."""
    base = _base(tree, url)
    here = urlsplit(ids.canonical_url(url))
    found: dict[str, tuple[str, str]] = {}
    for href, text in _anchors(tree):
        address = web_address(href, base)
        if not address:
            continue
        key = ids.canonical_url(address)
        first, longest = found.get(key, (address, ""))
        found[key] = first, max(longest, text, key=len)
        if len(found) == MOST_LINKS:
            break
    return [
        address.partition("#")[0]
        for key, (address, text) in found.items()
        if _leads_on(urlsplit(key), here) and _is_article(urlsplit(key), text)
    ]


def feed_link(tree: HtmlElement, url: str) -> str | None:
    """The feed that a page names, of several the one whose path is nearest to its own."""
    base = _base(tree, url)
    feeds = [
        address
        for link in tree.iter("link")
        if "alternate" in link.get("rel", "").lower().split()
        and _FEED_TYPE.match(link.get("type", "").strip())
        and not _COMMENTS.search(f"{link.get('title', '')} {unquote(link.get('href', ''))}")
        and (address := web_address(link.get("href"), base))
    ]
    return max(feeds, key=lambda feed: _shared_path(feed, url), default=None)


def _base(tree: HtmlElement, url: str) -> str:
    stated = next((base.get("href") for base in tree.iter("base") if base.get("href")), None)
    return web_address(stated, url) or url


def _shared_path(one: str, other: str) -> int:
    """How many folders two addresses have in common, from the root on; none on another site."""
    a, b = urlsplit(one), urlsplit(other)
    if _site(a) != _site(b):
        return -1
    pairs = zip(_segments(a.path), _segments(b.path), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _anchors(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    """Address and text of each link that is not part of the page's frame."""
    walk = etree.iterwalk(tree, events=("start",))
    for _, element in walk:
        if not isinstance(element.tag, str):
            continue
        if element.tag in _FRAME or _is_menu(element):
            walk.skip_subtree()
        elif element.tag == "a" and element.get("href"):
            yield element.get("href"), " ".join("".join(element.itertext()).split())


def _is_menu(element: HtmlElement) -> bool:
    if element.get("role", "").lower() in ("navigation", "contentinfo", "search"):
        return True
    named = f"{element.get('class', '')} {element.get('id', '')}"
    return element.tag in _BOXES and bool(_MENU.search(named))


def _leads_on(link: SplitResult, here: SplitResult) -> bool:
    """Whether a link stays on the site, and leads neither to the page itself nor above it."""
    if _site(link) != _site(here):
        return False
    if link.netloc.removeprefix("www.") != here.netloc.removeprefix("www."):
        return True
    below, above = f"{here.path.rstrip('/')}/", f"{link.path.rstrip('/')}/"
    is_same_query = link.query in ("", here.query)
    return not (is_same_query and below.startswith(above))


def _site(parts: SplitResult) -> str:
    """The name that the site's owner registered; the host itself where there is none."""
    # Imported here, in the worker: the bot's own process has no use for it.
    from tld import get_fld

    return get_fld(parts.geturl(), fail_silently=True) or parts.netloc


def _is_article(link: SplitResult, text: str) -> bool:
    path = unquote(link.path)
    segments = [segment.lower() for segment in _segments(path)]
    names = parse_qsl(link.query)
    if (
        _ELSEWHERE.intersection(segments)
        or _PAGE_NUMBER.search(path)
        or PurePosixPath(path).suffix.lower() in _FILES
        or any(name.lower() in _ACTIONS for name, _ in names)
    ):
        return False
    if any(_is_id(name, value) for name, value in names):
        return True
    slug = segments[-1] if segments else ""
    if not slug or _is_about_site(slug) or _ARCHIVE.search(path):
        return False
    words = len(_WORD.findall(text)) + len(_CJK.findall(text)) // _CJK_TO_A_WORD
    if _DAY.fullmatch(slug):
        return words > 1
    is_section = len(segments) == 1 and slug.isalpha()
    return (
        (words >= _WORDS_IN_TEXT and not is_section)
        or _has_date(path)
        or _has_number(slug)
        or _is_long(slug)
    )


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _is_id(name: str, value: str) -> bool:
    is_named = _ID_NAME.fullmatch(name) and not _OTHER_ID.fullmatch(name)
    return bool(is_named) and len(re.findall(r"\d", value)) > 1


def _is_about_site(slug: str) -> bool:
    words = re.split(r"[-_.]", slug)
    return words[0] in _ABOUT_SITE and len(words) <= _LONGEST_ABOUT


def _has_date(path: str) -> bool:
    """Whether there is a date in the path, and more after it, so that it is no archive."""
    date = _DATE.search(path)
    return date is not None and re.search(r"\w", path[date.end() :]) is not None


def _has_number(slug: str) -> bool:
    """Whether there is a number of three digits or more that is no date."""
    return any(not _DAY.fullmatch(number) for number in re.findall(r"\d{3,}", slug))


def _is_long(slug: str) -> bool:
    words = [word for word in re.split(r"[-_]", slug) if re.search(r"[^\W\d_]", word)]
    return len(words) >= _WORDS_IN_SLUG
