"""A folder of files as a source."""

import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest

from summaries.errors import SourceError, WorkerError
from summaries.fetch import Fetcher
from summaries.model import Article, Failure, Harvest, Source, SourceKind
from summaries.sources import Past, Tools, read
from summaries.sources.files import read_file
from summaries.sources.folder import LARGEST_FILE, File, find_files, read_files
from summaries.sources.titles import title_from_name, title_from_text
from summaries.workers import Workers
from tests.news import after

T = TypeVar("T")
BAKU = ZoneInfo("Asia/Baku")
STORY = "The river rose on Sunday. Two villages were cut off."


@pytest.fixture
async def tools(workers: Workers) -> AsyncIterator[Tools]:
    async with Fetcher() as fetcher:
        yield Tools(fetcher, workers, BAKU)


def source(folder: Path) -> Source:
    return Source("samples", SourceKind.FOLDER, str(folder), tags=("river",))


def articles(harvest: Harvest) -> dict[str, Article]:
    return {reading.article.item: reading.article for reading in harvest.readings}


def reasons(harvest: Harvest) -> dict[str, str]:
    return {failure.item: failure.reason for failure in harvest.failures}


async def test_text_markdown_and_html_are_read_and_the_rest_is_left(
    tmp_path: Path, tools: Tools
) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "b.txt").write_text(f"By Caspian News\n\nBy Jane Doe\n\n{STORY}")
    (tmp_path / "a.md").write_text(f"# River rises\n\n{STORY}")
    (tmp_path / "below" / "c.HTML").write_text(f"<h1>River</h1><p>{STORY}</p>")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    (tmp_path / ".hidden.txt").write_text(STORY)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "d.txt").write_text(STORY)
    harvest = await read(source(tmp_path), Past(), tools)
    found = articles(harvest)
    assert list(found) == ["a.md", "b.txt", "below/c.HTML"]
    assert not harvest.failures
    assert {article.text for article in found.values()} == {STORY}
    assert found["a.md"].title == "River rises"
    assert (found["b.txt"].outlet, found["b.txt"].author) == ("Caspian News", "Jane Doe")


async def test_an_article_is_complete(tmp_path: Path, tools: Tools) -> None:
    head = "Title: River rises\nAuthor: By Jane Doe\n\n19 April 2026 15:28"
    (tmp_path / "a.txt").write_text(f"{head}\n\n{STORY}")
    article = articles(await read(source(tmp_path), Past(), tools))["a.txt"]
    assert (article.source, article.item, article.tags) == ("samples", "a.txt", ("river",))
    assert article.published
    assert article.published.isoformat() == "2026-04-19T11:28:00+00:00"
    assert len(article.id) == 16
    assert article.analysis
    assert article.analysis.language == "en"
    assert len(article.analysis.sentences) == 2
    assert article.analysis.title
    assert article.author == "Jane Doe"


async def test_unchanged_files_are_only_counted(tmp_path: Path, tools: Tools) -> None:
    (tmp_path / "a.txt").write_text(STORY)
    (tmp_path / "b.txt").write_text(STORY)
    first = await read(source(tmp_path), Past(), tools)
    (tmp_path / "b.txt").write_text(STORY + " It rained.")
    second = await read(source(tmp_path), after(first), tools)
    assert second.unchanged == 1
    assert list(articles(second)) == ["b.txt"]


async def test_a_missing_folder_is_an_error_that_says_what_to_do(
    tmp_path: Path, tools: Tools
) -> None:
    with pytest.raises(SourceError, match="does not exist: create it, or correct `folder:`"):
        await read(source(tmp_path / "nowhere"), Past(), tools)


async def test_an_empty_folder_gives_nothing(tmp_path: Path, tools: Tools) -> None:
    assert await read(source(tmp_path), Past(), tools) == Harvest()


