"""The bytes of a feed -> its newest items as drafts; run it in a worker."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from lxml import etree

from summaries import ids
from summaries.charset import decode
from summaries.draft import Draft, web_address
from summaries.errors import NotThere, SourceError
from summaries.extract import one_line, paragraphs
from summaries.fetch import shown
from summaries.furniture import dateline_end
from summaries.sources.feed_dates import read_date
from summaries.sources.item import Feed, Item
from summaries.sources.mending import closed, mended, without_declaration
from summaries.sources.other_feeds import read_broken, read_json
from summaries.sources.titles import title_from_markup, title_from_text
from summaries.sources.xml_feed import Element, read_tree

MOST_ITEMS = 2_000
"""Of a longer feed only the newest items are read."""

_LONGEST_TITLE, _LONGEST_NAME = 1_000, 200
_PROLOG = 4_096
_OWN_ENTITIES = re.compile(r"<!DOCTYPE\b[^<>\[]*\[[^\]]*<!ENTITY", re.IGNORECASE)
_FEED = re.compile(r"<(?:[\w-]+:)?(?:rss|feed|rdf|channel|item|entry)\b", re.IGNORECASE)
_HTML = re.compile(r"<(!doctype\s+html|html|body)\b", re.IGNORECASE)
_LINK = re.compile(r"<link\b[^>]{0,1000}>", re.IGNORECASE)
_FEED_TYPE = re.compile(r"application/((rss|atom)\+xml|feed\+json)", re.IGNORECASE)
_HREF = re.compile(r"href\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_].*)?", re.IGNORECASE)
_NO_IDS = frozenset(("", "0", "-1", "null", "none", "nan", "undefined", "n/a"))


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a feed; `item` names it within its feed, `language` is what the feed is in.

    The fingerprint changes when a reader would see a change. A link that it shares with others, as
    the feed's own page, does not tell it from them.
    """

    item: str
    draft: Draft
    fingerprint: str
    shares_link: bool = False
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """What a feed shows now; `empty` counts its items that have neither title nor text."""

    entries: tuple[Entry, ...]
    empty: int = 0


def parse_feed(raw: bytes, url: str, *, is_cut: bool = False) -> Issue:
    """Read a feed that was fetched from `url`; raises SourceError when it is none.

    `is_cut` says that the end of it is missing.
    """
    try:
        text = decode(raw).lstrip()
    except SourceError as error:
        raise NotThere(_no_feed(url)) from error
    feed = _read(text, url, is_cut)
    dated = _dated(feed)
    if len(dated) > MOST_ITEMS:
        dated = sorted(dated, key=lambda pair: -newness(pair[0]))[:MOST_ITEMS]
    base = _base(feed, url)
    drafts = [(one_line(item.guid), _draft(item, when, feed, base)) for when, item in dated]
    told = [(guid, draft) for guid, draft in drafts if draft.title]
    language = _LANGUAGE.fullmatch(feed.language.strip())
    code = language[1].lower() if language else None
    return Issue(tuple(_told_apart(told, code)), len(drafts) - len(told))


def _read(text: str, url: str, is_cut: bool) -> Feed:
    if text.startswith("{"):
        if is_cut:
            raise SourceError(f"{shown(url)} is larger than what is read of a feed")
        feed = read_json(text)
    elif not _FEED.search(text):
        feed = None
    elif _OWN_ENTITIES.search(text[:_PROLOG]):
        raise SourceError("this feed defines XML entities of its own: give another feed")
    else:
        feed = _read_xml(text, is_cut)
    return feed or _refused(text, url)


def _read_xml(text: str, is_cut: bool) -> Feed | None:
    """The feed as a strict parser sees it; only if mending does not help, as feedparser does."""
    plain = without_declaration(text)
    tree = None if is_cut or "<!DOCTYPE" in plain[:_PROLOG] else _tree(plain)
    if tree is None:
        plain = mended(text)
        tree = None if is_cut else _tree(plain)
    if tree is None:
        tree = _tree(closed(plain))
    return read_broken(plain.encode()) if tree is None else read_tree(tree)


