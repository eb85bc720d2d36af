"""JSON Feed, and XML that only feedparser understands -> what their items say."""

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from summaries.sources.item import MOST_SEEN, Feed, Item

_VERSION = "jsonfeed.org/version/"


def read_json(text: str) -> Feed | None:
    """What a JSON Feed says (jsonfeed.org, versions 1 and 1.1); None when it is none."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or _VERSION not in _string(said.get("version")):
        return None
    items = said.get("items")
    return Feed(
        title=_string(said.get("title")),
        link=_string(said.get("home_page_url")),
        language=_string(said.get("language")),
        items=tuple(
            _json_item(each)
            for each in (items[:MOST_SEEN] if isinstance(items, list) else ())
            if isinstance(each, dict)
        ),
    )


def _json_item(said: Mapping[str, Any]) -> Item:
    guid = _string(said.get("id"))
    own = guid if guid.startswith(("http://", "https://")) else ""
    bodies = ("content_html", "content_text", "summary")
    return Item(
        title=_string(said.get("title")),
        guid=guid,
        links=(_string(said.get("url")), own, _string(said.get("external_url"))),
        dates=tuple(_string(said.get(name)) for name in ("date_published", "date_modified")),
        bodies=tuple(_string(said.get(name)) for name in bodies),
        author=", ".join(filter(None, _json_authors(said))),
    )


def _json_authors(said: Mapping[str, Any]) -> Iterator[str]:
    """Version 1.1 has a list of authors, version 1 has one."""
    authors = said.get("authors")
    for author in authors if isinstance(authors, list) and authors else [said.get("author")]:
        yield _string(author.get("name") if isinstance(author, dict) else author)


def _string(value: object) -> str:
    return str(value) if isinstance(value, str | int | float) else ""


def read_broken(raw: bytes) -> Feed | None:
    """What feedparser, the patient, makes of XML that is not well-formed; None when no feed."""
    # Imported here, in the worker: the bot's own process has no use for it.
    import feedparser

    try:
        parsed = feedparser.parse(io.BytesIO(raw), sanitize_html=False, resolve_relative_uris=False)
    except Exception:
        return None
    if not parsed.get("version") and not parsed.entries:
        return None
    return Feed(
        title=_string(parsed.feed.get("title")),
        link=_string(parsed.feed.get("link")),
        language=_string(parsed.feed.get("language")),
        items=tuple(_broken_item(entry) for entry in parsed.entries[:MOST_SEEN]),
    )


def _broken_item(said: Mapping[str, Any]) -> Item:
    bodies = [_string(content.get("value")) for content in said.get("content") or ()]
    return Item(
        title=_string(said.get("title")),
        guid=_string(said.get("id")),
        links=(_string(said.get("link")),),
        dates=tuple(_string(said.get(name)) for name in ("published", "created", "updated")),
        bodies=(*bodies, _string(said.get("summary"))),
        author=_string(said.get("author")),
    )
