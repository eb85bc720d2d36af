import json
import re
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.config import Rate, Settings, Target, load, platform_problems, starter
from summaries.cadence import Bounds
from summaries.errors import ConfigError
from summaries.model import Source, SourceKind

ROOT = Path(__file__).parents[1]
EVERYTHING = """\
timezone: Europe/Berlin
database: ${DATABASE_URL:-sqlite:///data/bot.db}
retention: 180d
sources:
  azernews: {feed: "https://example.org/rss.xml", tags: [caucasus]}
  ministry: {page: "https://example.org/press/", every: 1h}
  samples:  {folder: articles}
topics:
  china-trade: china trade
briefings:
  morning-trade:
    topic: china-trade
    at: ["08:30", "17:00"]
    days: weekdays
    timezone: Asia/Baku
    stories: 5
    catch_up: 3h
    when_empty: say-so
    first_run: some
    quiet: "22:00-07:00"
    max_length: 4000
    to: ["slack:#trade", "discord:123456789012345678"]
  weekly:
    query: ""
    cron: "30 8 * * 1"
    to: slack:C0123
answers: {since: 20d, stories: 4, points: 2, method: lexrank, half_life: 2d}
fetch: {every: 5m, up_to: 2h, deadline: 10s, full_text: false,
        allow: [127.0.0.0/8, News.example.org]}
admins: {slack: [U0123], discord: [123456789012345678]}
alerts: "slack:#bot-admin"
limits: {per_user: 20/hour}
slack:   {mode: http, bot_token: "${SLACK_BOT_TOKEN:-}", signing_secret: "${SIGNING:-}",
          api_url: "http://127.0.0.1:8000/api/"}
discord: {token: "${DISCORD_TOKEN:-}", guilds: [42], api_url: "", gateway_url: "ws://127.0.0.1:9"}
"""


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(text: str | bytes) -> Path:
        path = tmp_path / "config.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def read(write: Any) -> Any:
    def read(text: str | bytes, **environ: str) -> Settings:
        return load(write(text), environ)

    return read


def test_every_setting_is_read(read: Any, tmp_path: Path) -> None:
    found = read(EVERYTHING, DISCORD_TOKEN="d", SLACK_BOT_TOKEN="b", SIGNING="s")
    assert (found.path, found.folder) == (tmp_path / "config.yaml", tmp_path)
    assert found.zone == ZoneInfo("Europe/Berlin")
    assert found.retention == timedelta(days=180)
    assert found.topics == {"china-trade": "china trade"}
    assert found.alerts == Target("slack", "#bot-admin")
    assert str(found.alerts) == "slack:#bot-admin"
    assert found.limits.per_user == Rate(20, 3600.0)
    assert (found.admins.slack, found.admins.discord) == (("U0123",), ("123456789012345678",))
    assert (found.answers.since, found.answers.half_life) == (timedelta(20), timedelta(2))
    assert (found.answers.stories, found.answers.points) == (4, 2)
    assert found.answers.method == "lexrank"
    assert (found.fetch.every, found.fetch.deadline) == (timedelta(0, 300), timedelta(0, 10))
    assert found.fetch.bounds == Bounds(timedelta(0, 300), timedelta(0, 7200))
    assert not found.fetch.full_text
    assert found.fetch.allow == ("127.0.0.0/8", "news.example.org")
    assert (found.slack.mode, found.slack.bot_token, found.slack.on) == ("http", "b", True)
    assert found.slack.api_url == "http://127.0.0.1:8000/api/"
    assert (found.discord.token, found.discord.guilds, found.discord.on) == ("d", (42,), True)
    assert (found.discord.api_url, found.discord.gateway_url) == ("", "ws://127.0.0.1:9")


def test_sources_are_read_with_their_kinds(read: Any, tmp_path: Path) -> None:
    assert read(EVERYTHING).sources == (
        Source("azernews", SourceKind.FEED, "https://example.org/rss.xml", ("caucasus",)),
        Source("ministry", SourceKind.PAGE, "https://example.org/press/", (), timedelta(hours=1)),
        Source("samples", SourceKind.FOLDER, str(tmp_path / "articles")),
    )


def test_briefings_are_read_with_their_topics_and_zones(read: Any) -> None:
    morning, weekly = read(EVERYTHING).briefings
    assert (morning.name, morning.query) == ("morning-trade", "china trade")
    assert (morning.at, morning.cron) == ((time(8, 30), time(17)), None)
    assert (morning.days, morning.zone) == (frozenset(range(5)), ZoneInfo("Asia/Baku"))
    assert (morning.stories, morning.catch_up) == (5, timedelta(hours=3))
    assert (morning.when_empty, morning.first_run) == ("say-so", "some")
    assert morning.quiet == (time(22), time(7))
    assert (morning.max_length, weekly.max_length) == (4000, None)
    assert [str(one) for one in morning.to] == ["slack:#trade", "discord:123456789012345678"]
    assert (weekly.query, weekly.at, weekly.cron) == ("", (), "30 8 * * 1")
    assert (weekly.zone, weekly.days) == (ZoneInfo("Europe/Berlin"), frozenset(range(7)))
    assert (weekly.stories, weekly.catch_up, weekly.quiet) == (None, timedelta(hours=2), None)
    assert (weekly.when_empty, weekly.first_run) == ("skip", "none")
    assert weekly.to == (Target("slack", "C0123"),)