async def test_each_file_that_cannot_be_read_is_told_and_the_others_are_read(
    tmp_path: Path, tools: Tools
) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text(STORY)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "good.txt").write_text(STORY)
    (folder / "empty.txt").write_text(" \n")
    (folder / "frame.txt").write_text("By Jane Doe\n\nFollow us on Twitter @x\n")
    (folder / "large.txt").write_bytes(b"x" * (LARGEST_FILE + 1))
    (folder / "page.html").write_text("<html><body><nav>Home</nav></body></html>")
    (folder / "leads-out.txt").symlink_to(outside)
    (folder / "broken.txt").symlink_to(folder / "nowhere")
    (folder / "loop.txt").symlink_to(folder / "loop.txt")
    (folder / "inside.txt").symlink_to(folder / "good.txt")
    os.mkfifo(folder / "pipe.txt")
    harvest = await read(source(folder), Past(), tools)
    assert set(articles(harvest)) == {"good.txt", "inside.txt"}
    told = reasons(harvest)
    assert set(told) == {
        "empty.txt", "frame.txt", "large.txt", "page.html", "leads-out.txt", "broken.txt",
        "loop.txt", "pipe.txt",
    }  # fmt: skip
    assert "is empty" in told["empty.txt"]
    assert "no article text" in told["frame.txt"]
    assert "larger than 2 MB" in told["large.txt"]
    assert "no article text" in told["page.html"]
    assert "leads out of the folder" in told["leads-out.txt"]
    assert "cannot be read" in told["broken.txt"]
    assert "no regular file" in told["pipe.txt"]
    assert all("\n" not in reason for reason in told.values())


def test_a_file_that_vanished_is_a_failure(tmp_path: Path) -> None:
    gone = File("gone.txt", "gone.txt", "1-1")
    (failure,) = read_files([gone], source(tmp_path), BAKU)
    assert isinstance(failure, Failure)
    assert failure.item == "gone.txt"
    assert "no such file" in failure.reason


def fails(folder: Path, item: str) -> str:
    (failure,) = read_files([File(item, item, "1-1")], source(folder), BAKU)
    assert isinstance(failure, Failure)
    return failure.reason


def test_what_was_swapped_since_it_was_found_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.txt").write_text(STORY)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").symlink_to(tmp_path / "outside" / "a.txt")
    (folder / "below").symlink_to(tmp_path / "outside")
    os.mkfifo(folder / "pipe.txt")
    (folder / "folder.txt").mkdir()
    assert "cannot be read" in fails(folder, "a.txt")
    assert "cannot be read" in fails(folder, "below/a.txt")
    assert "no regular file" in fails(folder, "pipe.txt")
    assert "is a directory" in fails(folder, "folder.txt")


def test_a_socket_is_no_article(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made, contextlib.chdir(tmp_path):
        made.bind("a.txt")
        assert "cannot be read" in fails(tmp_path, "a.txt")
        assert [f.reason for f in find_files(source(tmp_path))[1]] == [
            "it is no regular file: remove it"
        ]


def test_opening_a_file_leaves_nothing_open(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "b" / "c" / "a.txt").write_text(STORY)
    before = len(list(Path("/dev/fd").iterdir()))
    for item in ("b/c/a.txt", "b/c/d.txt", "b/c", "b/d/a.txt", "a/b.txt"):
        read_files([File(item, item, "1-1")], source(tmp_path), BAKU)
    assert len(list(Path("/dev/fd").iterdir())) == before


async def test_a_file_that_is_still_being_written_is_read_again(
    tmp_path: Path, tools: Tools
) -> None:
    (tmp_path / "a.txt").write_text(STORY)
    first = await read(source(tmp_path), Past(), tools)
    with (tmp_path / "a.txt").open("a") as file:
        file.write(" It rained.")
    second = await read(source(tmp_path), after(first), tools)
    assert articles(second)["a.txt"].text == f"{STORY} It rained."


class Fragile(Workers):
    """Workers that die of any file whose name says so."""

    async def run(self, function: Callable[..., T], *args: object, deadline: float) -> T:
        files = args[0]
        assert isinstance(files, list)
        if any("deadly" in file.item for file in files):
            raise WorkerError("the process that read it died")
        return await super().run(function, *args, deadline=deadline)


async def test_a_file_that_kills_its_worker_loses_only_itself(tmp_path: Path) -> None:
    for name in ("a.txt", "b-deadly.txt", "c.txt"):
        (tmp_path / name).write_text(STORY)
    fragile = Fragile()
    async with Fetcher() as fetcher:
        harvest = await read(source(tmp_path), Past(), Tools(fetcher, fragile, BAKU))
    fragile.close()
    assert set(articles(harvest)) == {"a.txt", "c.txt"}
    assert reasons(harvest) == {"b-deadly.txt": "the process that read it died"}


async def test_hostile_files_do_no_harm_to_others(tmp_path: Path, tools: Tools) -> None:
    for number in range(5):
        (tmp_path / f"good-{number}.txt").write_text(f"{STORY} Number {number}.")
    (tmp_path / "deep.html").write_text("<div>" * 200_000 + STORY)
    (tmp_path / "endless.txt").write_text("a" * LARGEST_FILE)
    (tmp_path / "quotes.md").write_text("> " * 100_000 + "[" * 100_000 + STORY)
    (tmp_path / "bomb.md").write_text(
        "---\na: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{b}: &{b} [{', '.join(['*' + a] * 10)}]\n"
            for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        )
        + f"title: *i\n---\n{STORY}"
    )
    harvest = await read(source(tmp_path), Past(), tools)
    assert {f"good-{number}.txt" for number in range(5)} <= set(articles(harvest))
    assert len(harvest.readings) + len(harvest.failures) == 9


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_files_are_read_in_their_encoding(encoding: str) -> None:
    text = "Река поднялась в воскресенье, и две деревни были отрезаны от дороги."
    assert read_file(text.encode(encoding), "a.txt").text == text


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("2026-04/river.txt", "2026-04-19T00:00:00"),
        ("2026-04/river.md", "2026-04-19T00:00:00"),
        ("2025/11/2026/04/river.txt", "2026-04-19T00:00:00"),
        ("2026-05/river.txt", None),
        ("2026/river.txt", None),
        ("river-2026041.txt", None),
    ],
)
def test_the_month_in_a_path_lends_its_year_to_a_dateline_of_that_month(
    name: str, published: str | None
) -> None:
    draft = read_file(f"A river rose\n\nBAKU, April 19 - {STORY}".encode(), name)
    assert (draft.published and draft.published.isoformat()) == published


