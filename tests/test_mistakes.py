import re
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.config import load
from summaries.errors import ConfigError


@pytest.fixture
def problems(tmp_path: Path) -> Any:
    def problems(text: str | bytes) -> list[str]:
        path = tmp_path / "config.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(ConfigError) as caught:
            load(path, {})
        return [line.removeprefix("config.yaml:") for line in caught.value.problems]

    return problems


def reads_as(expected: str, problem: str) -> bool:
    """Whether the problem is the expected one, in which `*` stands for any words."""
    return bool(re.fullmatch(".*".join(map(re.escape, expected.split("*"))), problem))


def test_all_problems_are_told_at_once_in_the_order_of_their_places(problems: Any) -> None:
    text = """\
timezone: Europe/Berln
sources:
  a: {rss: "https://example.org/a", every: soon}
topics: {trade: china}
briefings:
  b: {topic: trad, at: [17:00], stories: five}
answers: {points: 11}
answrs: {}
"""
    assert problems(text) == [
        "1:11: timezone must be an IANA time zone, as Europe/Berlin, not 'Europe/Berln'; "
        "did you mean 'Europe/Berlin'?",
        "3:7: 'rss' is no kind of source; write feed, page or folder; did you mean 'feed'?",
        "3:44: every must be a length of time, as 90s, 15m, 2h, 7d or 2w, not 'soon'",
        """6:3: 'b' goes nowhere; write its channels, as to: ["slack:#news"]""",
        "6:14: there is no topic 'trad'; did you mean 'trade'?",
        '6:25: YAML reads 17:00 as a number; quote it: "17:00"',
        "6:42: stories must be a whole number from 1 to 10, not 'five'",
        "7:19: points must be a whole number from 1 to 10, not 11",
        "8:1: there is no setting 'answrs' here; did you mean 'answers'?",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("timezone: Berln", "1:11: * did you mean 'Europe/Berlin'?"),
        ("timezone: new york", "1:11: * did you mean 'America/New_York'?"),
        ("timezone: ../../etc/passwd", "1:11: timezone must be an IANA time zone, *"),
        ("timezone: Europe", "1:11: timezone must be an IANA time zone, *"),
        ("zzz: 1", "1:1: there is no setting 'zzz' here; the settings here are admins, *"),
        ("fetch: {evry: 5m}", "1:9: there is no setting 'evry' here; did you mean 'every'?"),
        ("answers: {stories: 1, stories: 2}", "1:23: 'stories' is written twice *"),
        ("sources: {a: {}}", "1:11: 'a' needs feed, page or folder; *"),
        ("sources: {a: }", "1:13: a must be settings of its own; *"),
        ("sources: {a: {feed: 'http://a.b', folder: x}}", "1:35: folder cannot stand beside feed*"),
        ("sources: {a: {feeed: 'http://a.b'}}", "1:15: 'feeed' is no kind * did you mean 'feed'?"),
        ("sources: {a: {feed: example.org}}", "1:21: feed must be an address that begins with *"),
        ("sources: {a: {page: 'file:///etc/passwd'}}", "1:21: page must be an address that *"),
        ("sources: {a: {feed: 'http://[::1'}}", "1:21: feed must be an address that begins *"),
        ("sources: {a: {folder: ''}}", "1:23: folder must be the path of a folder, not ''"),
        ("sources: {a: {folder: 7}}", "1:23: folder must be text; put quotes around it"),
        ("sources: {a: {folder: x, tags: no}}", "1:32: tags must be text; put quotes around it"),
        ("sources: {a b: {folder: x}}", "1:11: a name must be letters, *, not 'a b'"),
        ("sources: {HELP: {folder: x}}", "1:11: a name must be another word; *"),
        ("sources: {a: {folder: x}, A: {folder: y}}", "1:27: 'A' and 'a' differ only in *"),
        ("sources: [a]", "1:10: sources must be settings of its own; *"),
        ("topics: {topics: x}", "1:10: a name must be another word; *"),
        ("topics: {a: 2026}", "1:13: a must be text; put quotes around it"),
        ("retention: 1y", "1:12: retention must be a length of time, *"),
        ("answers: {since: 0d}", "1:18: since must be a length of time, *"),
        ("answers: {stories: yes}", "1:20: stories must be a whole number *, not a yes or no"),
        ("answers: {points: 0}", "1:19: points must be a whole number from 1 to 10, not 0"),
        ("answers: {points: 2.5}", "1:19: points must be a whole number from 1 to 10, not 2.5"),
        (
            "fetch: {up_to: 5m}",
            "1:16: up_to must be at least as long as every (15 minutes); *",
        ),
        ("fetch: {every: 2h, up_to: 90m}", "1:27: up_to must be at least as long as every *"),
        ("fetch: {full_text: maybe}", "1:20: full_text must be true or false, not 'maybe'"),
        ("fetch: {allow: ['http://a']}", "1:17: allow must be a network or host, *"),
        ("limits: {per_user: 10/week}", "1:20: per_user must be a number per second, minute *"),
        ("limits: {per_user: 0/minute}", "1:20: per_user must be a number per second, minute *"),
        ("alerts: '#admins'", "1:9: alerts must be a channel, *"),
        ("alerts: 'slack:admins'", "1:9: * did you mean 'slack:#admins'?"),
        ("alerts: 'slack:#Admins'", "1:9: * did you mean 'slack:#admins'?"),
        ("alerts: 'discrod:12'", "1:9: * did you mean 'discord'?"),
        ("alerts: 'discord:#news'", "1:9: alerts must be a channel, *"),
        ("slack: {mode: sockets}", "1:15: mode must be 'socket' or 'http', not 'sockets'"),
        ("discord: {gateway_url: 'http://a'}", "1:24: gateway_url must be an address * ws:// *"),
        ("discord: {guilds: [x]}", "1:20: guilds must be a Discord id, *"),
        ("admins: {slack: ['@me']}", "1:18: slack must be a Slack member id, as U0123, *"),
        ("database: mysql://u@h/d", "1:11: database must begin with sqlite:/// or postgresql://*"),
        ("topics: {a: '${NOPE}'}", "1:13: the environment variable NOPE is not set; *"),
        ("topics: {a: '${B:-${C}}'}", "1:13: '${' begins a variable; *"),
        ("discord: {token: ${NOPE}}", "1:19: * write the variable in quotes, *"),
        ('topics: {a: "\\ud800"}', "1:13: a character here cannot be printed; *"),
        ('topics: {"a\\nb": c}', "1:10: a name must be one line of at most 100 characters, *"),
    ],
)
def test_each_mistake_is_told_at_its_place(problems: Any, text: str, problem: str) -> None:
    found = problems(text)
    assert len(found) == 1
    assert reads_as(problem, found[0])


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("{at: '8:30', to: 'slack:#a'}", "1:13: 'b' needs query or topic; *"),
        ("{query: a, to: 'slack:#a'}", "1:13: 'b' needs at or cron; *"),
        ("{query: a, at: [], to: 'slack:#a'}", "1:13: 'b' needs at or cron; *"),
        ("{query: a, at: '8:30', to: []}", "1:13: 'b' goes nowhere; *"),
        ("{query: a, topic: t, at: '8:30', to: 'slack:#a'}", "1:27: topic cannot stand beside *"),
        ("{query: a, at: '8:30', cron: '1 2 * * *', to: 'slack:#a'}", "1:39: cron cannot stand *"),
        ("{query: a, cron: '1 2 * *', to: 'slack:#a'}", "1:33: cron must be five fields of cron,*"),
        ("{query: a, cron: '61 2 * * *', to: 'slack:#a'}", "1:33: * (Bad minute)"),
        ("{query: a, cron: '1 2 */31 2 mon#5', to: 'slack:#a'}", "1:33: cron must be a cron time*"),
        (
            "{query: a, at: '24:00', to: 'slack:#a'}",
            '1:31: at must be a time of day, as "08:30", *',
        ),
        ("{query: a, at: 8:30, to: 'slack:#a'}", '1:31: * quote it: "8:30"'),
        (
            "{query: a, at: '8:30', to: 'slack:#a', days: [mon, tues]}",
            "1:61: * did you mean 'tue'?",
        ),
        ("{query: a, at: '8:30', to: 'slack:#a', days: []}", "1:61: days must be daily, *"),
        (
            "{query: a, at: '8:30', to: 'slack:#a', quiet: '22-7'}",
            "1:62: quiet must be the hours *",
        ),
        (
            "{query: a, at: '6:59', to: 'slack:#a', quiet: '22:00-7:00'}",
            "1:62: quiet must leave a time to post; all of its times are in its quiet hours: "
            "it would never be posted",
        ),
        (
            "{query: a, quiet: '22:00-7:00', cron: '* 23,0-6 * * *', to: 'slack:#a'}",
            "1:34: quiet must leave a time to post; *",
        ),
        (
            "{query: a, at: '8:30', to: 'slack:#a', max_length: 199}",
            "1:67: max_length must be a whole number from 200 to 100000, not 199",
        ),
        ("{query: a, at: '8:30', to: 'slack:#a', max_length: long}", "1:67: max_length must be *"),
        ("{query: a, at: '8:30', to: 'slack:#a', max_length: -1}", "1:67: max_length must be *"),
        ("{query: a, at: '8:30', to: 'slack:#a', when_empty: no}", "1:67: when_empty must be *"),
        ("{topic: x, at: '8:30', to: 'slack:#a'}", "1:24: there is no topic 'x'; name it under *"),
    ],
)
def test_each_mistake_of_a_briefing_is_told_at_its_place(
    problems: Any, entry: str, problem: str
) -> None:
    found = problems(f"briefings: {{b: {entry}}}\ntopics: {{t: china}}")
    assert len(found) == 1
    assert reads_as(problem, found[0])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1:1: the file is empty; *"),
        ("# nothing yet\n", "1:1: the file is empty; *"),
        ("- a\n", "1:1: the file must hold settings; *"),
        ("hello", "1:1: the file must hold settings; *"),
        ("topics:\n\ta: b", "2:1: a tab cannot be used here; indent with spaces"),
        ("topics: a: b", "1:10: the YAML is broken (mapping values are not allowed here); *"),
        ('topics:\n  a: "x\n', "2:6: the YAML is broken (while scanning a quoted scalar: *"),
        ("topics: {a: 1\nfetch: {}", "2:6: the YAML is broken *"),
        ("topics: {}\nalerts: {a: b\n", "2:9: the YAML is broken (while parsing a flow mapping: *"),
        ("topics: *a", "1:9: the YAML is broken (found undefined alias 'a'); *"),
        ("topics: {}\n---\ntopics: {}", "2:1: the YAML is broken (but found another document); *"),
        ("topics: {a: \x07}", "1:13: this character cannot be in YAML; delete it"),
        ("alerts: !!python/object/apply:os.system [ls]", "1:9: the tag '!!python/object/apply:*"),
        ("answers: {points: !!int three}", "1:19: this is no number that can be used; *"),
        ("answers: {points: 99999999999999999999999}", "1:19: this is no number *"),
        ("? [a]\n: b", "1:3: a key must be text; put it in quotes"),
        ("topics: &t {a: *t}", "1:9: settings are nested too deeply here; *"),
        ("é: ü".encode("latin-1"), "1:1: this is not UTF-8; *"),
        ("timezone: UTC\n# ü".encode() + b"\xff", "2:4: this is not UTF-8; *"),
        ("timezone: UTC".encode("utf-16"), "1:1: this is not UTF-8; *"),
    ],
)
def test_a_file_that_is_no_settings_file_is_told_at_its_place(
    problems: Any, text: str | bytes, problem: str
) -> None:
    assert reads_as(problem, problems(text)[0])


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{to}: &{to} [{', '.join([f'*{of}'] * 10)}]\n" for of, to in pairwise("abcdefghi")
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "[" * 10_000,
        "{a: " * 10_000,
        "- " * 10_000,
        "\n".join(" " * depth + "a:" for depth in range(1000)),
        "topics: [" + "a," * 490_000 + "]",
        "alerts: 0x" + "1" * 900_000,
        "alerts: " + "1:" * 400_000,
        "x" * 2_000_000,
        "".join(f"key{number}: 1\n" for number in range(30_000)),
    ],
    ids=lambda text: text[:12],
)
def test_a_hostile_file_is_refused_soon(problems: Any, text: str) -> None:
    begun = time.monotonic()
    for problem in problems(text):
        assert len(problem) < 300
    assert time.monotonic() - begun < 10


def test_wrong_tokens_and_passwords_do_not_show_either(problems: Any) -> None:
    text = (
        'slack: {bot_token: [hush], botoken: "hush"}\ndiscord: hush\ndatabase: mysql://u:hush@h/d'
    )
    assert len(problems(text)) == 4
    assert "hush" not in "".join(problems(text))


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^news.yaml: not found; .* run python -m bot init$"):
        load(tmp_path / "news.yaml", {})


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    (tmp_path / "config.d").mkdir()
    with pytest.raises(ConfigError, match=r"^config.d: cannot be read \(Is a directory\); "):
        load(tmp_path / "config.d", {})