def test_what_is_left_out_has_a_default(read: Any, tmp_path: Path) -> None:
    found = read("briefings:\n  # none yet\nslack:\n  bot_token:\n")
    assert found.zone == ZoneInfo("UTC")
    assert found.database == f"sqlite:///{tmp_path}/data/bot.db"
    assert (found.retention, found.alerts, found.sources, found.briefings) == (None, None, (), ())
    assert (found.answers.since, found.answers.half_life) == (timedelta(30), timedelta(3))
    assert (found.answers.stories, found.answers.points) == (5, 3)
    assert (found.fetch.every, found.fetch.deadline) == (timedelta(0, 900), timedelta(0, 20))
    assert found.fetch.bounds == Bounds(timedelta(0, 900), timedelta(0, 6 * 3600))
    assert found.limits.per_user == Rate(10, 60.0)
    assert not found.slack.on
    assert not found.discord.on


def test_the_environment_sets_what_the_file_leaves_out(read: Any) -> None:
    environ = {
        "DATABASE_URL": "postgres://db.example.org/bot",
        "SLACK_BOT_TOKEN": "xoxb",
        "SLACK_APP_TOKEN": "xapp\n",
        "DISCORD_TOKEN": "",
        "DISCORD_API_URL": "http://127.0.0.1:1/api",
    }
    found = read("discord: {guilds: [1]}", **environ)
    assert found.database == "postgres://db.example.org/bot"
    assert (found.slack.on, found.slack.app_token) == (True, "xapp")
    assert (found.discord.on, found.discord.api_url) == (False, "http://127.0.0.1:1/api")


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("sqlite:///news.db", "sqlite:///{folder}/news.db"),
        ("sqlite+aiosqlite:///a/news.db", "sqlite+aiosqlite:///{folder}/a/news.db"),
        ("sqlite:////var/news.db", "sqlite:////var/news.db"),
        ("sqlite://", "sqlite://"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql://u:p@h/d?sslmode=require", "postgresql://u:p@h/d?sslmode=require"),
    ],
)
def test_a_relative_database_starts_at_the_folder_of_the_file(
    read: Any, tmp_path: Path, written: str, used: str
) -> None:
    assert read(f"database: '{written}'").database == used.format(folder=tmp_path)


@pytest.mark.parametrize(
    ("days", "numbers"),
    [("daily", range(7)), ("weekends", (5, 6)), ("[mon, SUN]", (0, 6)), ("wed", (2,))],
)
def test_days_are_words_or_a_list(read: Any, days: str, numbers: Any) -> None:
    text = f"briefings: {{b: {{query: a, at: ['8:05'], to: ['slack:#a'], days: {days}}}}}"
    assert read(text).briefings[0].days == frozenset(numbers)


@pytest.mark.parametrize("timing", ["at: ['06:59', '07:00']", "cron: '0 6,7 * * *'"])
def test_quiet_hours_may_leave_but_some_of_the_times(read: Any, timing: str) -> None:
    quiet = "quiet: '22:00-07:00'"
    found = read(f"briefings: {{b: {{query: a, {timing}, {quiet}, to: ['slack:#a']}}}}")
    assert found.briefings[0].times == (time(7),)


def test_variables_expand_after_the_yaml_is_read(read: Any) -> None:
    text = 'topics: {a: "${A}", b: "<${B:-x: [y}>", c: ${C:-17:00}}\nanswers: {stories: "${N}"}'
    found = read(text.replace("${C:-17:00}", '"${C:-17:00}"'), A="{q: 1}", N="7")
    assert found.topics == {"a": "{q: 1}", "b": "<x: [y>", "c": "17:00"}
    assert found.answers.stories == 7


def test_tokens_and_passwords_do_not_show(read: Any) -> None:
    found = read(
        'slack: {bot_token: "hush-1", app_token: hush-2, signing_secret: hush-3}\n'
        "discord: {token: hush-4}\ndatabase: postgresql://u:hush-5@h/d"
    )
    assert "hush" not in repr(found) + repr(found.slack) + str(found.discord)


def test_settings_cannot_be_changed(read: Any) -> None:
    found = read(EVERYTHING)
    for section in (found, found.answers, found.slack, found.briefings[0]):
        with pytest.raises(ValueError, match="frozen"):
            setattr(section, next(iter(type(section).model_fields)), None)


