"""What config.yaml sets: a frozen model for each of its sections, and for the whole."""

from collections.abc import Iterable
from datetime import date, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bot import fields
from bot.fields import Duration, Hours, Many, OneToTen, Rate
from summaries.cadence import Bounds
from summaries.model import Source
from summaries.summarisers import DEFAULT


class Section(BaseModel):
    """A mapping of config.yaml, with no key that is not named here."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_the_unset(cls, written: object) -> object:
        """A key with nothing behind it, as its lines are commented out, keeps its default."""
        if not isinstance(written, dict):
            return written
        return {k: v for k, v in written.items() if v is not None or k not in cls.model_fields}


class Answers(Section):
    """How a question is answered unless it says otherwise: how far back, how much, by what."""

    since: Duration = timedelta(days=30)
    stories: OneToTen = 5
    points: OneToTen = 3
    method: fields.Method = DEFAULT
    half_life: Duration = timedelta(days=3)


class FetchSettings(Section):
    """How sources are polled: at the shortest `every`, at the longest `up_to`.

    `full_text` tells whether pages are fetched for feeds that have but teasers; `allow` names
    private networks and hosts that may be fetched.
    """

    every: Duration = Bounds().every
    up_to: Duration = Bounds().up_to
    deadline: Duration = timedelta(seconds=20)
    full_text: bool = True
    allow: Many[fields.Network] = ()

    @property
    def bounds(self) -> Bounds:
        """The interval's bounds; an `up_to` that is not set gives way to a longer `every`."""
        return Bounds(self.every, max(self.every, self.up_to))


class Admins(Section):
    """Who looks after the bot, by their ids on each platform."""

    slack: Many[fields.SlackUser] = ()
    discord: Many[fields.DiscordUser] = ()


class Limits(Section):
    """How often one person may ask in chat."""

    per_user: fields.PerTime = Rate(10, 60.0)


class SlackSettings(Section):
    """Slack's tokens and endpoint; an empty `api_url` means the real one."""

    mode: Literal["socket", "http"] = "socket"
    bot_token: fields.Secret = ""
    app_token: fields.Secret = ""
    signing_secret: fields.Secret = ""
    api_url: fields.ApiUrl = ""

    @property
    def needed(self) -> dict[str, str]:
        """The two settings that its mode cannot do without, by name."""
        if self.mode == "socket":
            return {"bot_token": self.bot_token, "app_token": self.app_token}
        return {"bot_token": self.bot_token, "signing_secret": self.signing_secret}

    @property
    def on(self) -> bool:
        """Whether all that its mode needs is there."""
        return all(self.needed.values())


class DiscordSettings(Section):
    """Discord's token and endpoints; empty addresses mean the real ones."""

    token: fields.Secret = ""
    guilds: Many[fields.DiscordId] = ()
    api_url: fields.ApiUrl = ""
    gateway_url: fields.GatewayUrl = ""

    @property
    def on(self) -> bool:
        """Whether its token is there."""
        return bool(self.token)


class Posting(Section):
    """When and where a briefing is posted: `at` some times or by `cron`; Monday is day 0.

    `max_length` is of a post's stories, in characters; without it they are as long as they are.
    """

    at: Many[fields.ClockTime] = ()
    cron: fields.Cron | None = None
    days: fields.Days = frozenset(range(7))
    stories: OneToTen | None = None
    catch_up: Duration = timedelta(hours=2)
    when_empty: Literal["skip", "say-so"] = "skip"
    first_run: Literal["none", "some"] = "none"
    quiet: fields.Quiet | None = None
    max_length: fields.Length | None = None
    to: Many[fields.Channel] = ()

    @field_validator("quiet")
    @classmethod
    def _leaves_a_time(cls, quiet: Hours | None, before: ValidationInfo) -> Hours | None:
        times = _times(before.data.get("at"), before.data.get("cron"))
        if quiet and times and all(fields.within(quiet, at) for at in times):
            raise ValueError(
                "must leave a time to post; all of its times are in its quiet hours: "
                "it would never be posted"
            )
        return quiet

    @cached_property
    def times(self) -> tuple[time, ...]:
        """The times of day at which it is posted, in order; those in quiet hours are left out."""
        times = _times(self.at, self.cron)
        return tuple(at for at in times if not (self.quiet and fields.within(self.quiet, at)))

    def runs_on(self, day: date) -> bool:
        """Whether its times come on that day, by `days` and by the days that `cron` names."""
        if day.weekday() not in self.days:
            return False
        named = fields.cron(self.cron) if self.cron else None
        return named is None or (day.month in named.months and named.match_day(day))


def _times(at: Iterable[time] | None, cron: str | None) -> list[time]:
    if not cron:
        return sorted(at or ())
    named = fields.cron(cron)
    return [time(hour, minute) for hour in sorted(named.hours) for minute in sorted(named.minutes)]


class BriefingSettings(Posting):
    """A scheduled briefing; an empty query means all news."""

    name: str
    query: str
    zone: fields.Zone


class BriefingEntry(Posting):
    """A scheduled briefing as it is written: a query, or the name of a topic."""

    query: str | None = None
    topic: str | None = None
    timezone: fields.Zone | None = None


class SourceEntry(Section):
    """A source as it is written: its kind is the key under which its location stands."""

    feed: fields.WebAddress | None = None
    page: fields.WebAddress | None = None
    folder: fields.Folder | None = None
    tags: Many[fields.Tag] = ()
    every: Duration | None = None


class Common(Section):
    """The sections that are used just as they are written."""

    retention: Duration | None = None
    answers: Answers = Answers()
    fetch: FetchSettings = FetchSettings()
    admins: Admins = Admins()
    alerts: fields.Channel | None = None
    limits: Limits = Limits()
    slack: SlackSettings = SlackSettings()
    discord: DiscordSettings = DiscordSettings()


class ConfigFile(Common):
    """The whole of config.yaml as it is written."""

    timezone: fields.Zone = ZoneInfo("UTC")
    database: fields.DatabaseUrl
    sources: dict[fields.Name, SourceEntry] = Field(default_factory=dict)
    topics: dict[fields.TopicName, str] = Field(default_factory=dict)
    briefings: dict[fields.Name, BriefingEntry] = Field(default_factory=dict)


class Settings(Common):
    """The whole of config.yaml as the program uses it; `folder` is where its paths start.

    `database` is a URL whose SQLite file is absolute; no `retention` means that all is kept.
    """

    path: Path
    folder: Path
    zone: fields.Zone
    database: fields.DatabaseUrl
    sources: tuple[Source, ...]
    topics: dict[str, str]
    briefings: tuple[BriefingSettings, ...]


def platform_problems(settings: Settings) -> tuple[str, ...]:
    """One line for each platform that has only a part of what it needs to run."""
    slack = settings.slack
    if slack.on or not (slack.bot_token or slack.app_token or slack.signing_secret):
        return ()
    missing = [name for name, value in slack.needed.items() if not value]
    return (
        f"Slack in {slack.mode} mode also needs {' and '.join(f'slack.{n}' for n in missing)}; "
        f"set {' and '.join(f'SLACK_{n.upper()}' for n in missing)}, or take all of Slack's tokens "
        f"away to leave it off.",
    )
