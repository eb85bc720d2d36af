"""One file of a folder -> a draft: plain text, Markdown, HTML or mail, by its suffix."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import PurePosixPath
from typing import Any

import yaml

from summaries.dates import find_date
from summaries.draft import Draft, web_address
from summaries.errors import SourceError
from summaries.extract import extract_html, one_line, paragraphs
from summaries.plain import read_plain
from summaries.sources.letters import read_letter, read_with_headers
from summaries.sources.titles import title_from_name, title_from_text

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_PAIR = re.compile(r"^(\w+)[ \t]*:[ \t]*(.+?)[ \t]*$", re.MULTILINE)
_MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_./](0[1-9]|1[0-2])(?!\d)")
_HEADING = re.compile(r"^# +(.+?)[ #]*$", re.MULTILINE)


def read_file(raw: bytes, name: str) -> Draft:
    """The draft, with a title, of a file of that name; raises SourceError when it has no text.

    A month in the name, as in `2026-04/port.txt`, lends its year to a dateline that has none.
    """
    if not raw.strip():
        raise SourceError("it is empty: put an article in it, or remove it")
    draft = _READERS[PurePosixPath(name).suffix.lower()](raw, _month_of(name))
    if not draft.text:
        raise SourceError("it holds no article text: put some in it, or remove it")
    title = draft.title or title_from_name(name, draft.text) or title_from_text(draft.text)
    return replace(draft, title=title)


def _month_of(name: str) -> date | None:
    """The first day of the month that a path names, the innermost if it names several."""
    months = _MONTH.findall(name)
    return date(int(months[-1][0]), int(months[-1][1]), 1) if months else None


def _read_text(raw: bytes, month: date | None) -> Draft:
    return read_with_headers(raw, month, read_plain)


def _read_html(raw: bytes, month: date | None) -> Draft:
    return extract_html(raw, month=month)


def _read_markdown(raw: bytes, month: date | None) -> Draft:
    return read_with_headers(raw, month, _of_markdown)


def _of_markdown(text: str, month: date | None) -> Draft:
    # Imported here, in the worker: the bot's own process has no use for it.
    from markdown_it import MarkdownIt

    text = text.replace("\r\n", "\n")
    front = _FRONT_MATTER.match(text)
    said = _front_matter(front[1]) if front else {}
    body = text[front.end() :] if front else text
    markup = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).render(body)
    plain = read_plain("\n\n".join(paragraphs(markup)), month)
    heading = _HEADING.search(body)
    return Draft(
        text=plain.text,
        title=_first(said, "title", "headline")
        or (one_line(heading[1]) if heading else plain.title),
        outlet=_first(said, "outlet", "source", "publisher", "site") or plain.outlet,
        author=_first(said, "author", "authors", "byline") or plain.author,
        published=_date(said, "date", "published", "pubdate") or plain.published,
        url=web_address(_first(said, "url", "link", "canonical")),
        tags=tuple(_words(said.get("tags"))),
    )


_READERS: Mapping[str, Callable[[bytes, date | None], Draft]] = {
    ".txt": _read_text,
    ".md": _read_markdown,
    ".eml": read_letter,
    ".html": _read_html,
    ".htm": _read_html,
}
SUFFIXES = frozenset(_READERS)
"""The files that are read."""


def _front_matter(block: str) -> dict[str, Any]:
    """The keys of the YAML between `---` lines; where it is no YAML, its `key: value` lines."""
    try:
        said = yaml.safe_load(block)
    except (yaml.YAMLError, ValueError, RecursionError):
        said = dict(_PAIR.findall(block))
    pairs = said.items() if isinstance(said, dict) else ()
    return {key.lower(): value for key, value in pairs if isinstance(key, str)}


def _words(value: object) -> list[str]:
    """A scalar or a list of scalars as texts; anything else, which aliases can blow up, is none."""
    values = value if isinstance(value, list) else [value]
    texts = [str(item) for item in values[:20] if isinstance(item, str | int | float | date)]
    return [tidy for text in texts if (tidy := one_line(text[:500]))]


def _first(said: Mapping[str, Any], *keys: str) -> str | None:
    return next((", ".join(words) for key in keys if (words := _words(said.get(key)))), None)


def _date(said: Mapping[str, Any], *keys: str) -> datetime | None:
    for value in (said.get(key) for key in keys):
        if isinstance(value, datetime):
            return value
        if isinstance(value, date):
            return datetime.combine(value, time())
        if isinstance(value, str) and (found := find_date(value)):
            return found
    return None
