"""RSS 0.90 to 2.0, RDF and Atom: the tree of a well-formed feed -> what its items say."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, TypeAlias
from urllib.parse import urljoin

from lxml import etree

from summaries.sources.item import MOST_SEEN, Feed, Item

Element: TypeAlias = Any
"""An element of lxml, which has no types."""
Fields: TypeAlias = Mapping[str, list[Element]]
"""The elements of an item by their short names, as `title` and `dc:date`."""

_ROOTS = frozenset("rss rdf feed channel".split())
_ITEMS = ("{*}item", "{*}entry", "{*}Item", "{*}ITEM")
_MODULES = {
    "purl.org/dc/elements": "dc",
    "purl.org/dc/terms": "dcterms",
    "purl.org/rss/1.0/modules/content": "content",
    "search.yahoo.com/mrss": "media",
    "itunes.com/dtds": "itunes",
    "/modules/": "?",
}
_FORMATS = (
    "w3.org/2005/atom",
    "purl.org/atom/",
    "purl.org/rss/",
    "netscape.com/rdf",
    "backend.userland.com",
    "harvard.edu/tech/rss",
)
_TITLES = ("title", "dc:title", "media:title", "itunes:title")
_IDS = ("guid", "id")
_DATES = (
    "pubdate published issued dcterms:issued dc:date created dcterms:created date"
    " updated modified dcterms:modified lastbuilddate"
).split()
_BODIES = (
    "content:encoded content description summary media:description itunes:summary dc:description"
).split()
_AUTHORS = ("dc:creator", "author", "itunes:author")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_PREFIX = re.compile(r"<(/?)[\w.-]+:")
_MAILED = re.compile(r"\S{1,200}@\S{1,200}\s+\((.+)\)")


def read_tree(root: Element) -> Feed | None:
    """What a feed says; None when the tree is none."""
    if _name(root.tag).rpartition(":")[2] not in _ROOTS:
        return None
    home = etree.QName(root).namespace
    items = (each for each in root.iter(*_ITEMS) if _is_item(each, home))
    channels = (each for each in root if _name(each.tag, home) == "channel")
    channel = _fields(next(channels, root), home)
    languages = (*_texts(channel, "language", "dc:language"), root.get(_LANGUAGE) or "")
    return Feed(
        title=next(_texts(channel, "title"), ""),
        link=next(_links(channel), ""),
        language=next(filter(None, languages), ""),
        dates=tuple(_texts(channel, *_DATES)),
        items=tuple(_item(each, home) for each in islice(items, MOST_SEEN)),
    )


def _is_item(element: Element, home: str | None) -> bool:
    return ":" not in _name(element.tag, home) and not any(
        _name(above.tag, home) in ("item", "entry") for above in element.iterancestors()
    )


def _item(element: Element, home: str | None) -> Item:
    fields = _fields(element, home)
    links = [*_links(fields)]
    links += _permalinks(fields)
    links += [about for about in (element.get(_ABOUT), element.get("about")) if about]
    links += _other_links(fields)
    return Item(
        title=next(_texts(fields, *_TITLES), ""),
        guid=next(_texts(fields, *_IDS), "") or element.get(_ABOUT) or "",
        links=tuple(links),
        dates=tuple(_texts(fields, *_DATES)),
        bodies=tuple(_bodies(fields)),
        author=", ".join(_writers(fields)),
        outlet=next(_outlets(fields, home), ""),
    )


def _fields(element: Element, home: str | None) -> Fields:
    fields: dict[str, list[Element]] = {}
    for child in element:
        fields.setdefault(_name(child.tag, home), []).append(child)
    for outer in (*fields.get("media:group", ()), *fields.get("media:content", ())):
        for child in outer:
            if (name := _name(child.tag, home)).startswith("media:"):
                fields.setdefault(name, []).append(child)
    return fields


@lru_cache(maxsize=2_000)
def _name(tag: object, home: str | None = None) -> str:
    """The short name of a tag: bare in any format of feeds and in the root's own namespace."""
    if not isinstance(tag, str):
        return ""
    space, _, local = tag.rpartition("}")
    space, local = space[1:], local.lower()
    low = space.lower()
    prefix = next((short for part, short in _MODULES.items() if part in low), None)
    if prefix is None and (not space or space == home or any(part in low for part in _FORMATS)):
        return local
    return f"{prefix or '?'}:{local}"


def _text(element: Element) -> str:
    words = element.text or "" if not len(element) else "".join(element.itertext())
    return words.strip()


def _texts(fields: Fields, *names: str) -> Iterator[str]:
    for name in names:
        for element in fields.get(name, ()):
            if text := _text(element):
                yield text


def _links(fields: Fields) -> Iterator[str]:
    """The addresses that `<link>` gives as the item's own; those of web pages first."""
    elements = fields.get("link", [])
    yield from (_whole(_text(each), each) for each in elements if _text(each))
    named = [each for each in elements if each.get("href") and _is_alternate(each)]
    named.sort(key=lambda each: "html" not in (each.get("type") or "html"))
    yield from (_whole(each.get("href"), each) for each in named)


def _is_alternate(link: Element) -> bool:
    return (link.get("rel") or "alternate").strip().lower().rpartition("/")[2] == "alternate"


def _permalinks(fields: Fields) -> Iterator[str]:
    for element in (*fields.get("guid", ()), *fields.get("id", ())):
        is_permalink = (element.get("isPermaLink") or "true").strip().lower() != "false"
        if is_permalink and _text(element).startswith(("http://", "https://")):
            yield _text(element)


def _other_links(fields: Fields) -> Iterator[str]:
    """Where an entry leads that names no page of its own."""
    yield from (_whole(each.get("src"), each) for each in fields.get("content", ()))
    for each in fields.get("link", ()):
        if each.get("rel") in ("via", "related", "self"):
            yield _whole(each.get("href"), each)


def _whole(link: str | None, element: Element) -> str:
    """The link, made whole as far as `xml:base` tells how."""
    try:
        return urljoin(element.base or "", (link or "").strip())
    except ValueError:
        return ""


def _bodies(fields: Fields) -> Iterator[str]:
    for name in _BODIES:
        for element in fields.get(name, ()):
            kind = (element.get("type") or "text").lower()
            if kind.startswith(("image/", "audio/", "video/")):
                continue
            yield _markup(element) if len(element) else element.text or ""


def _markup(element: Element) -> str:
    """What is in an element, as HTML."""
    written = etree.tostring(element, encoding="unicode", with_tail=False)
    return _PREFIX.sub(r"<\1", written)


def _writers(fields: Fields) -> Iterable[str]:
    for name in _AUTHORS:
        elements = fields.get(name, ())
        named = [_name_of(each) for each in elements]
        if names := [name for name in dict.fromkeys(named) if name]:
            return names
    return ()


def _name_of(author: Element) -> str:
    names = (_text(each) for each in author if _name(each.tag).endswith("name"))
    said = next(names, "") if len(author) else _text(author)
    mailed = _MAILED.fullmatch(said[:500])
    return mailed[1] if mailed else said


def _outlets(fields: Fields, home: str | None) -> Iterator[str]:
    """Who published an item that a feed took over from another."""
    for source in fields.get("source", ()):
        yield next(_texts(_fields(source, home), "title"), "") if len(source) else _text(source)
