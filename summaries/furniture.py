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
    "outlet_of",
    "without_furniture",
]

_LONGEST = 400
"""Furniture is short: longer lines are paragraphs."""


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_OPENING = re.compile(phrases.OPENING)
_CASED = _compiled(phrases.CASED)
_ANYWHERE = {word: _compiled(pattern) for word, pattern in phrases.ANYWHERE.items()}
_TRAILING = _compiled(rf"([.!?][\"”»)]*)(\s+({phrases.TRAILER})[^.]*\.?|\s*{phrases.END_MARK}\W*)$")
_LONGEST_TRAILER = 300
_LONGEST_STAMP = 120
_LONGEST_TRAIL = 160
_LIST_HEADING = _compiled(phrases.LIST_HEADING)
_LABEL = _compiled(phrases.LABEL)
_WEEKDAY = _compiled(phrases.WEEKDAY)
_AGO = _compiled(phrases.AGO)
_GAP = r"\s/|,•·()\d:"
_BUTTONS = _compiled(rf"([{_GAP}]*({phrases.BUTTON})(?![^{_GAP}])){{1,20}}[{_GAP}]*")
_STEP = re.compile("[|›»>•·]")
_CLOSED = re.compile(r"[-–—―)）:：/]$|/\.$")
"""How a dateline without a day closes."""
_MOST_SMALL_WORDS = 8
_BULLET = re.compile(r"^[-*•·▪‣●○►▶]\s+(?=\S)")
_NUMBERED = re.compile(r"\d{1,2}[.)]\s")
_LONGEST_ITEM = 12
_ROLE = _compiled(phrases.ROLE)
_OUTLET = _compiled(rf"(?<!\w)({phrases.OUTLET})(?!\w)|[报社网]$")
_LINK = r"(https?://|www\.)\S+|\S+@\S+\.\w+|@\w+|#\w[\w-]*|\w+\.(com|org|net)\b\S*"
_ADDRESS = _compiled(_LINK)
_ADDRESS_OR_NUMBER = _compiled(rf"{_LINK}|[+\d][\d()-]*")
_HOUSE = _compiled(rf"{phrases.AGENCY}|\w[\w-]+(\.[a-z]{{2,4}}){{1,2}}")
_SOURCE = _compiled(r"source\s*:\s*(?P<name>[^|•·:]{2,60}?)(\s+\w+\s*:.*|\s*[|•·].*)?")
_BEHIND_NAME = _compiled(
    r"(,\s*|\s)((staff|senior|chief|special|political|business|foreign|sports?|science)\s)*"
    r"(writer|reporter|correspondent|editor|contributor|columnist|journalist)s?$"
)
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
    if len(line) > 2 * _LONGEST:
        return False
    line = " ".join(line.split())
    if not line or len(line) > _LONGEST:
        return False
    return bool(
        not any(char.isalpha() for char in line)
        or _opens_as_furniture(line)
        or _holds_furniture(line)
        or byline(line)
        or _is_stamp(line)
        or _is_row(line)
        or _HOUSE.fullmatch(line)
    )


def _opens_as_furniture(line: str) -> bool:
    bare = line.lstrip("•*-–—>|»▶►#[ ")
    small = bare.replace("İ", "i").lower()
    return bool(_OPENING.match(small) or _CASED.match(bare))


def without_furniture(lines: Iterable[str]) -> list[str]:
    """The lines that are the story, tidied, without the list that a lone "Related:" opens.

    "Follow us ..." at the end of a paragraph goes too, and so do the bullets of a list.
    """
    kept: list[str] = []
    in_list = False
    for line in lines:
        tidy = _without_trailer(" ".join(line.split()))
        if is_furniture(tidy):
            in_list = in_list or bool(_LIST_HEADING.fullmatch(tidy))
        elif tidy and not (in_list and _is_item(tidy)):
            in_list = False
            kept.append(_BULLET.sub("", tidy))
    return kept


def _is_item(line: str) -> bool:
    """Whether a line below "Most read" is one of its headlines, not the story that goes on."""
    asks = line.endswith(("?", "!")) and len(line.split()) <= _LONGEST_ITEM
    return asks or not ends_sentence(line) or bool(_NUMBERED.match(line))


def _without_trailer(line: str) -> str:
    """The line without a "Follow us ..." behind its last sentence, which is never long."""
    start = max(0, len(line) - _LONGEST_TRAILER)
    return line[:start] + _TRAILING.sub(r"\1", line[start:])


