"""A news text as it was scraped into a plain file, taken apart: headline, byline, date, story."""

import re
from datetime import datetime, time

from summaries.dates import find_date
from summaries.draft import Draft, web_address
from summaries.furniture import (
    byline,
    dateline_date,
    dateline_end,
    ends_sentence,
    is_furniture,
    is_outlet,
    without_furniture,
)

_HEADER = re.compile(
    r"(?P<name>title|headline|subject|date|published|from|author|source|outlet|publisher"
    r"|url|link|tags)\s*:\s*(?P<value>.*)",
    re.IGNORECASE,
)
_OUTLET_HEADERS = ("source", "outlet", "publisher")
_BIOGRAPHY = re.compile(
    r"[^.]{2,60}\bis (an?|the) [^.]{0,60}\b(journalist|reporter|correspondent|writer|editor)\b.*"
)
_PEOPLE = re.compile(r"\s+(staff|newsroom|editors)( (writers?|reporters?))?$", re.IGNORECASE)
_LONGEST_TITLE = 200
_MOST_ABOVE = 3


def read_plain(raw: str) -> Draft:
    """Take a scraped text apart; one without a headline has the title None."""
    blocks = [lines for block in re.split(r"\n\s*\n", _tidy(raw)) if (lines := _lines(block))]
    headers = _take_headers(blocks)
    head = _take_head(blocks)
    paragraphs = [paragraph for block in blocks for paragraph in _paragraphs(block)]
    title = headers.get("title") or headers.get("headline") or headers.get("subject")
    first_line = _take_title(paragraphs)
    text = "\n\n".join(without_furniture(_without_biography(paragraphs)))
    published = next((day for line in head if (day := find_date(line))), None)
    dated = find_date(headers.get("date") or headers.get("published") or "")
    by_outlet, by_author = _names([name for line in head if (name := byline(line))])
    named = [headers[name] for name in _OUTLET_HEADERS if name in headers]
    return Draft(
        title=title or first_line,
        text=text[dateline_end(text) :].lstrip(),
        outlet=named[0] if named else by_outlet,
        author=headers.get("author") or headers.get("from") or by_author,
        published=dated or published or _midnight(text),
        url=web_address(headers.get("url") or headers.get("link")),
        tags=tuple(tag for word in headers.get("tags", "").split(",") if (tag := word.strip())),
    )


def _tidy(raw: str) -> str:
    text = raw.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return re.sub("[\u2028\u2029\x0b\x0c\x85]", "\n", text)


def _lines(block: str) -> list[str]:
    return [tidy for line in block.split("\n") if (tidy := " ".join(line.split()))]


def _take_headers(blocks: list[list[str]]) -> dict[str, str]:
    """Remove `Title: ...` lines from the beginning, as a mail has them."""
    headers: dict[str, str] = {}
    while blocks and (match := _HEADER.fullmatch(blocks[0][0])):
        headers.setdefault(match["name"].lower(), match["value"])
        _drop_first(blocks)
    return {name: value for name, value in headers.items() if value}


def _take_head(blocks: list[list[str]]) -> list[str]:
    """The date lines and bylines before the story; they are left in place, being furniture."""
    head: list[str] = []
    for line in (line for block in blocks for line in block):
        if is_furniture(line):
            head.append(line)
        elif ends_sentence(line) or len(line) > _LONGEST_TITLE:
            break
    return head


def _drop_first(blocks: list[list[str]]) -> None:
    del blocks[0][0]
    if not blocks[0]:
        del blocks[0]


def _paragraphs(block: list[str]) -> list[str]:
    """A block's lines, or one paragraph if it was wrapped at a column."""
    start = next((i for i, line in enumerate(block) if not is_furniture(line)), len(block))
    furniture, lines = block[:start], block[start:]
    end = next((i for i in range(len(lines), 0, -1) if not is_furniture(lines[i - 1])), 0)
    body, tail = lines[:end], lines[end:]
    return [*furniture, *([" ".join(body)] if _is_wrapped(body) else _joined(body)), *tail]


def _is_wrapped(lines: list[str]) -> bool:
    """Whether line ends are the work of an editor's right margin, not of the writer."""
    full = lines[:-1]
    if not full or max(map(len, lines)) > 120 or min(map(len, full)) < 40:
        return False
    return any(not ends_sentence(line) for line in full)


def _joined(lines: list[str]) -> list[str]:
    """The lines, with one that was broken off in the middle of a sentence put together again."""
    joined: list[str] = []
    for line in lines:
        if joined and line[0].islower() and not ends_sentence(joined[-1]):
            joined[-1] += f" {line}"
        else:
            joined.append(line)
    return joined


def _take_title(paragraphs: list[str]) -> str | None:
    """Remove and return the headline: a short line without a full stop, before the first paragraph.

    Names of sections, which stand above it, and standfirsts without a stop go with it.
    """
    above: list[str] = []
    for index, paragraph in enumerate(paragraphs):
        if is_furniture(paragraph):
            continue
        if not _is_headline(paragraph) or len(above) == _MOST_ABOVE:
            break
        above.append(paragraph)
        paragraphs[index] = ""
    else:
        paragraphs[:] = [*above, *paragraphs]
        return None
    return next((line for line in above if _says_something(line)), above[0] if above else None)


def _is_headline(line: str) -> bool:
    return (
        len(line) <= _LONGEST_TITLE
        and not line.endswith((".", "。", ":", ";", ",", '."', ".”", ".»"))
        and not (ends_sentence(line) and len(line.split()) > 20)
        and not dateline_end(line)
    )


def _says_something(line: str) -> bool:
    return len(line.split()) > 2 or len(re.findall(r"[\u3040-\u9fff\uac00-\ud7af]", line)) > 5


def _without_biography(paragraphs: list[str]) -> list[str]:
    """Leave out what says, below the last rule, who the author is."""
    rules = [i for i, line in enumerate(paragraphs) if line and not re.search(r"\w\w", line)]
    last = rules[-1] if rules else len(paragraphs)
    return [line for i, line in enumerate(paragraphs) if i < last or not _BIOGRAPHY.match(line)]


def _names(bylines: list[str]) -> tuple[str | None, str | None]:
    """Outlet and author: the first of two bylines is the outlet, one alone if it reads like one."""
    match bylines:
        case [only]:
            return (_house(only), None) if is_outlet(only) else (None, only)
        case [first, second, *_] if is_outlet(second) and not is_outlet(first):
            return _house(second), first
        case [first, second, *_]:
            return _house(first), second
    return None, None


def _house(name: str) -> str:
    """The outlet itself, where a byline names its people."""
    return _PEOPLE.sub("", name) or name


def _midnight(text: str) -> datetime | None:
    day = dateline_date(text)
    return datetime.combine(day, time()) if day else None