def test_the_month_in_a_path_lends_its_year_to_the_dateline_of_a_page() -> None:
    draft = read_file(f"<p>BAKU, April 19 (Reuters) - {STORY}</p>".encode(), "2026-04/river.html")
    assert draft.published
    assert draft.published.isoformat() == "2026-04-19T00:00:00"


def test_front_matter_says_what_the_text_does_not() -> None:
    draft = read_file(
        b"""---
title: "River rises: two villages cut off"
date: 2026-04-19T15:28:00+04:00
authors: [Jane Doe, John Roe]
publisher: Caspian Ledger
url: https://example.org/river
tags: [river, north]
---

# Another heading

BAKU, April 19 (Reuters) - The **river** rose [on Sunday](https://example.org/s).

## What comes next

- Two villages
  were cut off.

> "It is bad," he said.

![a photo](river.jpg)

```
code()
```

Follow us on Twitter @CaspianLedger
""",
        "a.md",
    )
    assert draft.title == "River rises: two villages cut off"
    assert (draft.author, draft.outlet) == ("Jane Doe, John Roe", "Caspian Ledger")
    assert draft.url == "https://example.org/river"
    assert draft.tags == ("river", "north")
    assert draft.published
    assert draft.published.isoformat() == "2026-04-19T15:28:00+04:00"
    assert draft.text.split("\n\n") == [
        "The river rose on Sunday.",
        "Two villages were cut off.",
        '"It is bad," he said.',
    ]


@pytest.mark.parametrize(
    ("front", "title"),
    [
        ("headline: River rises", "River rises"),
        ("title: River: it rises: much", "River: it rises: much"),
        ("title: [1, {a: b}]", "1"),
        ("- a list", "A heading"),
        ("title: {a: b}", "A heading"),
        ("", "A heading"),
    ],
)
def test_front_matter_of_any_shape_is_taken(front: str, title: str) -> None:
    draft = read_file(f"---\n{front}\n---\n# A heading\n\n{STORY}\n".encode(), "a.md")
    assert draft.title == title
    assert draft.text == STORY


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("2026-04-19", "2026-04-19T00:00:00"),
        ("2026-04-19 15:28:00", "2026-04-19T15:28:00"),
        ("April 19, 2026", "2026-04-19T00:00:00"),
    ],
)
def test_front_matter_dates_may_be_written_in_words(date: str, published: str) -> None:
    draft = read_file(f"---\npubDate: {date}\n---\n{STORY}".encode(), "a.md")
    assert draft.published
    assert draft.published.isoformat() == published


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        (
            "china-trade-grows.txt",
            "In May China said trade with the EU was up.",
            "China trade grows",
        ),
        ("2026-04-19_eu_and_china_talk.txt", "It was in the EU.", "EU and china talk"),
        ("river-rises.txt", STORY, None),
        ("20260419-001.txt", STORY, None),
    ],
)
def test_a_title_comes_from_a_telling_file_name(name: str, text: str, title: str | None) -> None:
    assert title_from_name(name, text) == title


def test_else_the_title_is_the_first_sentence() -> None:
    assert title_from_text(STORY) == "The river rose on Sunday."
    long = title_from_text("The river " + "rose and rose " * 20 + "on Sunday.")
    assert long.endswith("…")
    assert len(long) <= 101
    assert long[:-1] + " " in "The river " + "rose and rose " * 20
