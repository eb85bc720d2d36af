"""What is wrong is said in one line for each thing, and what is right is answered all the same."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.program import Ended, bot, write_config

GOOD = """By Harbour Post

AT&T and the port of Alat signed a trade deal on Monday. Its software is written in C++.
"""
NEWS = {"news": {"folder": "news"}}
NOISE = random.Random(1).randbytes(5_000)


def newsroom(folder: Path, config: str | None = None) -> Path:
    """A folder with one good article, and a config.yaml over it unless another text is given."""
    (folder / "news").mkdir()
    (folder / "news" / "good.txt").write_text(GOOD, "utf-8")
    if config is None:
        write_config(folder, sources=NEWS)
    else:
        (folder / "config.yaml").write_text(config, "utf-8")
    return folder


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newsroom for commands that change nothing there."""
    return newsroom(tmp_path_factory.mktemp("office"))


def problems(ended: Ended, status: int) -> list[str]:
    """The lines on stderr of a command that ended with this status and without a traceback."""
    assert ended.status == status, ended.err
    assert "Traceback" not in ended.out + ended.err
    return ended.err.splitlines()


def found(ended: Ended) -> set[str]:
    """The first words of every story of an answer in JSON."""
    return {story["points"][0]["text"].split()[0] for story in ended.json["stories"]}


CONFIGS = {
    "empty": ("", "config.yaml:1:1: the file is empty"),
    "broken": ("sources: {news: {folder: news}\ntopics: [", "config.yaml:2:1: the YAML is broken"),
    "unknown kind": (
        "sources:\n  news: {rss: x}\n",
        "config.yaml:2:10: 'rss' is no kind of source",
    ),
    "unquoted time": (
        'briefings:\n  now: {query: x, at: [17:00], to: ["slack:#a"]}',
        'config.yaml:2:24: YAML reads 17:00 as a number; quote it: "17:00"',
    ),
}


@pytest.mark.parametrize(("text", "told"), CONFIGS.values(), ids=CONFIGS)
async def test_settings_that_are_wrong_are_told_with_their_place(
    tmp_path: Path, text: str, told: str
) -> None:
    (line,) = problems(await bot("brief", "trade", folder=newsroom(tmp_path, text)), 1)
    assert line.startswith(told)
    assert not (tmp_path / "data").exists()


async def test_a_missing_config_names_the_command_that_writes_one(tmp_path: Path) -> None:
    (line,) = problems(await bot("brief", "trade", folder=tmp_path), 1)
    assert line.startswith("config.yaml: not found")
    assert "python -m bot init" in line


async def test_a_missing_folder_is_told_and_the_others_are_answered_from(tmp_path: Path) -> None:
    write_config(newsroom(tmp_path), sources={**NEWS, "gone": {"folder": "nowhere"}})
    ended = await bot("brief", "trade", "--as", "json", folder=tmp_path)
    (line,) = problems(ended, 0)
    assert "nowhere does not exist: create it" in line
    assert found(ended) == {"AT&T"}


async def test_an_empty_folder_is_no_mistake(tmp_path: Path) -> None:
    (newsroom(tmp_path) / "news" / "good.txt").unlink()
    ended = await bot("brief", "trade", folder=tmp_path)
    assert problems(ended, 0) == []
    assert "There are no articles yet." in ended.out


async def test_files_that_cannot_be_read_cost_nobody_the_good_ones(tmp_path: Path) -> None:
    news = newsroom(tmp_path) / "news"
    (news / "folder.txt").mkdir()
    (news / "broken-link.txt").symlink_to("nowhere.txt")
    (news / "circle.txt").symlink_to("circle.txt")
    (news / "outside.txt").symlink_to(tmp_path / "config.yaml")
    (news / "empty.txt").touch()
    (news / "large.txt").write_text("A trade deal was signed. " * 125_000)
    (news / "nothing-but-nul.txt").write_bytes(bytes(3_000))
    (news / "with-nul.txt").write_bytes(b"Rail\0way trade rose on Monday, as the office said.\n")
    (news / "latin-1.txt").write_bytes("Bâle a fêté son café: trade fair.".encode("latin-1"))
    for suffix in ("txt", "md", "html"):
        (news / f"noise.{suffix}").write_bytes(NOISE)
    ended = await bot("brief", "trade", "--as", "json", folder=tmp_path)
    lines = problems(ended, 0)
    assert {line.split(": ")[1] for line in lines if "noise" not in line} == {
        "broken-link.txt",
        "circle.txt",
        "outside.txt",
        "empty.txt",
        "large.txt",
        "nothing-but-nul.txt",
    }
    assert len({line.split(": ")[1] for line in lines}) == len(lines)
    assert found(ended) == {"AT&T", "Railway", "Bâle"}


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def page(request: web.Request) -> web.Response:
    return web.Response(
        text="<!doctype html><html><body>News</body></html>", content_type="text/html"
    )