def test_anchors_are_followed_and_a_byte_order_mark_is_left_out(read: Any) -> None:
    text = b"\xef\xbb\xbfsources: {a: &a {folder: x}, b: *a}"
    assert [source.name for source in read(text).sources] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "slack: {bot_token: b}",
            "Slack in socket mode also needs slack.app_token; set SLACK_APP_",
        ),
        (
            "slack: {app_token: a}",
            "Slack in socket mode also needs slack.bot_token; set SLACK_BOT_",
        ),
        (
            "slack: {mode: http, bot_token: b}",
            "Slack in http mode also needs slack.signing_secret;",
        ),
        (
            "slack: {signing_secret: s}",
            "Slack in socket mode also needs slack.bot_token and slack.",
        ),
    ],
)
def test_half_of_slacks_tokens_is_a_problem(read: Any, text: str, told: str) -> None:
    found = read(text)
    assert not found.slack.on
    assert len(platform_problems(found)) == 1
    assert platform_problems(found)[0].startswith(told)


@pytest.mark.parametrize("text", ["topics: {}", "slack: {bot_token: b, app_token: a}"])
def test_all_of_slacks_tokens_or_none_is_no_problem(read: Any, text: str) -> None:
    assert platform_problems(read(text)) == ()


def test_a_longest_interval_that_is_not_set_gives_way_to_a_longer_shortest_one(read: Any) -> None:
    assert read("fetch: {every: 12h}").fetch.bounds == Bounds(*2 * [timedelta(0, 12 * 3600)])


def test_the_starter_is_the_example_and_loads_with_an_empty_environment() -> None:
    found = load(ROOT / "config.yaml", {})
    assert (ROOT / "config.yaml").read_text("utf-8") == starter()
    assert [source.location for source in found.sources] == [str(ROOT / "articles")]
    assert found.topics


def test_what_the_starter_has_in_comments_loads_too(read: Any) -> None:
    settings = re.compile(r"^( *)# ( *[a-z][\w-]*:(?: .*)?)$", re.MULTILINE)
    text = settings.sub(r"\1\2", starter())
    found = read(text, MY_BOT_TOKEN="b", MY_APP_TOKEN="a", MY_DISCORD_TOKEN="d")
    assert [len(found.sources), len(found.briefings)] == [3, 1]
    assert (found.slack.on, found.discord.on) == (True, True)


def test_the_slack_manifest_asks_for_what_the_bot_uses() -> None:
    manifest = json.loads((ROOT / "slack-manifest.json").read_text("utf-8"))
    assert [one["command"] for one in manifest["features"]["slash_commands"]] == ["/brief"]
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == {
        *("commands", "chat:write", "chat:write.public"),
        *("channels:read", "channels:history", "groups:read", "groups:history"),
    }
    assert manifest["settings"]["interactivity"]["is_enabled"]
    assert manifest["settings"]["socket_mode_enabled"]
    assert not manifest["settings"]["token_rotation_enabled"]


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
good = yaml.safe_load(EVERYTHING)


def paths(tree: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if at:
        yield at
    if isinstance(tree, dict | list):
        for key, inner in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from paths(inner, (*at, key))


def assert_loads_or_tells(path: Path) -> None:
    try:
        load(path, {})
    except ConfigError as error:
        for problem in error.problems:
            assert re.fullmatch(r"config\.yaml:[1-9]\d*:[1-9]\d*: [^\n]+", problem)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.sampled_from(list(paths(good))), wrong=trees)
@example(place=("briefings", "weekly", "cron"), wrong="0 0 L * 5L/2")
def test_anything_in_place_of_a_setting_loads_or_is_told(
    write: Any, place: tuple[Any, ...], wrong: Any
) -> None:
    tree = yaml.safe_load(EVERYTHING)
    inner = tree
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = wrong
    assert_loads_or_tells(write(yaml.safe_dump(tree)))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(cuts=st.tuples(*[st.integers(0, len(EVERYTHING))] * 2), noise=st.binary(max_size=6))
def test_any_noise_in_the_file_loads_or_is_told(
    write: Any, cuts: tuple[int, int], noise: bytes
) -> None:
    text = EVERYTHING.encode()
    assert_loads_or_tells(write(text[: cuts[0]] + noise + text[cuts[1] :]))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(cron=st.lists(st.text("0123456789*/,-L#W", min_size=1, max_size=6), min_size=5, max_size=5))
def test_any_cron_loads_or_is_told(write: Any, cron: list[str]) -> None:
    tree = {"briefings": {"b": {"query": "", "cron": " ".join(cron), "to": "slack:#a"}}}
    assert_loads_or_tells(write(yaml.safe_dump(tree)))
