"""A feed: RSS 0.9x to 2.0, RDF, Atom, JSON Feed."""

import calendar
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from summaries import clock, ids
from summaries.charset import decode
from summaries.draft import Draft, web_address
from summaries.errors import SourceError
from summaries.extract import one_line, paragraphs
from summaries.fetch import shown
from summaries.furniture import dateline_end
from summaries.model import Bookmark, Failure, Harvest, Reading, Source
from summaries.sources.reader import PARSING, Past, Tools, to_article
from summaries.sources.titles import title_from_text

MOST_ITEMS = 200
"""Of a longer feed only the newest items are read."""

_HTML = re.compile(rb"<(!doctype\s+html|html|body)\b", re.IGNORECASE)
_LINK = re.compile(r"<link\b[^>]{0,1000}>", re.IGNORECASE)
_FEED_TYPE = re.compile(r"application/((rss|atom)\+xml|feed\+json)", re.IGNORECASE)
_REFERENCE = re.compile(rb"&#(?:x([0-9a-f]{1,20})|([0-9]{1,20}));", re.IGNORECASE)
_HREF = re.compile(r"href\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)

Fields = Mapping[str, Any]
"""An item as feedparser and fastfeedparser give it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a feed; `item` names it within its feed.

    A link that it shares with others, as the feed's own page, does not tell it from them.
    """

    item: str
    draft: Draft
    shares_link: bool = False

    @property
    def fingerprint(self) -> str:
        """Changes when a reader would see a change."""
        published = clock.iso(self.draft.published) if self.draft.published else ""
        return ids.fingerprint(self.draft.title or "", self.draft.text, published)


async def read(source: Source, past: Past, tools: Tools) -> Harvest:
    """Read the items that are new or changed; raises SourceError and WorkerError."""
    mark = past.bookmark
    got = await tools.fetcher.get(source.location, etag=mark.etag, last_modified=mark.last_modified)
    if got.status == 304:
        return Harvest(unchanged=mark.shown, bookmark=mark)
    entries = await tools.workers.run(parse_feed, got.body, got.url, deadline=PARSING)
    told = [entry for entry in entries if entry.draft.text]
    known = await past.known({entry.item: entry.fingerprint for entry in told})
    fresh = [entry for entry in told if entry.item not in known.unchanged]
    readings = await tools.workers.run(to_readings, fresh, source, tools.zone, deadline=PARSING)
    advice = f"the items of {shown(got.url)} have no text: give another of its feeds"
    return Harvest(
        readings=tuple(readings),
        unchanged=len(told) - len(fresh),
        failures=(Failure(source.name, "", advice),) if entries and not told else (),
        bookmark=Bookmark(etag=got.etag, last_modified=got.last_modified, shown=len(told)),
    )


def to_readings(entries: Iterable[Entry], source: Source, zone: ZoneInfo) -> list[Reading]:
    """Items as analysed articles, in a worker."""
    return [_reading(entry, source, zone) for entry in entries]


def _reading(entry: Entry, source: Source, zone: ZoneInfo) -> Reading:
    article = to_article(entry.draft, source, entry.item, zone)
    if entry.shares_link:
        article = replace(article, id=ids.article_id(None, source.name, entry.item))
    return Reading(article, entry.fingerprint)


def parse_feed(raw: bytes, url: str) -> list[Entry]:
    """The newest items of a feed fetched from `url`; raises SourceError when it is none."""
    raw = raw.lstrip()
    outlet, items = _by_fastfeedparser(raw) or _by_feedparser(raw) or _refused(raw, url)
    if len(items) > MOST_ITEMS:
        items = sorted(items, key=_age)[:MOST_ITEMS]
    entries = [entry for item in items if (entry := _tolerated(item, outlet, url))]
    told_apart = list({entry.item: entry for entry in reversed(entries)}.values())[::-1]
    links = Counter(entry.draft.url for entry in told_apart)
    return [replace(each, shares_link=links[each.draft.url] > 1) for each in told_apart]


def _by_fastfeedparser(raw: bytes) -> tuple[str, list[Fields]] | None:
    """Outlet and items of JSON, or of XML without a mistake: any other it would misread."""
    # Imported here, in the worker, as feedparser is: the bot's own process has no use for them.
    import fastfeedparser

    if not raw.startswith(b"{") and not _is_strict(raw):
        return None
    try:
        feed = fastfeedparser.parse(raw, include_media=False, include_enclosures=False)
    except (ValueError, TypeError, AttributeError, KeyError):
        return None
    return feed.feed.get("title") or "", list(feed.entries)


def _by_feedparser(raw: bytes) -> tuple[str, list[Fields]] | None:
    import feedparser

    # It gives up on the whole feed where a reference names no character.
    safe = _REFERENCE.sub(_if_a_character, raw)
    feed = feedparser.parse(io.BytesIO(safe), sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version") and not feed.entries:
        return None
    return feed.feed.get("title") or "", list(feed.entries)


def _if_a_character(reference: re.Match[bytes]) -> bytes:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    return reference[0] if code < 0xD800 or 0xDFFF < code <= 0x10FFFF else b""


def _is_strict(raw: bytes) -> bool:
    parser = etree.XMLParser(
        recover=False, no_network=True, resolve_entities=False, huge_tree=False
    )
    try:
        dtd = etree.fromstring(raw, parser).getroottree().docinfo.internalDTD
    except (etree.XMLSyntaxError, ValueError):
        return False
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise SourceError("this feed defines XML entities of its own: give another feed")
    return True


def _refused(raw: bytes, url: str) -> tuple[str, list[Fields]]:
    if not _HTML.search(raw[:4096]):
        raise SourceError(f"{shown(url)} is no feed: give the address of an RSS, Atom or JSON feed")
    page = f"{shown(url)} is a web page, not a feed"
    for link in _LINK.findall(decode(raw[:200_000])):
        named = _HREF.search(link) if _FEED_TYPE.search(link) else None
        if named and (feed := web_address(named[1], url)):
            raise SourceError(f"{page}: give the feed it names, {feed}")
    raise SourceError(f"{page}: look for its RSS link")


def _tolerated(item: Fields, outlet: str, url: str) -> Entry | None:
    """The item as an entry; one that breaks every rule of its format takes no other with it."""
    try:
        return _entry(item, outlet, url)
    except (TypeError, ValueError, AttributeError):
        return None


def _entry(item: Fields, outlet: str, url: str) -> Entry | None:
    """The item as an entry; None when it has neither title nor text."""
    title = one_line(item.get("title") or "")
    text = max((_text(markup, title) for markup in _markups(item)), key=len, default="")
    if not title and not text:
        return None
    guid = one_line(str(item.get("id") or ""))
    address = web_address(item.get("link"), url) or web_address(guid)
    draft = Draft(
        title=title or title_from_text(text),
        text=text,
        outlet=one_line(outlet) or None,
        author=one_line(item.get("author") or "") or None,
        published=_published(item),
        url=address,
    )
    return Entry(guid or address or ids.fingerprint(draft.title or ""), draft)


def _markups(item: Fields) -> Iterable[str]:
    """Every place where an item may have its text."""
    for content in item.get("content") or ():
        yield content.get("value") or ""
    yield item.get("summary") or item.get("description") or ""


def _text(markup: str, title: str) -> str:
    text = "\n\n".join(line for line in paragraphs(markup) if line != title)
    return text[dateline_end(text) :]


def _age(item: Fields) -> float:
    published = _published(item)
    return -published.timestamp() if published else 0.0


def _published(item: Fields) -> datetime | None:
    """When an item was published, or else last changed: a struct_time, or ISO 8601 text."""
    for name in ("published", "updated"):
        try:
            if parsed := item.get(f"{name}_parsed"):
                return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
            if stated := item.get(name):
                return datetime.fromisoformat(stated).astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            continue
    return None
