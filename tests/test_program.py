"""Every command of the program, each run as a process of its own."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from summaries.summarisers import METHODS
from tests.program import Ended, bot, running, write_config
from tests.twins.process import Twin

COMMANDS = "brief chat run fetch sources check preview post summarise reindex opml init".split()
FERRY = """By Harbour Post

A ferry with 52 wagons left the port of Alat on Monday. It carries copper and pistachios.

The crossing to Aktau takes 21 hours, "if the wind is kind" – as the captain said.
"""
QUAY = """By Caspian Ledger

The town of Lerik opened a weather station on Tuesday. It stands 1,110 metres above the sea.
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a config.yaml over the samples, for commands that change nothing there."""
    folder = tmp_path_factory.mktemp("office")
    write_config(folder, topics={"trains": "train", "rates": "interest rate"})
    return folder


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a config.yaml over one article of its own."""
    write_config(tmp_path, sources={"news": {"folder": "news"}})
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "ferry.txt").write_text(FERRY, "utf-8")
    return tmp_path


async def together(folder: Path, *lines: Iterable[str]) -> list[Ended]:
    """Run one command for each line of arguments, two at a time."""
    gate = asyncio.Semaphore(2)

    async def one(line: Iterable[str]) -> Ended:
        async with gate:
            return await bot(*line, folder=folder)

    return await asyncio.gather(*map(one, lines))


def in_one_line(ended: Ended, status: int = 1) -> str:
    """The line that a command which failed left behind, and nothing beside it."""
    assert (ended.status, ended.out) == (status, ""), ended
    (line,) = ended.err.splitlines()
    return line


async def test_an_answer_comes_in_four_forms(office: Path) -> None:
    forms = ("terminal", "slack", "discord", "json")
    answers = await together(office, *(("brief", "china trade", "--as", form) for form in forms))
    assert {(ended.status, ended.err) for ended in answers} == {(0, "")}
    terminal, slack, discord, answer = answers
    assert terminal.out.startswith("china trade\n")
    assert all(story["title"].split()[0] in terminal.out for story in answer.json["stories"])
    assert all({"text", "blocks"} <= set(body) for body in slack.json)
    assert all(body["allowed_mentions"] == {"parse": []} for body in discord.json)
    assert_documented(answer.json, "china trade")


def assert_documented(answer: Any, query: str) -> None:
    """The JSON form: its keys, times in UTC, and an article behind every point."""
    assert set(answer) == {"query", "since", "until", "matched", "note", "stories"}
    assert answer["query"] == query
    assert answer["until"].endswith("Z")
    assert len(answer["stories"]) >= 2
    for story in answer["stories"]:
        assert set(story) == {"title", "update", "articles", "points"}
        ids = [article["id"] for article in story["articles"]]
        assert {point["article"] for point in story["points"]} <= set(ids)
        for article in story["articles"]:
            assert set(article) == {"id", "title", "url", "source", "published"}
            assert article["published"] is None or article["published"].endswith("Z")


async def test_every_method_answers(office: Path) -> None:
    asked = ("brief", "azerbaijan", "--as", "json", "--method")
    answers = await together(office, *((*asked, method) for method in METHODS))
    for method, ended in zip(METHODS, answers, strict=True):
        assert (ended.status, ended.err) == (0, ""), method
        assert all(story["points"] for story in ended.json["stories"]), method


async def test_options_stand_before_after_and_between_the_words_of_a_query(office: Path) -> None:
    config = str(office / "config.yaml")
    before, between, after, minus = await together(
        office,
        ("brief", "--as", "json", "--config", config, "china", "-container"),
        ("brief", "china", "--as", "json", "-container", "--config", config),
        ("brief", "china -container", "--config", config, "--as=json"),
        ("brief", "-container", "-china", "--as", "json"),
    )
    assert before.json["query"] == "china -container"
    assert before.json["matched"] > 0
    for ended in (between, after):
        assert ended.json["query"] == before.json["query"]
        assert ended.json["stories"] == before.json["stories"]
    assert minus.json["query"] == "-container -china"
    assert minus.json["matched"] > 0


