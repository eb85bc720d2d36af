"""How a sentence stands by itself: whole or broken, and whether it leans on the one before it."""

import re
from functools import cache, lru_cache

from summaries import languages
from summaries.furniture import dateline_end, ends_sentence, is_furniture

_CLOSERS = "\"'”’»」』)] "
_PAIRS = ("()", "[]", "（）", "«»", "「」", "『』", "《》")
_CAPTION = re.compile(
    r"\((l(eft)?|r(ight)?|c|l-r|pictured|ap photo\b.*|.{0,40}/(ap|afp|reuters|getty)\b.*)\)"
    r"|\b(pictured|photographed) (above|below|left|right|here)\b"
    r"|\b(file|handout|undated|courtesy) (photo|image|picture|photograph)\b"
    r"|^(pictured|above|below|left|right|clockwise|from left)\s*:|^(clockwise|from) left\b"
    r"|[,(]\s?seen here\b|\b(is|are) seen in (this|an?) ([\w-]+ ){0,3}(photo|picture|image)"
    r"|^in this ([\w-]+ ){0,3}(photo|picture|image)|\bpictured in \d{4}\b"
    r"|\bposes? for (a|the) (photo|picture|portrait)",
    re.IGNORECASE,
)
_PAGE = re.compile(
    r"\bPhoto(s|graph)?\s?:|\bHide Caption\b|\bRead more(:| (about|at|from|here|on)\b)"
    r"|\b[Cc]lick here\b|^CLOSE (?=[A-Z][a-z])|\bSkip in Skip\b|\bx (Embed|Share)\b| \| "
)
"""What a page has between its paragraphs, and scrapers glue to a sentence."""
_GLUED = re.compile(r"[a-z]{2}\.[”\"]?(?!(?:Com|Org|Net|Dr)\b)[A-Z][a-z]")
"""Two sentences without a space between them."""
_CALENDAR = re.compile(
    r"\b((Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August"
    r"|September|October|November|December|(Jan|Feb|Aug|Sept|Oct|Nov|Dec)\.)"
)
_OPENER = re.compile(r"[\s\"'“‘„«»「『(\[*•·–—-]*")
_QUOTATION = re.compile(r"[\"“„«「][^\"“”„«»「」]*[\"”“»」]")
_MARKS = '"”“’»'
_QUOTED = rf"(?:[,!?…][{_MARKS}]|[{_MARKS}]\s*,)\s*(?:[-–—]\s*)?(?:\w+\s+)?"


def leans(text: str, language: str) -> bool:
    """Whether a sentence needs the one before it: "He said ...", "..., she said", "But ...".

    So does a quotation whose speaker is not named.
    """
    if _QUOTATION.fullmatch(text.strip()):
        return True
    opening, attribution, closing, introduced = _leaning(language)
    start = _OPENER.match(text)
    if opening.match(text, start.end() if start else 0):
        return True
    if any(map(text.__contains__, _MARKS)) and attribution.search(text):
        return True
    if closing.match(text, max(0, text.rfind(","))):
        return True
    introduction = introduced.match(text)
    return bool(introduction and _CALENDAR.sub("", introduction[1]).islower())


_NEVER = re.compile(r"(?!)")


@cache
def _leaning(language: str) -> tuple[re.Pattern[str], ...]:
    """What opens a leaning sentence, follows a quotation, closes one, follows an introduction."""
    row = languages.row(language)
    listed = f"{row.pronouns} {row.leaning}".split()
    if not listed:
        return (_NEVER,) * 4
    after = "" if language in languages.UNSPACED else r"(?!\w)"
    openings = "|".join(re.escape(each).replace("_", r"\s+") for each in listed)
    opening = re.compile(rf"(?:{openings}){after}", re.IGNORECASE)
    if not row.pronouns:
        return opening, _NEVER, _NEVER, _NEVER
    pronoun = rf"(?:{'|'.join(row.pronouns.split())})\b"
    attribution = re.compile(rf"{_QUOTED}{pronoun}")
    closing = re.compile(rf",\s{pronoun}\s\w+\.?$")
    return opening, attribution, closing, re.compile(rf"\w([^,]{{1,60}}),\s{pronoun}")


@lru_cache(maxsize=256)
def is_whole(text: str) -> bool:
    """Whether a sentence is a statement without a part missing or something else in it."""
    return (
        ends_sentence(text)
        and not text.rstrip(_CLOSERS).endswith(("...", "…"))
        and _opens(text)
        and _is_balanced(text)
        and _is_prose(text)
        and not _CAPTION.search(text)
        and not _PAGE.search(text)
        and not _GLUED.search(text)
        and not is_furniture(text)
        and not dateline_end(text)
    )


def _opens(text: str) -> bool:
    """Whether it begins as a sentence does: no small letter, unless all are or as in "eBay"."""
    opener = _OPENER.match(text)
    first = text[opener.end() if opener else 0 :][:2]
    begins = first[:1].isalnum() or not first[:1].isascii() or first[:1] in "$#@"
    return begins and not (first[:1].islower() and not first[1:].isupper() and not text.islower())


def _is_balanced(text: str) -> bool:
    """Whether every quotation mark and bracket has its other half."""
    low, high = text.count("„"), text.count("“")
    right = text.count("”")
    curly = low == high + right if low else high == right or (not high and right % 2 == 0)
    pairs = all(text.count(pair[0]) == text.count(pair[1]) for pair in _PAIRS)
    return curly and pairs and text.count('"') % 2 == 0 and text.count("‘") <= text.count("’")


def _is_prose(text: str) -> bool:
    """Whether words outweigh numbers, addresses and tags."""
    words = text.split()
    marked = sum(word.startswith(("#", "@", "http", "www.")) for word in words)
    letters = sum(map(str.isalpha, text))
    return 3 * marked < max(3, len(words)) and 2 * letters >= len(text) - len(words)
