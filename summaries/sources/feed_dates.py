"""Dates as feeds write them: RFC 822 and ISO 8601, and all that is meant to be one of them."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

EARLIEST_YEAR = 1900
"""Dates before are mistakes, as the year 1 of an empty date is."""

_EPOCH = re.compile(r"(\d{9,10})(\d{3})?(?:\.\d+)?")
_ISO = re.compile(
    r"(?P<year>\d{4})(\.[ ]?|[-/]?)(?P<month>\d{1,2})(?:\2(?P<day>\d{1,2}))?(?![\d-])"
    r"|(?P<cjk_year>\d{4})\s?[年년]\s?(?P<cjk_month>\d{1,2})\s?[月월]\s?(?P<cjk_day>\d{1,2})\s?[日일]"
)
_BASIC_TIME = re.compile(r"T(\d\d)(\d\d)(\d\d)?(?!\d)")
_FIGURES = re.compile(r"(?<!\d)(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?!\d)")
_DAY_MONTH = re.compile(r"(?<![\d:])(\d{1,2})(?:st|nd|rd|th|\.)?[\s-]*(?:de\s+)?([^\W\d_]{3,})")
_MONTH_DAY = re.compile(r"([^\W\d_]{3,})\.?\s+(\d{1,2})(?![\d:])")
_YEAR = re.compile(r"(?<![\d:+])(?<!\s-)(?:(\d{4})|[\s-](\d\d))(?![\d:])")
_TIME = re.compile(
    r"(?:(?P<later>오후|下午|午後)\s?)?"
    r"(?<!\d)(?P<hour>\d{1,2}):(?P<minute>\d\d?)(?::(?P<second>\d\d?))?(?:[.,]\d+)?"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?",
    re.IGNORECASE,
)
_DOTTED_TIME = re.compile(
    r"(?P<later>)(?<=\d{4}\ )(?P<hour>\d{1,2})\.(?P<minute>\d\d)(?:\.(?P<second>\d\d))?(?![\d.])"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?",
    re.IGNORECASE,
)
_DAY_CJK_MONTH = re.compile(r"(\d{1,2}) (\d{1,2}|[一二三四五六七八九十]{1,2})\s?[月월] (\d{4})")
_CJK_NUMBERS = "一 二 三 四 五 六 七 八 九 十 十一 十二".split()
_OFFSET = re.compile(r"(?P<sign>[+−-])(?P<hours>\d{1,2}):?(?P<minutes>\d\d)?(?!\d)")
_ZONE = re.compile(r"\b[^\W\d_]{1,5}\b")
_LONGEST = 100

_MONTHS = (
    "jan gen jän ene янв січ oca sty led sij ian tammi ιαν يناير",
    "feb fév fev fév фев лют şub lut úno velj helmi φεβ فبراير",
    "mar mär mrz mrt maa maart märz мар бер břez ožu mart μαρ مارس",
    "apr avr abr апр кві nis kwi dub tra huhti απρ أبريل",
    "may mai mag mei maj май мая тра kvě svi touko μαι μάι مايو",
    "jun juin giu июн чер haz cze čvn lip kesä ιουν يونيو",
    "jul juil lug июл tem čvc srp heinä ιουλ يوليو",
    "aug aoû ago авг сер ağu sie srpn kol elo αυγ أغسطس",
    "sep set сен вер eyl wrz zář ruj syys σεπ سبتمبر",
    "oct okt out ott окт жов eki paź říj lis loka οκτ أكتوبر",
    "nov noi ноя лис kas liș list stu marras νοε نوفمبر",
    "dec dez déc dic des дек гру ara gru pro joulu δεκ ديسمبر",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1, "est": -5, "edt": -4, "cst": -6,
    "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10,
    "ast": -4, "adt": -3, "nst": -3.5, "ndt": -2.5, "brt": -3, "art": -3, "bst": 1, "cet": 1,
    "cest": 2, "mez": 1, "mesz": 2, "met": 1, "mest": 2, "eet": 2, "eest": 3, "sast": 2, "msk": 3,
    "мск": 3, "trt": 3, "azt": 4, "gst": 4, "pkt": 5, "ist": 5.5, "npt": 5.75, "ict": 7, "wib": 7,
    "hkt": 8, "sgt": 8, "awst": 8, "jst": 9, "kst": 9, "acst": 9.5, "acdt": 10.5, "aest": 10,
    "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip


def read_date(text: str) -> datetime | None:
    """The moment that a date in a feed names; naive where it names no zone, None for no date.

    `05/01/2026` may be either of two days, and is neither, unless `AM` or `PM` behind it tells
    that it was written as in America.
    """
    said = " ".join(text[:_LONGEST].split())
    try:
        return _standard(said) or _epoch(said) or _described(said)
    except (ValueError, OverflowError):
        return None


def _standard(said: str) -> datetime | None:
    """The form of nearly all that is right, read quickly."""
    if len(said) < 19 or said[4] != "-" or said[11:13] == "24":
        return None
    try:
        return _sane(datetime.fromisoformat(said))
    except ValueError:
        return None


def _epoch(said: str) -> datetime | None:
    match = _EPOCH.fullmatch(said)
    return datetime.fromtimestamp(int(match[1]), UTC) if match else None


def _described(said: str) -> datetime | None:
    time = _TIME.search(said) or _DOTTED_TIME.search(said)
    rest = said[: time.start()] + " " + said[time.end() :] if time else said
    day = _iso_day(said) or _figures(said, time) or _in_words(rest)
    if day is None:
        return None
    if time is None and (basic := _BASIC_TIME.search(said)):
        hours, minutes, seconds = (int(part or 0) for part in basic.groups())
        return _at(day, hours, minutes, seconds, _zone(said[basic.end() :]))
    if time is None:
        return _sane(day)
    hour = int(time["hour"])
    if (time["half"] or time["later"]) and hour <= 12:
        hour = hour % 12 + 12 * ((time["half"] or "p").lower() == "p")
    return _at(day, hour, int(time["minute"]), int(time["second"] or 0), _zone(said[time.end() :]))


def _iso_day(said: str) -> datetime | None:
    match = _ISO.match(said)
    if not match:
        return None
    year, month, day = (
        match[name] or match[f"cjk_{name}"] or "1" for name in ("year", "month", "day")
    )
    return datetime(int(year), int(month), int(day))  # noqa: DTZ001


def _figures(said: str, time: re.Match[str] | None) -> datetime | None:
    match = _FIGURES.search(said)
    if not match:
        return None
    first, mark, second, year = int(match[1]), match[2], int(match[3]), int(match[4])
    is_american = second > 12 or (mark == "/" and time is not None and bool(time["half"]))
    if mark == "/" and not is_american and first <= 12 and first != second:
        return None
    day, month = (second, first) if is_american else (first, second)
    return datetime(year, month, day)  # noqa: DTZ001


def _in_words(said: str) -> datetime | None:
    """`5 Jan 2026`, `5-Jan-26`, `January 5, 2026`, `Mon Jan 5 UTC 2026` and `5 一月 2026`."""
    for pattern, day_group, month_group in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        for match in pattern.finditer(said):
            month = _month(match[month_group])
            year = _YEAR.search(said, match.end()) if month else None
            if month and year:
                number = int(year[1]) if year[1] else _whole_year(int(year[2]))
                return datetime(number, month, int(match[day_group]))  # noqa: DTZ001
    if numbered := _DAY_CJK_MONTH.search(said):
        name = numbered[2]
        month = int(name) if name.isdigit() else _CJK_NUMBERS.index(name) + 1
        return datetime(int(numbered[3]), month, int(numbered[1]))  # noqa: DTZ001
    return None


def _month(name: str) -> int | None:
    low = name.lower()
    return next((_MONTH[low[:end]] for end in range(len(low), 2, -1) if low[:end] in _MONTH), None)


def _whole_year(year: int) -> int:
    """A year of two digits, as RFC 2822 reads it (section 4.3)."""
    return year + (2000 if year < 50 else 1900)


def _zone(behind: str) -> tzinfo | None:
    """The zone that stands behind a time; where both are there, the offset counts."""
    match = _OFFSET.search(behind)
    if match:
        hours, minutes = int(match["hours"]), int(match["minutes"] or 0)
        offset = timedelta(hours=hours, minutes=minutes)
        if offset >= timedelta(hours=15):
            return None
        return timezone(offset if match["sign"] == "+" else -offset)
    names = (name.lower() for name in _ZONE.findall(behind))
    known = next((_ZONES[name] for name in names if name in _ZONES), None)
    return None if known is None else timezone(timedelta(hours=known))


def _at(day: datetime, hour: int, minute: int, second: int, zone: tzinfo | None) -> datetime | None:
    """The moment; 24:00 and a leap second count on."""
    if hour > 24 or minute > 59 or second > 60:
        return None
    moment = day + timedelta(hours=hour, minutes=minute, seconds=second)
    return _sane(moment.replace(tzinfo=zone))


def _sane(moment: datetime) -> datetime | None:
    return moment if moment.year >= EARLIEST_YEAR else None