async def test_a_reserved_word_is_a_command_when_it_is_all_there_is(office: Path) -> None:
    sources, words, json = await together(
        office,
        ("brief", "SOURCES"),
        ("brief", "help", "trains", "--as", "json"),
        ("brief", "help", "--as", "json"),
    )
    assert "samples: folder, 40 articles" in sources.out
    assert words.json["query"] == "help trains"
    assert "leave out --as json" in in_one_line(json)


async def test_wrong_usage_exits_with_2_and_shows_what_is_right(office: Path) -> None:
    wrong = (
        ("breif", "china"),
        ("brief", "china", "--since", "7d"),
        ("brief", "china", "--as", "fax"),
        ("summarise", "-", "--sentences", "few"),
    )
    for ended in await together(office, *wrong):
        assert (ended.status, ended.out) == (2, "")
        assert ended.err.startswith("usage: python -m bot")


async def test_help_names_every_command_and_every_method(office: Path) -> None:
    whole, command = await together(office, (), ("summarise", "--help"))
    assert whole.status == command.status == 0
    assert all(f"\n    {name}" in whole.out for name in COMMANDS)
    assert all(name in command.out for name in METHODS)


async def test_our_own_fault_exits_with_3_and_a_reference_to_the_log(tmp_path: Path) -> None:
    # Libraries are looked for in the folder that the program is started in, before all others.
    (tmp_path / "sumy.py").write_text("raise RuntimeError('a broken library')")
    (tmp_path / "news.txt").write_text(FERRY, "utf-8")
    asked = ("summarise", "news.txt", "--method", "lexrank")
    line = in_one_line(await bot(*asked, folder=tmp_path, TMPDIR=str(tmp_path)), status=3)
    told = re.fullmatch(r".* reference (\w+), explained in (.+)\.", line)
    assert told is not None, line
    reference, place = told.groups()
    log = Path(place).read_text()
    assert Path(place).parent == tmp_path
    assert f"fault {reference}" in log
    assert "a broken library" in log


async def test_the_prompt_takes_commands_and_buttons_by_their_numbers(office: Path) -> None:
    typed = ("/brief topics", "1", "azerbaijan top:1", "1", "since:tomorrow", "2", "help", "")
    ended = await bot("chat", folder=office, stdin="\n".join((*typed, "never read")))
    assert (ended.status, ended.err) == (0, "")
    _, topics, rates, first, more, mistake, sources, help_, end = ended.out.split("\n/brief ")
    assert "[1] rates" in topics
    assert rates.startswith("interest rate\n")
    assert first.splitlines()[2] != more.splitlines()[2]
    assert mistake.startswith("since:tomorrow names no time.")
    assert sources.startswith("azerbaijan: all articles")
    assert "since:7d" in help_
    assert end.strip() == ""


