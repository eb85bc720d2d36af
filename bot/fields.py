"""The kinds of value that config.yaml holds, as types that pydantic reads from plain YAML values.

Each reader raises ValueError with the words that follow a setting's name: "must be ..., not ...".
A value that is of its kind already passes through.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from difflib import get_close_matches
from functools import cache
from ipaddress import ip_network
from typing import Annotated, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from summaries import clock
from summaries.errors import UserError
from summaries.summarisers import METHODS

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RESERVED = frozenset({"help", "sources", "topics", "next", "pause", "resume", "again"})
_DAYS = {"daily": range(7), "weekdays": range(5), "weekends": range(5, 7)}
_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_RATE = re.compile(r"([1-9]\d{0,5})\s*/\s*(second|minute|hour)", re.ASCII)
_CHANNEL = {
    "slack": re.compile(r"#[^\s#]{1,80}|[CDG][A-Za-z0-9_-]*"),
    "discord": re.compile(r"[0-9]{1,20}"),
}
_HOST = re.compile(r"[\w.-]+", re.ASCII)
_DATABASE = re.compile(r"(sqlite|postgres|postgresql)(\+\w+)?://.*", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ANY_DAY = datetime(2000, 1, 1, tzinfo=ZoneInfo("UTC"))
_T = TypeVar("_T")

Hours = tuple[time, time]
"""From one time of day to another, which is not in them; they may go over midnight."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where messages go: a channel of a platform, `#name` or id on Slack, id on Discord."""

    platform: str
    channel: str

    def __str__(self) -> str:
        return f"{self.platform}:{self.channel}"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so many seconds."""

    count: int
    seconds: float


def within(hours: Hours, at: time) -> bool:
    """Whether a time of day is in those hours."""
    start, end = hours
    return start <= at < end if start < end else at >= start or at < end


@cache
def cron(expression: str) -> CronSim:
    """The months, days, hours and minutes that a cron expression names."""
    return CronSim(expression, _ANY_DAY)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion to put after a message, or nothing where no known word is near."""
    return _nearest(word, {name.casefold(): name for name in known})


def shown(value: object) -> str:
    """A wrong value as a message quotes it: a short text, or what kind of thing it is."""
    match value:
        case str():
            return repr(value if len(value) <= 60 else value[:60] + "...")
        case bool():
            return "a yes or no"
        case dict():
            return "settings of its own"
        case list():
            return "a list"
        case None:
            return "nothing"
    return str(value)


def _nearest(word: str, suggestions: Mapping[str, str]) -> str:
    near = get_close_matches(word[:100].casefold(), suggestions, n=1)
    return f"; did you mean {suggestions[near[0]]!r}?" if near else ""


def _wrong(wanted: str, value: object, hint: str = "") -> ValueError:
    return ValueError(f"must be {wanted}, not {shown(value)}{hint}")


def _read_by(read: Callable[[object], _T], kind: type[_T]) -> PlainValidator:
    return PlainValidator(lambda value: value if isinstance(value, kind) else read(value))


def _matched(pattern: re.Pattern[str], value: object, wanted: str) -> re.Match[str]:
    match = pattern.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        raise _wrong(wanted, value)
    return match


def _duration(value: object) -> timedelta:
    try:
        return clock.duration(value if isinstance(value, str) else "")
    except UserError as error:
        raise _wrong("a length of time, as 90s, 15m, 2h, 7d or 2w", value) from error


def _zone(value: object) -> ZoneInfo:
    name = value if isinstance(value, str) else ""
    try:
        return clock.zone(name)
    except UserError as error:
        hint = _nearest(name.replace(" ", "_"), _zones())
        raise _wrong("an IANA time zone, as Europe/Berlin", value, hint) from error


@cache
def _zones() -> dict[str, str]:
    """All zones by their names, and by their cities alone."""
    zones = sorted(available_timezones())
    cities = {zone.rpartition("/")[2].casefold(): zone for zone in zones}
    return cities | {zone.casefold(): zone for zone in zones}


def _time(value: object) -> time:
    match = _matched(_TIME, value, 'a time of day, as "08:30"')
    return time(int(match[1]), int(match[2]))


def _quiet(value: object) -> Hours:
    wanted = 'the hours from one time to another, as "22:00-07:00"'
    parts = value.split("-") if isinstance(value, str) else []
    times = [_TIME.fullmatch(part.strip()) for part in parts]
    if len(times) != 2 or not all(times) or parts[0].strip() == parts[1].strip():
        raise _wrong(wanted, value)
    return _time(parts[0]), _time(parts[1])


def _days(value: object) -> frozenset[int]:
    if isinstance(value, str) and value.lower() in _DAYS:
        return frozenset(_DAYS[value.lower()])
    names = [str(name).lower() for name in (value if isinstance(value, list) else [value])]
    wrong = [name for name in names if name not in _WEEK]
    wanted = "daily, weekdays, weekends or a list of mon ... sun"
    if wrong:
        raise _wrong(wanted, wrong[0], did_you_mean(wrong[0], (*_DAYS, *_WEEK)))
    if not names:
        raise _wrong(wanted, "an empty list")
    return frozenset(map(_WEEK.index, names))


def _cron(value: str) -> str:
    wanted = "five fields of cron, as 30 8 * * 1-5"
    if len(value) > 200 or len(value.split()) != 5:
        raise _wrong(wanted, value)
    try:
        next(CronSim(value, _ANY_DAY))
    except (CronSimError, ValueError) as error:
        raise _wrong(wanted, value, f" ({error})") from error
    except StopIteration as error:
        raise _wrong("a cron time that comes", value) from error
    return value


