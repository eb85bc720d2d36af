"""Dates as pages and bylines write them, in words or figures, in several languages."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

from summaries.phrases import WEEKDAY

_MONTHS = (
    "january jan januar janvier enero januari ocak yanvar январь января янв",
    "february feb februar février febrero februari şubat fevral февраль февраля фев февр",
    "march mar märz mars marzo maret mart март марта мар",
    "april apr avril abril nisan aprel апрель апреля апр",
    "may mai mayo mei mayıs май мая",
    "june jun juni juin junio haziran iyun июнь июня июн",
    "july jul juli juillet julio temmuz iyul июль июля июл",
    "august aug août agosto agustus ağustos avqust август августа авг",
    "september sep sept septembre septiembre eylül sentyabr сентябрь сентября сен сент",
    "october oct oktober octobre octubre ekim oktyabr октябрь октября окт",
    "november nov novembre noviembre kasım noyabr ноябрь ноября ноя нояб",
    "december dec dezember décembre diciembre desember aralık dekabr декабрь декабря дек",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_NAME = "(?:" + "|".join(sorted(_MONTH, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?<!\d)\d{1,2}(?:st|nd|rd|th|\.)?"

DATE = re.compile(
    rf"""
    (?=\d|\b[^\W\d_]{{3,12}}\.?[ ]\d)
    (?:
      (?P<iso>(?<!\d)\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?!\d))
    | (?P<figures>(?<!\d)\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}}(?!\d))
    | (?P<cjk>\d{{4}}\s?年\s?\d{{1,2}}\s?月\s?\d{{1,2}}\s?日)
    | (?P<dm>{_DAY}[ ](?:de[ ]|of[ ])?{_NAME})
      (?:,?[ ](?:de[ ])?(?P<dmy>\d{{4}})(?!\d)(?:[ ]г\.)?)?
    | \b(?P<md>{_NAME}[ ]{_DAY}(?![\d:]))(?:,?[ ](?P<mdy>\d{{4}})(?!\d))?
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""A date; a group tells which way it is written. One in words may lack its year."""

TIME = re.compile(
    r"(?<![\d:])(?P<hour>\d{1,2})[:.](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:[.,]\d+)?)?"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?",
    re.IGNORECASE,
)
_ZONES = {
    "utc": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7, "bst": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "msk": 3, "trt": 3,
    "azt": 4,
}  # fmt: skip
_WEEKDAY = re.compile(WEEKDAY, re.IGNORECASE)
ZONE = re.compile(
    r"\(?(?:\b(?:UTC|GMT)\s?)?(?P<sign>[+−-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?(?!\d)\)?"
    rf"|\(?\b(?P<name>{'|'.join(_ZONES)})\b\)?",
    re.IGNORECASE,
)


def day_of(match: re.Match[str], year: int | None = None) -> date | None:
    """The day that a match of `DATE` names; None without a year, or if there is no such day.

    `year` is taken where words name none, as in `April 19`.
    `04/05/2026` may be either of two days, and is neither.
    """
    if match["iso"] or match["cjk"]:
        year, month, day = (int(part) for part in re.findall(r"\d+", match[0])[:3])
    elif match["figures"]:
        first, second, year = (int(part) for part in re.split(r"[./]", match[0]))
        if "/" in match[0] and first <= 12 and second <= 12 and first != second:
            return None
        day, month = (second, first) if second > 12 else (first, second)
    else:
        words = match["dm"] or match["md"]
        name = re.findall(_NAME, words, re.IGNORECASE)[0]
        year, month = (
            int(match["dmy"] or match["mdy"] or year or 0),
            _MONTH.get(name.rstrip(".").lower(), 0),
        )
        day = int(re.findall(r"\d+", words)[0])
    try:
        return date(year, month, day)
    except ValueError:
        return None


def find_date(text: str) -> datetime | None:
    """The first date in the text that names its year, with the time behind or before it, if any.

    Aware where the text names a zone, else naive; midnight where it names no time.
    """
    for match in DATE.finditer(text):
        day = day_of(match)
        if day is None:
            continue
        after = text[match.end() : match.end() + 60]
        return _at(
            day,
            TIME.search(after) or _time_before(text[max(0, match.start() - 60) : match.start()]),
        )
    return None


def _time_before(before: str) -> re.Match[str] | None:
    """The time in `05:12 PM EST, Tue `, with nothing but a zone and a weekday behind it."""
    times = list(TIME.finditer(before))
    if not times:
        return None
    between = _WEEKDAY.sub("", ZONE.sub("", before[times[-1].end() :]))
    return None if re.search(r"\w{3}|[.!?]", between) else times[-1]


def _at(day: date, found: re.Match[str] | None) -> datetime:
    if not found:
        return datetime.combine(day, time())
    hour = int(found["hour"])
    if found["half"] and hour <= 12:
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    if hour > 23:
        return datetime.combine(day, time())
    moment = time(hour, int(found["minute"]), int(found["second"] or 0))
    return datetime.combine(day, moment, _zone(found.string[found.end() :]))


def _zone(after: str) -> timezone | None:
    found = ZONE.match(after.lstrip())
    if not found:
        return None
    if found["name"]:
        return timezone(timedelta(hours=_ZONES[found["name"].lower()]))
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    if offset >= timedelta(hours=15):
        return None
    return timezone(-offset if found["sign"] != "+" else offset) if offset else UTC