async def test_init_writes_settings_that_work_and_never_overwrites(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    assert (await bot("init", folder=tmp_path)).status == 0
    (tmp_path / "articles" / "ferry.txt").write_text(FERRY, "utf-8")
    checked = await bot("check", folder=tmp_path)
    assert (checked.status, checked.err) == (0, "")
    assert "ok  source samples, 1 articles to read" in checked.out
    config.write_text("mine: all mine\n")
    assert "exists already" in in_one_line(await bot("init", folder=tmp_path))
    assert config.read_text() == "mine: all mine\n"


async def test_check_tells_all_that_is_wrong(tmp_path: Path) -> None:
    write_config(
        tmp_path,
        sources={"gone": {"folder": "nowhere"}, "news": {"folder": "."}},
        briefings={"morning": {"query": "", "at": ["08:30"], "to": ["discord:1"]}},
        slack={"app_token": "xapp-only-half"},
    )
    ended = await bot("check", folder=tmp_path)
    assert (ended.status, ended.err) == (1, "")
    half, target, gone = (line for line in ended.out.splitlines() if line.startswith("BAD "))
    assert "slack.bot_token" in half
    assert "DISCORD_TOKEN" in target
    assert "nowhere does not exist" in gone
    assert "ok  source news" in ended.out


async def test_fetch_counts_what_it_finds_and_sources_are_a_table_of_how_they_do(
    desk: Path,
) -> None:
    write_config(desk, sources={"news": {"folder": "news"}, "gone": {"folder": "nowhere"}})
    first, again = await bot("fetch", folder=desk), await bot("fetch", folder=desk)
    assert first.out == "1 new, 0 updated, 0 unchanged, 1 failed\n"
    assert again.out == "0 new, 0 updated, 1 unchanged, 1 failed\n"
    assert (first.status, len(first.err.splitlines())) == (0, 1)
    table = await bot("sources", folder=desk)
    assert row(table, "news")[:3] == ["news", "folder", "1"]
    assert row(table, "gone")[:4] == ["gone", "folder", "0", "never"]


async def test_a_source_that_moved_in_the_settings_has_no_health_yet(desk: Path) -> None:
    write_config(desk, sources={"news": {"folder": "nowhere"}})
    await bot("fetch", folder=desk)
    write_config(desk, sources={"news": {"folder": "news"}})
    table = await bot("sources", folder=desk)
    assert "what is wrong" not in table.out
    assert row(table, "news")[:6] == ["news", "folder", "0", "never", "never", "0"]


def row(ended: Ended, name: str) -> list[str]:
    (found,) = (line.split() for line in ended.out.splitlines() if line.split()[0] == name)
    return found


async def test_a_file_dropped_in_just_now_or_rewritten_is_found_by_the_next_brief(
    desk: Path,
) -> None:
    assert (await bot("brief", "weather", "--as", "json", folder=desk)).json["stories"] == []
    (desk / "news" / "quay.md").write_text(QUAY, "utf-8")
    (desk / "news" / "ferry.txt").write_text(FERRY.replace("copper", "tungsten"), "utf-8")
    dropped, rewritten = await together(
        desk, ("brief", "weather", "--as", "json"), ("brief", "tungsten", "--as", "json")
    )
    assert "weather station" in dropped.json["stories"][0]["points"][0]["text"]
    assert rewritten.json["matched"] == 1


async def test_reindex_keeps_what_can_be_found(desk: Path) -> None:
    await bot("fetch", folder=desk)
    make_analyses_old(desk)
    assert (await bot("reindex", folder=desk)).out == "1 of 1 articles analysed anew\n"
    assert (await bot("brief", "pistachios", "--as", "json", folder=desk)).json["matched"] == 1


async def test_old_analyses_are_told_by_check_and_by_the_worker(desk: Path) -> None:
    config = write_config(desk, sources={"news": {"folder": "news"}})
    await bot("fetch", folder=desk)
    make_analyses_old(desk)
    advice = "analysed by another version: `python -m bot reindex` mends it"
    old = await bot("check", folder=desk)
    assert (old.status, old.out.count(advice)) == (0, 1)
    async with running(config, "--only", "worker") as worker:
        await worker.stop()
    assert "".join(worker.log).count(advice) == 1
    await bot("reindex", folder=desk)
    assert advice not in (await bot("check", folder=desk)).out


def make_analyses_old(desk: Path) -> None:
    with closing(sqlite3.connect(desk / "data" / "bot.db")) as database, database:
        database.execute("UPDATE articles SET analysis_version = 0")


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Twin]:
    tokens = ("--bot-token", "xoxb-t", "--app-token", "xapp-t")
    twin = await Twin.start("tests.twins.slack", tmp_path / "slack.jsonl", *tokens)
    yield twin
    await twin.close()