def _tree(text: str) -> Element | None:
    parser = etree.XMLParser(
        encoding="utf-8", no_network=True, resolve_entities=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _refused(text: str, url: str) -> Feed:
    if not _HTML.search(text[:_PROLOG]):
        raise NotThere(_no_feed(url))
    page = f"{shown(url)} is a web page, not a feed"
    for link in _LINK.findall(text[:200_000]):
        named = _HREF.search(link) if _FEED_TYPE.search(link) else None
        if named and (feed := web_address(named[1], url)):
            raise NotThere(f"{page}: give the feed it names, {feed}")
    raise NotThere(f"{page}: look for its RSS link")


def _no_feed(url: str) -> str:
    return f"{shown(url)} is no feed: give the address of an RSS, Atom or JSON feed"


def _draft(item: Item, published: datetime | None, feed: Feed, base: str) -> Draft:
    """What an item says; without a title only if it has no text either."""
    title = title_from_markup(item.title[:_LONGEST_TITLE])
    text = ""
    for body in dict.fromkeys(item.bodies):
        # Its text is no longer than its markup: most teasers need not be read.
        if len(body) > len(text):
            text = max(text, _text(body, title), key=len)
    outlet = one_line((item.outlet or feed.title)[:_LONGEST_NAME])
    return Draft(
        title=title or (title_from_text(text) if text else None),
        text=text,
        outlet=outlet or None,
        author=one_line(item.author[:_LONGEST_NAME]) or None,
        published=published,
        url=next(_addresses(item, base), None),
    )


def _text(markup: str, title: str) -> str:
    text = "\n\n".join(line for line in paragraphs(markup) if line != title)
    return text[dateline_end(text) :]


def _addresses(item: Item, base: str) -> Iterator[str]:
    for link in item.links:
        whole = link.strip().replace("&amp;", "&")
        if whole.lower().startswith("www."):
            whole = f"//{whole}"
        if address := web_address(whole, base):
            yield address


def _base(feed: Feed, url: str) -> str:
    """What links are relative to: the feed, unless another host keeps it for its site."""
    site = web_address(feed.link)
    return site if site and _host(site) != _host(url) else url


def _host(address: str) -> str:
    return (urlsplit(address).hostname or "").removeprefix("www.")


def _told_apart(drafts: Iterable[tuple[str, Draft]], language: str | None) -> Iterator[Entry]:
    """The items, each once, under names that no other has."""
    once: list[tuple[str, str, Draft]] = []
    seen: set[tuple[str, str | None, str]] = set()
    for guid, draft in drafts:
        place = _place(draft)
        # Bulletins of one page have their title in common, too.
        marks = [_told(draft)] if guid.lower() in _NO_IDS else [_told(draft), guid]
        keys = {(place or guid, draft.title, mark) for mark in marks}
        if not keys & seen:
            once.append((guid, place, draft))
        seen |= keys
    named = Counter(guid for guid, _, _ in once)
    linked = Counter(place for _, place, _ in once if place)
    titled = Counter((place, draft.title) for _, place, draft in once)
    for guid, place, draft in once:
        is_name = guid.lower() not in _NO_IDS and named[guid] == 1
        shares = linked[place] > 1
        own = place
        if shares or not place:
            is_alone = titled[place, draft.title] == 1
            own = ids.fingerprint(draft.title or "", *([] if is_alone else [_told(draft)]))
        published = draft.published.isoformat() if draft.published else ""
        yield Entry(
            item=guid if is_name else own,
            draft=draft,
            fingerprint=ids.fingerprint(draft.title or "", draft.text, published),
            shares_link=shares,
            language=language,
        )


def _told(draft: Draft) -> str:
    """What tells an item from others of one title and link."""
    return draft.text or str(draft.published)


def _place(draft: Draft) -> str:
    return ids.canonical_url(draft.url) if draft.url else ""


def _dated(feed: Feed) -> list[tuple[datetime | None, Item]]:
    """The items with when they were published, or else last changed.

    Dates without a zone are in the one that the feed's other dates name, if it is one.
    """
    dated = [(_first(item.dates), item) for item in feed.items]
    dates = [date for date, _ in dated if date]
    if all(date.tzinfo for date in dates):
        return dated
    zones = {date.utcoffset(): date.tzinfo for date in (*dates, _first(feed.dates)) if date}
    zones.pop(None, None)
    if len(zones) != 1:
        return dated
    (zone,) = zones.values()
    return [(date and (date if date.tzinfo else date.replace(tzinfo=zone)), i) for date, i in dated]


def _first(dates: Iterable[str]) -> datetime | None:
    read = (read_date(date) for date in dates if date)
    return next((date for date in read if date), None)


def newness(published: datetime | None) -> float:
    """Orders dates, the newest highest and none lowest; one without a zone counts as UTC."""
    if published is None:
        return float("-inf")
    return (published if published.tzinfo else published.replace(tzinfo=UTC)).timestamp()