async def nothing(request: web.Request) -> web.Response:
    return web.Response()


async def garbage(request: web.Request) -> web.Response:
    return web.Response(body=NOISE, content_type="application/rss+xml")


async def trouble(request: web.Request) -> web.Response:
    return web.Response(status=500)


async def cut(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def silence(request: web.Request) -> web.Response:
    await asyncio.sleep(5)
    return web.Response()


async def rss(request: web.Request) -> web.Response:
    item = "<title>Fair</title><description>Lerik holds a trade fair on Friday.</description>"
    feed = f'<rss version="2.0"><channel><title>L</title><item>{item}</item></channel></rss>'
    return web.Response(text=feed, content_type="application/rss+xml")


FEEDS: dict[str, tuple[Answer, str]] = {
    "page": (page, "is a web page, not a feed"),
    "nothing": (nothing, "is no feed"),
    "garbage": (garbage, "is no feed"),
    "trouble": (trouble, "answers 500"),
    "cut": (cut, "the connection was cut"),
    "silence": (silence, "took longer than 1 s"),
}


@pytest.fixture
async def server() -> AsyncIterator[str]:
    """The address of a server of feeds: the bad ones, and a good one at `/rss`."""
    app = web.Application()
    app.add_routes([web.get(f"/{name}", answer) for name, (answer, _) in FEEDS.items()])
    app.add_routes([web.get("/rss", rss)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_feeds_that_cannot_be_read_cost_nobody_the_good_ones(
    tmp_path: Path, server: str
) -> None:
    feeds = {name: {"feed": f"{server}/{name}"} for name in (*FEEDS, "rss", "unknown")}
    fetch = {"allow": ["127.0.0.0/8"], "deadline": "1s"}
    write_config(newsroom(tmp_path), sources={**NEWS, **feeds}, fetch=fetch)
    ended = await bot("brief", "trade", "--as", "json", folder=tmp_path)
    told = dict(line.split(": ", 1) for line in problems(ended, 0))
    assert set(told) == {*FEEDS, "unknown"}
    assert all(words in told[name] for name, (_, words) in FEEDS.items())
    assert "answers 404" in told["unknown"]
    assert found(ended) == {"AT&T", "Lerik"}


def noise(place: Path) -> None:
    place.write_bytes(NOISE)


def absent(place: Path) -> None:
    """Leave nothing there."""


DATABASES: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "noise": ("bot.db", noise, "is not a SQLite database"),
    "a folder": ("bot.db", Path.mkdir, "is a folder"),
    "below a file": ("config.yaml/bot.db", absent, "cannot be used"),
    "where nobody may write": ("/proc/bot/bot.db", absent, "cannot be used"),
}


@pytest.mark.parametrize(("name", "make", "told"), DATABASES.values(), ids=DATABASES)
async def test_a_database_that_is_none_is_told_and_left_as_it_is(
    tmp_path: Path, name: str, make: Callable[[Path], None], told: str
) -> None:
    place = newsroom(tmp_path) / name
    write_config(tmp_path, sources=NEWS, database=f"sqlite:///{name}")
    make(place)
    before = place.read_bytes() if place.is_file() else None
    (line,) = problems(await bot("brief", "trade", folder=tmp_path), 1)
    assert told in line
    assert before is None or place.read_bytes() == before


async def test_a_folder_that_may_only_be_read_is_enough_for_articles(tmp_path: Path) -> None:
    news = newsroom(tmp_path) / "news"
    (news / "good.txt").chmod(0o444)
    news.chmod(0o555)
    ended = await bot("brief", "trade", "--as", "json", folder=tmp_path)
    news.chmod(0o755)
    assert problems(ended, 0) == []
    assert found(ended) == {"AT&T"}


WRONG_QUERIES = {
    "5,000 characters": ("trade" * 1_000, "at most 500 can be searched"),
    "stop words": ("the of and", "the of and is too common"),
    "emoji": ("😀🎉", "There is no word in 😀🎉"),
    "full-text syntax": ("a OR b* NEAR(c", "add a word that names what you look for"),
    "unclosed": ('trade "unclosed', 'Try: "unclosed"'),
    "right to left mark": ("\u200f", "There is no word in"),
}
QUERIES = {
    "emoji and a word": ("😀 trade", 1),
    "full-text syntax of one word": ("NEAR(deal*", 1),
    "a word of no article": ("b* NEAR(zebra", 0),
    "C++": ("C++", 1),
    "AT&T": ("AT&T", 1),
    "control characters": ("trade \x01\x07\x1b", 1),
    "right to left": ("\u202etrade\u202c \u200f", 1),
}


@pytest.mark.parametrize(("query", "told"), WRONG_QUERIES.values(), ids=WRONG_QUERIES)
async def test_a_query_that_means_nothing_is_told_so(office: Path, query: str, told: str) -> None:
    ended = await bot("brief", query, "--as", "json", folder=office)
    (line,) = problems(ended, 1)
    assert told in line
    assert ended.out == ""


@pytest.mark.parametrize(("query", "matched"), QUERIES.values(), ids=QUERIES)
async def test_strange_characters_are_searched_for_or_passed_over(
    office: Path, query: str, matched: int
) -> None:
    ended = await bot("brief", query, "--as", "json", folder=office)
    assert problems(ended, 0) == []
    assert ended.json["matched"] == matched
    assert bool(ended.json["note"]) == (matched == 0)


async def test_the_prompt_survives_them_all_and_shows_nothing_that_moves_the_cursor(
    office: Path,
) -> None:
    typed = [query for query, _ in (*WRONG_QUERIES.values(), *QUERIES.values())]
    more = ["*", "^alat", "{x}", "NOT", "%", "\\", "trade -", "since:", "from:'", "top:١", "-x"]
    ended = await bot("chat", folder=office, stdin="\n".join([*typed, *more, "trade"]))
    assert problems(ended, 0) == []
    _welcome, *answers, last, _end = ended.out.split("\n/brief ")
    assert len(answers) == len([*typed, *more])
    assert "signed a trade deal" in last
    assert not {"\x01", "\x07", "\x1b", "\u202e"} & set(ended.out)


HALF = {"app_token": "xapp-x"}
TOKENS: dict[str, tuple[Any, tuple[str, ...], str]] = {
    "none": ({}, (), "No platform has a token: set SLACK_BOT_TOKEN"),
    "half of Slack's": ({"slack": HALF, "discord": {"token": "x"}}, (), "set SLACK_BOT_TOKEN"),
    "Discord's": ({"discord": {"token": "x"}}, ("--only", "slack"), "slack has no token"),
}


@pytest.mark.parametrize(("tokens", "only", "told"), TOKENS.values(), ids=TOKENS)
async def test_the_bot_does_not_start_without_the_tokens_that_it_needs(
    tmp_path: Path, tokens: Any, only: tuple[str, ...], told: str
) -> None:
    write_config(newsroom(tmp_path), sources=NEWS, **tokens)
    (line,) = problems(await bot("run", *only, folder=tmp_path), 1)
    assert told in line


async def test_a_port_that_is_no_number_is_told(tmp_path: Path) -> None:
    tokens = {"bot_token": "xoxb-x", "signing_secret": "x", "api_url": "http://127.0.0.1:9/api/"}
    write_config(newsroom(tmp_path), sources=NEWS, slack={"mode": "http", **tokens})
    (line,) = problems(await bot("run", "--only", "slack", folder=tmp_path, PORT="abc"), 1)
    assert line == "PORT is 'abc': it must be a number from 1 to 65535."