def ends_sentence(line: str) -> bool:
    """Whether a line ends as a sentence does, closing quotation marks and brackets aside."""
    return line.rstrip("\"'”’»)]）」』*_ ").endswith(_STOPS)


_STOPS = tuple(".!?…。！？｡؟۔।॥։።")


def byline(line: str) -> str | None:
    """Whom a line as `By John Smith` or `Автор: ...` names; None for a sentence that begins so.

    What follows a person's name, as `, Staff Writer` or `, Consumer Desk`, is left out.
    """
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
    return _person(name) or name


def _person(name: str) -> str | None:
    """The person's name alone before a role, a desk or a paper; None where there is no such."""
    role = _BEHIND_NAME.search(name)
    head = name[: role.start()] if role else name.partition(",")[0]
    rest = name[len(head) :]
    said = role is not None or (bool(_OUTLET.search(rest)) and " and " not in rest)
    return head if rest and said and len(head.split()) > 1 and not is_outlet(head) else None


def is_outlet(name: str) -> bool:
    """Whether a byline's name is that of an outlet: one word alone, or one as News or Times."""
    return len(name.split()) == 1 or bool(_OUTLET.search(name))


def outlet_of(line: str) -> str | None:
    """The outlet that a line above a story names: `Reuters`, `report.az`, `Source: ...`.

    Also one before a date, as `Xinhua | November 9, 2026`, if it is named as outlets are.
    """
    line = " ".join(line.split())
    if byline(line):
        return None
    source = _SOURCE.fullmatch(DATE.sub("|", line))
    if source:
        return source["name"].strip(" ,;–—-")
    if _HOUSE.fullmatch(line):
        return line
    dated = DATE.search(line)
    if not dated or len(line) > _LONGEST_STAMP:
        return None
    name = _undated(line).strip(" ,.:;|•·–—-[]()")
    words = name.split()
    shaped = 0 < len(words) <= 5 and not any(map(_is_small, words)) and line.startswith(name)
    return name if shaped and (_HOUSE.fullmatch(name) or _OUTLET.search(name)) else None


def _is_small(word: str) -> bool:
    return word[0].islower() and word not in ("of", "the", "and", "de", "du", "la")


def _starts_small(words: list[str]) -> bool:
    return words[0][0].islower() and not (words[0] == "the" and is_outlet(" ".join(words)))


def _in_byline(word: str) -> bool:
    return not (word[0].islower() or word[0].isdigit()) or bool(_ROLE.fullmatch(word.rstrip(".:")))


def _holds_furniture(line: str) -> bool:
    """Whether a telling phrase makes all of the line furniture: not after a whole paragraph."""
    small = line.lower()
    for word, phrase in _ANYWHERE.items():
        found = phrase.search(line) if word in small else None
        if found and not _AFTER_PARAGRAPH.search(line[: found.start()]):
            return True
    return False


_AFTER_PARAGRAPH = re.compile(r".{160}[.!?][\"”]?\s")


def _is_stamp(line: str) -> bool:
    """A line that is nothing but a date and time, perhaps with a place, or that names one first."""
    if len(line) > _LONGEST_STAMP:
        return False
    if sum(word[0].islower() for word in line.split()) > _MOST_SMALL_WORDS:
        return False
    label = _LABEL.match(line)
    dated = bool(DATE.search(line))
    if label and (label[0].endswith((":", "：")) or (dated and len(label[0]) > 4)):
        return not ends_sentence(line) or bool(re.search(r"[ap]\.m\.$", line))
    if (dated or _CLOSED.search(line)) and dateline_end(f"{line}\n\nX") > len(line):
        return True
    if not dated and not TIME.search(line):
        return False
    return len(re.findall(r"[^\W_]", _undated(line))) <= 3 or outlet_of(line) is not None


def _undated(line: str) -> str:
    """What is left of a line without its dates, times and what labels them."""
    for part in (_AGO, DATE, TIME, ZONE, _LABEL, _WEEKDAY):
        line = part.sub(" ", line)
    return " ".join(line.split())


def _is_row(line: str) -> bool:
    """A row of buttons, addresses or tags, or a trail as `Home > World > Asia`."""
    if all(_ADDRESS_OR_NUMBER.fullmatch(piece.strip("()<>,;:|")) for piece in line.split()):
        return True
    if _BUTTONS.fullmatch(line):
        return True
    trail = line.replace("»", "") if "«" in line else line  # where it quotes, » is no step
    if len(trail) > _LONGEST_TRAIL or not _STEP.search(trail):
        return False
    steps = _STEP.split(trail)
    return len(steps) > 2 and all(len(step.split()) <= 4 for step in steps)
