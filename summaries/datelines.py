"""The dateline that opens a news story, as `BAKU, April 19 (Reuters) - `."""

import re
from datetime import date, datetime, time

from summaries.dates import DATE, day_of

_LONGEST = 160
"""No dateline is longer; this bounds the work on a text of one endless line."""

_AGENCY = re.compile(
    r"(reuters|ap|afp|upi|aa|dha|iha|dpa|efe|ansa|(itar-)?tass|тасс|interfax|интерфакс|xinhua"
    r"|синьхуа|шиньхуа|cnn|bbc|trend|azertac|azertag|azərtac|азертадж|apa|апа|report|turan|bloomberg"
    r"|sputnik|риа|prnewswire|tanjug|kyodo|yonhap|anadolu|pti|ani|ians|bernama|cna|mena|wam|spa|irna"
    r"|isna|tasnim|petra|unian|ukrinform|kazinform|kabar|belta|agerpres|mti|ctk|pap|ptv|kuna|qna"
    r"|antara|vna|jiji|рбк|cnbc|npr|voa)(\.\w{2,4})?( \w+){0,3}",
    re.IGNORECASE,
)
_CITY = re.compile(
    "ISLAMABAD|LAHORE|KARACHI|PESHAWAR|QUETTA|RAWALPINDI|MULTAN|FAISALABAD|HYDERABAD|(NEW )?DELHI"
    "|MUMBAI|KOLKATA|CHENNAI|BENGALURU|AHMEDABAD|SRINAGAR|DHAKA|KATHMANDU|COLOMBO|KABUL|TEHRAN"
    "|KUALA LUMPUR|PUTRAJAYA|SINGAPORE|JAKARTA|BANGKOK|MANILA|HANOI|BEIJING|SHANGHAI|HONG KONG"
    "|TAIPEI|TOKYO|SEOUL|SYDNEY|CANBERRA|DUBAI|ABU DHABI|RIYADH|JEDDAH|DOHA|CAIRO|GAZA|BEIRUT"
    "|DAMASCUS|BAGHDAD|JERUSALEM|ANKARA|ISTANBUL|BAKU|TBILISI|YEREVAN|ASTANA|TASHKENT|MOSCOW|KYIV"
    "|KIEV|LONDON|PARIS|BERLIN|ROME|MADRID|GENEVA|BRUSSELS|VIENNA|ATHENS|WASHINGTON|NEW YORK"
    "|UNITED NATIONS|OTTAWA|LAGOS|ABUJA|NAIROBI|JOHANNESBURG|PRETORIA|БАКУ|МОСКВА|АСТАНА|ТАШКЕНТ"
)
_ACRONYM = re.compile("NATO|OPEC|BRICS|ASEAN|UNESCO|UNICEF|NASA|APEC|INTERPOL|НАТО")
_OPENS_SENTENCE = re.compile(
    r"(on|in|at|by|from|since|until|before|after|during|between|the|a|an|this|that|and|but|for"
    r"|(mon|tues|wednes|thurs|fri|satur|sun)day|в|на|по|с|до|после)\b",
    re.IGNORECASE,
)
_PARTICLE = re.compile("of|de|del|la|le|el|al|the|da|do|dos|am|an|der|upon|sur|и|на", re.IGNORECASE)

_DASH = r"(?:--?|[–—―])"
_BRACKETED = re.compile(rf"[(（](?P<agency>[^()（）\n]{{2,40}})[)）](?P<closed>\s*{_DASH}|)[ \t]*")
_SLASHED = re.compile(rf"/(?P<agency>[^/\n]{{2,30}})/(?P<closed>\.?\s*{_DASH}|\.|:|)[ \t]*")
_NAMED = re.compile(
    r"[.,]\s+(?P<agency>[^\W\d][^.,:/\n]{1,30}(?:\.[a-z]{2,4})?)(?P<closed>\s*[:/.]|(?=\n))\s*",
    re.IGNORECASE,
)
_DASHED = re.compile(rf"(?:\s{_DASH}|(?<=\w)(?:—|--))\s*(?=\S)")
_COLON = re.compile(r":[ \t]+(?=\S)")
_STOP = re.compile(r"\.\s+(?=\S)")
_LINE_END = re.compile(r"\s*\n\s*")
_AGENCY_AFTER = re.compile(r"(?P<agency>[^\W\d][\w ]{1,20})\.\s+")
_CHINESE = re.compile(
    r"\s*[\u4e00-\u9fff]{2,12}\d{1,2}(?:月\d{1,2})?日[电電讯訊](?:\s?[（(][^）)]{1,40}[）)])?\s*"
)


def dateline_end(text: str) -> int:
    """Where the story begins after a leading dateline; 0 where there is none."""
    lead = text[:_LONGEST]
    chinese = _CHINESE.match(lead)
    if chinese:
        return chinese.end()
    for mark, is_closed in _MARKS.items():
        for match in mark.finditer(lead):
            if _story_follows(match) and is_closed(match, lead[: match.start()]):
                return match.end()
    return 0


