"""What stands around a news text and is no part of it: datelines, bylines, share rows, credits."""

import re
from collections.abc import Iterable

from summaries import phrases
from summaries.datelines import dateline_date, dateline_end
from summaries.dates import DATE, TIME, ZONE

__all__ = [
    "byline",
    "dateline_date",
    "dateline_end",
    "ends_sentence",
    "is_furniture",
    "is_outlet",
    "without_furniture",
]

_LONGEST = 400
"""Furniture is short: longer lines are paragraphs."""


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_OPENING = _compiled(phrases.OPENING)
_ANYWHERE = _compiled(phrases.ANYWHERE)
_TRAILING = _compiled(
    r"([.!?][\"”»)]*)\s+(follow (us|@\w)|read more\b|click here|subscribe to|sign up (for|to)|©"
    r"|copyright \d|all rights reserved)[^.]*\.?$"
)
_LONGEST_TRAILER = 300
_LIST_HEADING = _compiled(phrases.LIST_HEADING)
_LABEL = _compiled(phrases.LABEL)
_WEEKDAY = _compiled(phrases.WEEKDAY)
_BUTTON = _compiled(phrases.BUTTON)
_ROLE = _compiled(phrases.ROLE)
_OUTLET = _compiled(rf"(?<!\w)({phrases.OUTLET})(?!\w)|[报社网]$")
_ADDRESS = _compiled(r"(https?://|www\.)\S+|\S+@\S+\.\w+|@\w+|#\w[\w-]*|\w+\.(com|org|net)\b\S*")
_BYLINE = _compiled(
    r"((written|reported|story|text|words|compiled|posted) )?by(\s*:\s*|\s+)(?P<by>.+)"
    r"|(author|byline|reporter|writer|autor|auteur|автор|müəllif|yazan)s?\s*:\s*(?P<label>.+)"
)
_OPENS_SENTENCE = _compiled(
    r"(on|in|at|by|from|since|until|far|an?|this|that|noon|midnight|now|then|contrast|comparison"
    r"|(mon|tues|wednes|thurs|fri|satur|sun)day)\b|\d"
)
_NAME_ENDS = _compiled(r"\s[|•·–—-]\s|\b(published|updated|posted|last updated)\b")


def is_furniture(line: str) -> bool:
    """Whether a line of a page or a scraped file is something other than the story's own words."""
    line = " ".join(line.split())
    if not line or len(line) > _LONGEST:
        return False
    return bool(
        not any(char.isalnum() for char in line)
        or _OPENING.match(line.lstrip("•*-–—>|»▶►#[ "))
        or _holds_furniture(line)
        or byline(line)
        or _is_stamp(line)
        or _is_row(line)
    )


def without_furniture(lines: Iterable[str]) -> list[str]:
    """The lines that are the story, tidied, without the list that a lone "Related:" opens.

    "Follow us ..." at the end of a paragraph goes too.
    """
    kept: list[str] = []
    in_list = False
    for line in lines:
        tidy = _without_trailer(" ".join(line.split()))
        if is_furniture(tidy):
            in_list = in_list or bool(_LIST_HEADING.fullmatch(tidy))
        elif tidy and (ends_sentence(tidy) or not in_list):
            in_list = False
            kept.append(tidy)
    return kept


def _without_trailer(line: str) -> str:
    """The line without a "Follow us ..." behind its last sentence, which is never long."""
    start = max(0, len(line) - _LONGEST_TRAILER)
    return line[:start] + _TRAILING.sub(r"\1", line[start:])


def ends_sentence(line: str) -> bool:
    """Whether a line ends as a sentence does, closing quotation marks and brackets aside."""
    return line.rstrip("\"'”’»)]）」』 ").endswith((".", "!", "?", "…", "。", "！", "？", "؟", "।"))


def byline(line: str) -> str | None:
    """Whom a line as `By John Smith` or `Автор: ...` names; None for a sentence that begins so."""
    match = _BYLINE.fullmatch(line.strip())
    if not match or len(line) > 160:
        return None
    name = _NAME_ENDS.split(match["by"] or match["label"])[0]
    if match["by"] and (_OPENS_SENTENCE.match(name) or DATE.match(name)):
        return None
    name = DATE.sub("", _ADDRESS.sub("", name)).strip(" ,:;|–—-•·")
    words = re.findall(r"[^\s,/]+", name)
    most = 5 if name.isupper() else 14
    if not 0 < len(words) <= most or re.search(r"[!?;…]|\w{4,}\.$|\s\.", name):
        return None
    if match["by"] and (_starts_small(words) or not all(map(_in_byline, words))):
        return None
    return name


def is_outlet(name: str) -> bool:
    """Whether a byline's name is that of an outlet: one word alone, or one as News or Times."""
    return len(name.split()) == 1 or bool(_OUTLET.search(name))


def _starts_small(words: list[str]) -> bool:
    return words[0][0].islower() and not (words[0] == "the" and is_outlet(" ".join(words)))


def _in_byline(word: str) -> bool:
    return not (word[0].islower() or word[0].isdigit()) or bool(_ROLE.fullmatch(word.rstrip(".:")))


def _holds_furniture(line: str) -> bool:
    """Whether a telling phrase makes all of the line furniture: not after a whole paragraph."""
    found = _ANYWHERE.search(line)
    return found is not None and not re.search(r".{160}[.!?][\"”]?\s", line[: found.start()])


def _is_stamp(line: str) -> bool:
    """A line that is nothing but a date and time, perhaps with a place, or that names one first."""
    if len(line) > 120:
        return False
    label = _LABEL.match(line)
    dated = bool(DATE.search(line))
    if label and (label[0].endswith((":", "：")) or (dated and len(label[0]) > 4)):
        return not ends_sentence(line) or bool(re.search(r"[ap]\.m\.$", line))
    if dateline_end(f"{line}\n\nX") > len(line):
        return True
    if not dated and not TIME.search(line):
        return False
    rest = line
    for part in (DATE, TIME, ZONE, _LABEL, _WEEKDAY):
        rest = part.sub(" ", rest)
    return len(re.findall(r"[^\W_]", rest)) <= 3


def _is_row(line: str) -> bool:
    """A row of buttons, addresses or tags, or a trail as `Home > World > Asia`."""
    if all(_ADDRESS.fullmatch(piece.strip("()<>,;:|")) for piece in line.split()):
        return True
    words = re.findall(r"[^\s/|,•·()\d:]+", line)
    if 0 < len(words) <= 20 and all(_BUTTON.fullmatch(word) for word in words):
        return True
    steps = re.split(r"\s*[|›»>•·]\s*", line)
    return len(steps) > 2 and len(line) < 160 and all(len(step.split()) <= 4 for step in steps)
