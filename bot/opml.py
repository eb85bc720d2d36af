"""OPML, in which readers of feeds exchange their lists <-> the sources of config.yaml.

http://opml.org/spec2.opml: feeds are outlines with an `xmlUrl`; folders are outlines around them.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml
from lxml import etree
from pydantic import TypeAdapter, ValidationError

from bot import fields
from summaries import ids
from summaries.charset import decode
from summaries.errors import SourceError, UserError
from summaries.model import Source, SourceKind

LARGEST = 5_000_000
"""Bytes; no list of feeds has more."""

_LONGEST_NAME, _LONGEST_TAG = 48, 64
_DECLARATION = re.compile(r"<\?xml\b[^>]*\?>")
_PLACE = re.compile(r", line \d+, column \d+$")
_FEED_SCHEME = re.compile(r"feed:(//)?(?P<web>https?:)?(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_NAME: TypeAdapter[str] = TypeAdapter(fields.Name)
_TAG: TypeAdapter[str] = TypeAdapter(fields.Tag)
_ADDRESS: TypeAdapter[str] = TypeAdapter(fields.WebAddress)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as an outline names it."""

    title: str
    address: str
    tags: tuple[str, ...] = ()


def read(raw: bytes, name: str) -> list[Feed]:
    """The feeds of an OPML file called `name`, each once; raises UserError where it is none."""
    root = _parsed(raw, name)
    found: dict[str, Feed] = {}
    for outline in root.iter("outline"):
        said = _attributes(outline)
        if address := _web(said.get("xmlurl", "")):
            key = ids.canonical_url(address)
            first = found.get(key, Feed(_title(said), address))
            tags = (*first.tags, *_tags(outline))
            found[key] = replace(first, tags=tuple(dict.fromkeys(tags)))
    if not found:
        raise UserError(f"{name} names no feeds: export a list of feeds as OPML, and try that.")
    return list(found.values())


def to_yaml(feeds: Iterable[Feed], configured: Sequence[Source]) -> tuple[str, list[str]]:
    """The `sources:` to paste into config.yaml, and what was left out, a line each."""
    known = {ids.canonical_url(source.location): source.name for source in configured}
    taken = Counter(source.name.casefold() for source in configured)
    lines: list[str] = []
    notes: list[str] = []
    for feed in feeds:
        if name := known.get(ids.canonical_url(feed.address)):
            notes.append(f"# {feed.address} is there already, as {name}")
        elif not _is(_ADDRESS, feed.address):
            notes.append(f"# {feed.address[:200]!r} is no web address")
        else:
            lines.append(_line(_name(feed, taken), feed))
    return "\n".join(["sources:", *lines]) if lines else "", notes


def written(sources: Iterable[Source]) -> tuple[str, list[str]]:
    """The feeds among the sources as OPML 2.0, and what was left out, a line each.

    A feed stands in a folder by its first tag; its category has them all.
    """
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Sources of the briefing bot"
    body = etree.SubElement(root, "body")
    folders = {"": body}
    notes: list[str] = []
    for source in sources:
        if source.kind is not SourceKind.FEED:
            notes.append(f"# {source.name} is a {source.kind.value}, and left out")
            continue
        folder = source.tags[0] if source.tags else ""
        if folder not in folders:
            folders[folder] = etree.SubElement(body, "outline", text=folder)
        outline = {"type": "rss", "text": source.name, "xmlUrl": source.location}
        if source.tags:
            outline["category"] = ",".join(map(_category, source.tags))
        etree.SubElement(folders[folder], "outline", outline)
    text = etree.tostring(root, encoding="unicode", pretty_print=True)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text.rstrip()}', notes


def _parsed(raw: bytes, name: str) -> Any:
    if len(raw) > LARGEST:
        raise UserError(f"{name} is larger than {LARGEST // 1_000_000} MB: split it.")
    try:
        text = decode(raw)
    except SourceError as error:
        raise UserError(f"{name}: {error}.") from error
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise UserError(f"{name} has a DOCTYPE, which OPML needs not: take it out.")
    # The text is decoded already, whatever its declaration says.
    bare = _DECLARATION.sub("", text, count=1).encode("utf-8", "replace")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(bare, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        why = _PLACE.sub("", " ".join((error.msg or "it is empty").split())[:200])
        raise UserError(
            f"{name}:{max(line, 1)}:{max(column, 1)}: this is no XML ({why}): correct it."
        ) from error
    if etree.QName(root).localname.lower() != "opml":
        raise UserError(f"{name} is no OPML: export a list of feeds as OPML, and try that.")
    return root


def _attributes(outline: Any) -> dict[str, str]:
    """What an outline says; programs do not agree on capitals."""
    return {key.lower(): " ".join(value.split()) for key, value in outline.attrib.items()}


def _web(address: str) -> str:
    """The address with a protocol of the web, where it has `feed:`, as some browsers wrote it."""
    if not (match := _FEED_SCHEME.fullmatch(address)):
        return address
    return f"{match['web']}{match['rest']}" if match["web"] else f"http://{match['rest']}"


def _title(said: dict[str, str]) -> str:
    return said.get("title") or said.get("text") or ""


def _tags(outline: Any) -> Iterator[str]:
    """The folders around an outline, the outermost first, and its categories."""
    for folder in reversed(list(outline.iterancestors("outline"))):
        yield from _tag(_title(_attributes(folder)))
    for path in _attributes(outline).get("category", "").split(","):
        for segment in path.split("/"):
            yield from _tag(unquote(segment))


def _tag(text: str) -> Iterator[str]:
    """A text as one word, if anything is left of it."""
    shown = "".join(char for char in "-".join(text.split()) if char.isprintable())
    tag = shown.replace("${", "")[:_LONGEST_TAG]
    if _is(_TAG, tag):
        yield tag


def _category(tag: str) -> str:
    """A tag without what a category has a meaning for."""
    return re.sub("[%,/]", lambda match: f"%{ord(match[0]):02X}", tag)


def _name(feed: Feed, taken: Counter[str]) -> str:
    """A name for a source that no other has, now taken: of the feed's title, else of its host.

    `taken` has each name with the number of the last one that was made of it.
    """
    host = (urlsplit(feed.address).hostname or "").removeprefix("www.")
    base = name = _slug(feed.title) or _slug(host) or "feed"
    while name in taken or not _is(_NAME, name):
        taken[base] = max(taken[base], 1) + 1
        name = f"{base}-{taken[base]}"
    taken[name] = 1
    return name


def _slug(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", folded)[:_LONGEST_NAME].strip("-")


def _line(name: str, feed: Feed) -> str:
    # Texts in JSON are texts in YAML; a name like `on` would be none without its quotes.
    key = name if yaml.safe_load(name) == name else json.dumps(name)
    address = json.dumps(feed.address.replace("${", "$%7B"), ensure_ascii=False)
    tags = f", tags: {json.dumps(feed.tags, ensure_ascii=False)}" if feed.tags else ""
    return f"  {key}: {{feed: {address}{tags}}}"


def _is(kind: TypeAdapter[str], value: str) -> bool:
    try:
        kind.validate_python(value)
    except ValidationError:
        return False
    return value.isprintable()