def dateline_date(text: str, month: date | None = None) -> datetime | None:
    """Midnight of the day that a leading dateline names; None unless the year is known.

    `month` is any day of the month from which the text is said to be: a dateline that names a day
    of that month, and no year, is of its year.
    """
    found = DATE.search(text[: dateline_end(text)])
    if not found:
        return None
    day = day_of(found)
    if not day and month:
        guess = day_of(found, month.year)
        day = guess if guess and guess.month == month.month else None
    return datetime.combine(day, time()) if day else None


def _story_follows(mark: re.Match[str]) -> bool:
    first = mark.string[mark.end() :].lstrip("\"'“”‘«„([$€£¿¡ \t")[:1]
    return first.isalnum() and not first.islower()


def _bracketed(mark: re.Match[str], head: str) -> bool:
    """`ANKARA (AA) - `, and with a known agency also `(CNN)`."""
    place, _ = _place_and_day(head)
    attached = mark.end() == mark.end("agency") + 1
    named = _is_place(mark["agency"].removeprefix("The ")) and (
        bool(mark["closed"]) or (attached and not head.strip())
    )
    return (not place or _is_place(place)) and (named or _is_agency(mark["agency"]))


def _slashed(mark: re.Match[str], head: str) -> bool:
    """`LONDON, Oct. 3 /PRNewswire/ -- ` and `МОСКВА, 19 апреля. /ТАСС/. `."""
    place, dated = _place_and_day(head)
    return _is_place(place) and (dated or bool(mark["closed"]))


def _named(mark: re.Match[str], head: str) -> bool:
    """`BAKU, Azerbaijan, Apr. 19. Trend: ` and `Baku, April 19, AZERTAC` on a line of its own."""
    place, dated = _place_and_day(head)
    known = _is_agency(mark["agency"]) or mark["closed"].strip() in (":", "/")
    return _is_place(place) and dated and known


def _dashed(mark: re.Match[str], head: str) -> bool:
    """`Baku, April 19 – `, and without a day a place in capitals: `WASHINGTON - `."""
    place, dated = _place_and_day(head)
    return _is_place(place) and (dated or (_is_shouted(place) and not _is_headline(mark)))


def _dashed_agency(mark: re.Match[str], head: str) -> bool:
    """`БАКУ, 19 апр - Sputnik. `."""
    return _is_agency(mark["agency"]) and _dashed(mark, head)


def _colon(_mark: re.Match[str], head: str) -> bool:
    """`ISLAMABAD: `; names in capitals before a colon are more often those of speakers."""
    return bool(_CITY.fullmatch(head.strip().partition(",")[0]))


def _stopped(mark: re.Match[str], head: str) -> bool:
    """`BAKU, Azerbaijan, April 20. `: a place and, at the very end, a day."""
    days = list(DATE.finditer(head))
    return bool(days) and days[-1].end() == len(head) and _alone(mark, head)


def _alone(_mark: re.Match[str], head: str) -> bool:
    """A place and a day on a line of their own."""
    place, dated = _place_and_day(head)
    return _is_place(place) and dated


_MARKS = {
    _BRACKETED: _bracketed,
    _SLASHED: _slashed,
    re.compile(_DASHED.pattern + _AGENCY_AFTER.pattern): _dashed_agency,
    _DASHED: _dashed,
    _NAMED: _named,
    _COLON: _colon,
    _STOP: _stopped,
    _LINE_END: _alone,
}
"""What may close a dateline, and what must then stand before it; the first that holds counts."""


def _place_and_day(head: str) -> tuple[str, bool]:
    place, days = DATE.subn("", head)
    return place.strip(" \t,.|/-–—"), days > 0


def _is_place(text: str) -> bool:
    """Whether this may be a place and its country."""
    return bool(text) and not _OPENS_SENTENCE.match(text) and _are_names(text)


def _are_names(text: str) -> bool:
    """Whether these are a few capitalised words, between commas or not."""
    parts = [part.split() for part in re.split(r"[,/]", text)]
    if len(text) > 70 or len(parts) > 5 or any(len(words) > 4 for words in parts):
        return False
    if re.search(r"[()\n]|\w{4,}[.!?;:]\s", text):
        return False
    return all(
        _PARTICLE.fullmatch(word) or not (word[:1].islower() or word.isdigit())
        for words in parts
        for word in words
    )


def _is_shouted(place: str) -> bool:
    first = place.split(",")[0]
    return (
        first.isupper()
        and any(len(word) > 3 for word in re.findall(r"\w+", first))
        and not _ACRONYM.match(first)
    )


def _is_headline(mark: re.Match[str]) -> bool:
    """Whether capitals go on behind the mark, so that they single out nothing."""
    words = re.findall(r"[^\W\d_]{2,}", mark.string[mark.end() :])[:3]
    return bool(words) and all(word.isupper() for word in words)


def _is_agency(name: str) -> bool:
    return bool(_AGENCY.fullmatch(name.strip()))