def _whole(numbers: range) -> PlainValidator:
    wanted = f"a whole number from {numbers[0]} to {numbers[-1]}"

    def check(value: object) -> int:
        number = value
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,7}", value.strip()):
            number = int(value)
        if not isinstance(number, int) or isinstance(number, bool) or number not in numbers:
            raise _wrong(wanted, value)
        return number

    return PlainValidator(check)


def _address(*schemes: str) -> Callable[[str], str]:
    wanted = f"an address that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}"

    def check(value: str) -> str:
        address = value.strip()
        try:
            parts = urlsplit(address)
            good = parts.scheme in schemes and parts.hostname and parts.port != 0
        except ValueError:
            good = False
        if not good or re.search(r"\s", address):
            raise _wrong(wanted, value)
        return address

    return check


def _or_empty(check: Callable[[str], str]) -> AfterValidator:
    return AfterValidator(lambda value: check(value) if value.strip() else "")


def _folder(value: str) -> str:
    if not value.strip():
        raise _wrong("the path of a folder", value)
    return value


def _database(value: str) -> str:
    if not _DATABASE.fullmatch(value.strip()):
        raise ValueError(
            "must begin with sqlite:/// or postgresql:// (it is set here or by DATABASE_URL)"
        )
    return value.strip()


def _target(value: object) -> Target:
    wanted = 'a channel, as "slack:#trade" or "discord:123456789012345678"'
    platform, _, channel = value.strip().partition(":") if isinstance(value, str) else ("", "", "")
    if platform not in _CHANNEL:
        raise _wrong(wanted, value, did_you_mean(platform, _CHANNEL))
    if not _CHANNEL[platform].fullmatch(channel):
        near = f"slack:#{channel}" if re.fullmatch(r"[\w-]+", channel) else ""
        hint = f"; did you mean {near!r}?" if near and platform == "slack" else ""
        raise _wrong(wanted, value, hint)
    if channel.startswith("#") and channel != channel.lower():
        # https://docs.slack.dev/reference/methods/conversations.create: names are in lower case.
        raise _wrong(wanted, value, f"; did you mean {f'{platform}:{channel.lower()}'!r}?")
    return Target(platform, channel)


def _rate(value: object) -> Rate:
    match = _matched(_RATE, value, "a number per second, minute or hour, as 10/minute")
    return Rate(int(match[1]), _SECONDS[match[2]])


def _network(value: str) -> str:
    try:
        return str(ip_network(value.strip(), strict=False))
    except ValueError as error:
        if _HOST.fullmatch(value.strip()):
            return value.strip().lower()
        raise _wrong("a network or host, as 10.0.0.0/8 or news.example.org", value) from error


def _method(value: str) -> str:
    if value not in METHODS:
        raise _wrong(f"one of {', '.join(METHODS)}", value, did_you_mean(value, METHODS))
    return value


def _tag(value: str) -> str:
    if not re.fullmatch(r"\S{1,64}", value):
        raise _wrong("one word", value)
    return value


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise _wrong("letters, digits, '.', '_' and '-', with no space", value)
    return _free(value)


def _free(value: str) -> str:
    if value.strip().casefold() in RESERVED:
        raise ValueError(f"must be another word; {shown(value)} is a command")
    if not re.fullmatch(r"\S(.{0,98}\S)?", value):
        raise _wrong("one line of at most 100 characters", value)
    return value


def _discord_id(value: object) -> int:
    text = str(value).strip() if isinstance(value, str | int) else ""
    if not _CHANNEL["discord"].fullmatch(text):
        raise _wrong("a Discord id, as 123456789012345678", value)
    return int(text)


def _slack_user(value: object) -> str:
    return _matched(re.compile(r"[A-Z][A-Z0-9_-]*"), value, "a Slack member id, as U0123")[0]


Duration = Annotated[timedelta, _read_by(_duration, timedelta)]
Zone = Annotated[ZoneInfo, _read_by(_zone, ZoneInfo)]
ClockTime = Annotated[time, _read_by(_time, time)]
Quiet = Annotated[Hours, _read_by(_quiet, tuple)]
Days = Annotated[frozenset[int], _read_by(_days, frozenset)]
Cron = Annotated[str, AfterValidator(_cron)]
OneToTen = Annotated[int, _whole(range(1, 11))]
Length = Annotated[int, _whole(range(200, 100_001))]
WebAddress = Annotated[str, AfterValidator(_address("http", "https"))]
ApiUrl = Annotated[str, _or_empty(_address("http", "https"))]
GatewayUrl = Annotated[str, _or_empty(_address("ws", "wss"))]
Secret = Annotated[str, AfterValidator(str.strip), Field(repr=False)]
Folder = Annotated[str, AfterValidator(_folder)]
DatabaseUrl = Annotated[str, AfterValidator(_database), Field(repr=False)]
Channel = Annotated[Target, _read_by(_target, Target)]
PerTime = Annotated[Rate, _read_by(_rate, Rate)]
Method = Annotated[str, AfterValidator(_method)]
Network = Annotated[str, AfterValidator(_network)]
Tag = Annotated[str, AfterValidator(_tag)]
Name = Annotated[str, AfterValidator(_name)]
TopicName = Annotated[str, AfterValidator(_free)]
DiscordId = Annotated[int, PlainValidator(_discord_id)]
DiscordUser = Annotated[str, PlainValidator(lambda value: str(_discord_id(value)))]
SlackUser = Annotated[str, PlainValidator(_slack_user)]

Many = Annotated[
    tuple[_T, ...],
    BeforeValidator(lambda value: [value] if isinstance(value, str | int) else value),
    AfterValidator(lambda values: tuple(dict.fromkeys(values))),
]
"""A list, or one value alone; what is named twice counts once."""