async def test_a_briefing_is_previewed_then_posted_and_then_it_is_not_new(
    desk: Path, slack: Twin
) -> None:
    write_config(
        desk,
        sources={"news": {"folder": "news"}},
        briefings={"crossing": {"query": "ferry", "at": ["08:30"], "to": ["slack:C0TRADE"]}},
        slack={"api_url": f"{slack.base}/api/", "bot_token": "xoxb-t", "app_token": "xapp-t"},
    )
    preview = await bot("preview", "crossing", "--as", "slack", folder=desk)
    assert preview.err.startswith("to slack:C0TRADE:")
    assert await slack.get("/control/messages?channel=C0TRADE") == []

    posted = await bot("post", "crossing", folder=desk)
    assert (posted.status, posted.out) == (0, "slack:C0TRADE: sent\n")
    (message,) = await slack.get("/control/messages?channel=C0TRADE")
    assert message["text"].splitlines()[1:] == preview.json[0]["text"].splitlines()[1:]
    assert "ferry with 52 wagons" in str(message["blocks"])

    assert (await bot("post", "crossing", folder=desk)).out == "slack:C0TRADE: skipped\n"
    assert len(await slack.get("/control/messages?channel=C0TRADE")) == 1

    unknown = in_one_line(await bot("post", "crossings", folder=desk))
    assert unknown.endswith("config.yaml has: crossing.")


async def test_documents_are_summarised_word_for_word_without_any_settings(tmp_path: Path) -> None:
    (tmp_path / "ferry.txt").write_text(FERRY, "utf-8")
    (tmp_path / "quay.txt").write_text(QUAY, "utf-8")
    asked = ("summarise", "ferry.txt", "quay.txt", "--as", "json")
    sentences, words, methodical = await together(
        tmp_path,
        (*asked, "--sentences", "2"),
        (*asked, "--words", "25"),
        (*asked, "--method", "lexrank"),
    )
    for ended in (sentences, words, methodical):
        assert set(ended.json) == {"points"}
        for point in ended.json["points"]:
            text = (FERRY, QUAY)[point["document"]]
            assert point["text"] == " ".join(text[point["start"] : point["end"]].split())
    assert len(sentences.json["points"]) == 2
    assert 0 < sum(len(point["text"].split()) for point in words.json["points"]) <= 25
    first, _ = methodical.json["points"]
    assert first["text"].endswith("It carries copper and pistachios.")
    assert list(tmp_path.iterdir()) == [*tmp_path.glob("*.txt")]


async def test_standard_input_is_a_document_too(tmp_path: Path) -> None:
    (tmp_path / "quay.txt").write_text(QUAY, "utf-8")
    asked = ("summarise", "-", "quay.txt", "--sentences", "9")
    ended = await bot(*asked, folder=tmp_path, stdin=FERRY)
    points = [line.rsplit(" [", 1) for line in ended.out.splitlines()]
    assert {name for _, name in points} == {"-]", "quay.txt]"}
    assert all(text in " ".join((FERRY + QUAY).split()) for text, _ in points)


@pytest.mark.parametrize(
    "text", ["", " \n\n", "... --- !!!", "Port | Tonnes | Year\nAlat | 7.1 | 2025\n"]
)
async def test_a_text_without_a_sentence_is_told_in_a_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "note.txt").write_text(text, "utf-8")
    plain, json = await together(
        tmp_path, ("summarise", "note.txt"), ("summarise", "note.txt", "--as", "json")
    )
    assert "no sentence in note.txt" in in_one_line(plain)
    assert "no sentence in note.txt" in in_one_line(json)


async def test_one_text_with_a_sentence_is_enough(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("", "utf-8")
    (tmp_path / "quay.txt").write_text(QUAY, "utf-8")
    ended = await bot("summarise", "empty.txt", "quay.txt", folder=tmp_path)
    assert (ended.status, ended.out.count("[quay.txt]")) == (0, 1)
