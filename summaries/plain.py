"""A news text as it was scraped into a plain file, taken apart: headline, byline, date, story."""

import re
from datetime import date, datetime
from itertools import pairwise

from summaries.dates import find_date
from summaries.draft import Draft, web_address
from summaries.furniture import (
    byline,
    dateline_date,
    dateline_end,
    ends_sentence,
    is_furniture,
    is_outlet,
    outlet_of,
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
_QUESTION = re.compile(r"\w[^.:!?]*\?")
_STOP_WITHIN = re.compile(r"(\w{4}|\s)[.!?] ")
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}\b")
_NAME = r"[\w.&'’ -]{2,40}?"
_ITEM = re.compile(r"[-*•·▪●–]\s|\d{1,2}[.)]\s")
_SHORTEST_FULL = 40
_LONGEST_TITLE = 200
_LONGEST_SUBHEAD = 8
_LONGEST_REMNANT = 12
_PROSE = 4
"""One line of a story in so many ends as a sentence, or the file breaks its lines at random."""
_MOST_ABOVE = 3


def read_plain(raw: str, month: date | None = None) -> Draft:
    """Take a scraped text apart; one without a headline has the title None.

    `month` is any day of the month from which it is, where that is known: see `dateline_date`.
    """
    blocks = [lines for block in re.split(r"\n\s*\n", _tidy(raw)) if (lines := _lines(block))]
    headers = _take_headers(blocks)
    head = _take_head(blocks)
    paragraphs = [paragraph for block in blocks for paragraph in _paragraphs(block)]
    title = headers.get("title") or headers.get("headline") or headers.get("subject")
    first_line = _take_title(paragraphs)
    title = title or first_line
    story = without_furniture(_without_biography(paragraphs))
    text = "\n\n".join(_only_prose(_without_title(story, title)))
    dated = find_date(headers.get("date") or headers.get("published") or "")
    by_outlet, by_author = _names([name for line in head if (name := byline(line))])
    named = [
        *(outlet_of(f"Source: {headers[name]}") for name in _OUTLET_HEADERS if name in headers),
        by_outlet,
        *map(outlet_of, head),
    ]
    return Draft(
        title=title,
        text=text[dateline_end(text) :].lstrip(),
        outlet=next(filter(None, named), None),
        author=headers.get("author") or headers.get("from") or by_author,
        published=dated or _published(head) or dateline_date(text, month),
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
        elif not _is_headline(line):
            break
    return head


def _published(head: list[str]) -> datetime | None:
    """The first date of the head, with the time that may stand on the line below it."""
    for line, below in pairwise([*head, ""]):
        if find_date(line):
            return find_date(f"{line} {below}" if _CLOCK.match(below) else line)
    return None


def _drop_first(blocks: list[list[str]]) -> None:
    del blocks[0][0]
    if not blocks[0]:
        del blocks[0]


def _paragraphs(block: list[str]) -> list[str]:
    """A block's lines, or one paragraph if it was wrapped at a column."""
    start = next((i for i in range(len(block)) if not _is_above(block, i)), len(block))
    furniture = [line for line in block[:start] if is_furniture(line)]
    lines = block[start:]
    end = next((i for i in range(len(lines), 0, -1) if not is_furniture(lines[i - 1])), 0)
    body, tail = lines[:end], lines[end:]
    return [*furniture, *([" ".join(body)] if _is_wrapped(body) else _joined(body)), *tail]


def _is_above(block: list[str], index: int) -> bool:
    """Whether a line is furniture, or goes on with a long line of furniture that was wrapped."""
    line, before = block[index], block[index - 1] if index else ""
    broken = len(before) >= _SHORTEST_FULL and not ends_sentence(before)
    return is_furniture(line) or (broken and line[0].islower())


def _is_wrapped(lines: list[str]) -> bool:
    """Whether line ends are the work of an editor's right margin, not of the writer."""
    full = lines[:-1]
    if not full or max(map(len, lines)) > 120 or min(map(len, full)) < _SHORTEST_FULL:
        return False
    if any(_ITEM.match(line) for line in lines[1:]):
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


def _without_title(lines: list[str], title: str | None) -> list[str]:
    """Leave out lines that say the title again, perhaps with the outlet's name."""
    if not title:
        return lines
    again = re.compile(
        rf"({_NAME}\s*[:|»–—-]\s*)?{re.escape(title)}(\s*[|–—-]\s*{_NAME})?", re.IGNORECASE
    )
    return [line for line in lines if not again.fullmatch(line)] or lines


def _only_prose(lines: list[str]) -> list[str]:
    """Leave out what is no sentence, where most lines are: captions, links of a page, subheads."""
    if sum(map(ends_sentence, lines)) * _PROSE < len(lines):
        return lines
    said = [i for i, line in enumerate(lines) if not _is_loose(line, _LONGEST_REMNANT)]
    if not said:
        return lines
    start = next(i for i, line in enumerate(lines) if i == said[0] or line.endswith(":"))
    return _without_subheads(lines[start : said[-1] + 1])


def _without_subheads(lines: list[str]) -> list[str]:
    """Leave out a few words, or a short question, that stand alone between two paragraphs."""
    around = zip([".", *lines], lines, [*lines[1:], ""], strict=False)
    return [
        line
        for before, line, after in around
        if not (_is_subhead(line) and ends_sentence(before) and ends_sentence(after))
    ]


def _is_subhead(line: str) -> bool:
    asks = _QUESTION.fullmatch(line) and len(line.split()) <= _LONGEST_SUBHEAD
    return bool(asks) or (_is_loose(line, _LONGEST_SUBHEAD) and not line.endswith((":", ",", ";")))


def _is_loose(line: str, words: int) -> bool:
    """Whether a line is at most so many words, none of which ends a sentence."""
    is_short = len(line.split()) <= words and len(line) <= 10 * words
    return is_short and not ends_sentence(line) and not _STOP_WITHIN.search(line)


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
