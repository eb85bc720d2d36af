"""What no site, page or file should be, looked at beside good ones."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from summaries.errors import SourceError, WorkerError
from summaries.extract import extract_html
from summaries.fetch import Fetcher
from summaries.ingest import Outcome, ingest
from summaries.model import Source, SourceKind
from summaries.sources import Tools
from summaries.sources.reader import PARSING
from summaries.store import Store
from summaries.workers import Workers
from tests.hostile import FEEDS, MB, PAGES, Site, served
from tests.news import RAIL
from tests.stores import opened

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8, and caps memory"
)

DEADLINE = 2.0
"""Seconds that a download may take here."""

SLACK = 10.0
"""Seconds that a busy machine may add to what a trap is given, and a fresh worker with it."""

ON_TIME = 3.0
"""Seconds after which a good feed has been read, whatever is looked at beside it."""

WORST = ("author", "namespaces", "small-items-broken", "gzip", "drip")


@pytest.fixture(scope="module")
def pair() -> Iterator[Workers]:
    workers = Workers(processes=2)
    yield workers
    workers.close()


@pytest.fixture
async def tools(pair: Workers) -> AsyncIterator[Tools]:
    async with Fetcher(deadline=DEADLINE, allow=["127.0.0.0/8"]) as fetcher:
        yield Tools(fetcher, pair, ZoneInfo("UTC"), full_text=False)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened("sqlite", tmp_path) as store:
        yield store


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with served() as site:
        yield site


def sources(site: Site, *paths: str) -> list[Source]:
    return [Source(path, SourceKind.FEED, site.url(path)) for path in paths]


async def look(
    of: Sequence[Source], store: Store, tools: Tools
) -> dict[str, tuple[Outcome, float]]:
    """Each source's outcome, and after how many seconds it came."""
    began = time.monotonic()
    found = ingest(of, store, tools)
    return {each.source: (each, time.monotonic() - began) async for each in found}


def is_one_clean_line(text: str) -> bool:
    return text.isprintable() and 0 < len(text) < 500 and "Traceback" not in text


@dataclass(slots=True)
class Memory:
    """Bytes that this process and its children hold together: at first, and at the most."""

    first: int
    most: int


def held() -> int:
    """Bytes of this process and of its children."""
    me = Path(f"/proc/{os.getpid()}")
    tasks = me.glob("task/*/children")
    family = [os.getpid(), *(int(pid) for task in tasks for pid in task.read_text().split())]
    return sum(map(resident, family)) * os.sysconf("SC_PAGE_SIZE")


def resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0


@contextmanager
def watched() -> Iterator[Memory]:
    """Watch memory from a thread, so that nothing that holds the loop goes unseen."""
    memory, done = Memory(first := held(), first), threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            memory.most = max(memory.most, held())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield memory
    finally:
        done.set()
        thread.join()


async def test_every_trap_ends_as_it_must_and_good_feeds_are_read(
    store: Store, tools: Tools, site: Site
) -> None:
    goods = [f"good-{n}" for n in range(5)]
    with watched() as memory:
        looked = await look(sources(site, *goods, *FEEDS, "web-entity"), store, tools)
    outcomes = {name: outcome for name, (outcome, _) in looked.items()}
    assert [outcomes.pop(name).new for name in goods] == [1] * 5
    # With so many traps at once, what is late by the clock says more of the machine.
    assert max(looked[name][1] for name in goods) < max(end for _, end in looked.values()) / 2
    reasons = {name: [f.reason for f in each.failures] for name, each in outcomes.items()}
    assert all(is_one_clean_line(line) for lines in reasons.values() for line in lines)
    assert "defines XML entities" in reasons.pop("web-entity")[0]
    assert "secret" not in site.asked
    unlike = {
        name: lines
        for name, lines in reasons.items()
        if [bool(re.search(FEEDS[name].says, line)) for line in lines]
        != [True] * bool(FEEDS[name].says)
    }
    assert not unlike
    # The site is in this process, too, and holds what it sends.
    assert memory.most - memory.first < 1_000 * MB


@pytest.mark.parametrize("name", WORST)
async def test_a_trap_makes_nobody_late(store: Store, tools: Tools, site: Site, name: str) -> None:
    await springs(name, store, tools, site)


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(set(FEEDS) - set(WORST)))
async def test_no_trap_at_all_makes_anybody_late(
    store: Store, tools: Tools, site: Site, name: str
) -> None:
    await springs(name, store, tools, site)


async def springs(name: str, store: Store, tools: Tools, site: Site) -> None:
    """Look at a trap beside two good feeds, with both workers warm."""
    await look(sources(site, "good-2", "good-3"), store, tools)
    with watched() as memory:
        looked = await look(sources(site, name, "good-0", "good-1"), store, tools)
    assert [looked[good][0].new for good in ("good-0", "good-1")] == [1, 1]
    assert max(looked[good][1] for good in ("good-0", "good-1")) < ON_TIME
    assert looked[name][1] < DEADLINE + PARSING + SLACK
    assert memory.most - memory.first < 100 * MB


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_is_read_or_refused_in_a_line(pair: Workers, name: str) -> None:
    raw = f"<html><body>{PAGES[name]()}".encode()[: 2 * MB]
    began = time.monotonic()
    try:
        draft = await pair.run(extract_html, raw, "https://example.org/a", deadline=PARSING)
        told = draft.title or "untitled"
    except (SourceError, WorkerError) as error:
        told = str(error)
    assert told.isprintable()
    assert "Traceback" not in told
    assert time.monotonic() - began < PARSING + SLACK


async def test_hostile_files_spoil_no_good_one(store: Store, tools: Tools, tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    for name in ("a", "m", "z"):
        (folder / f"{name}.txt").write_text(f"Rail accord {name}\n\n{RAIL}", "utf-8")
    for name in ("paragraphs", "entities", "nul"):
        (folder / f"{name}.html").write_bytes(PAGES[name]().encode()[: 2 * MB - 1])
    (folder / "brackets.md").write_text("![" * 100_000, "utf-8")
    (folder / "spaces.txt").write_text(f"Rail{' ' * MB}\n\n{RAIL}", "utf-8")
    (folder / "noise.txt").write_bytes(bytes(range(256)) * 4000)
    looked = await look([Source("news", SourceKind.FOLDER, str(folder))], store, tools)
    outcome, _ = looked["news"]
    spoilt = {failure.item for failure in outcome.failures}
    assert all(is_one_clean_line(failure.reason) for failure in outcome.failures)
    assert not spoilt & {"a.txt", "m.txt", "z.txt", "spaces.txt"}
    assert "paragraphs.html" in spoilt


PROGRAM = """
import asyncio, sys, tempfile
from pathlib import Path
from zoneinfo import ZoneInfo
from summaries.fetch import Fetcher
from summaries.ingest import ingest
from summaries.model import Source, SourceKind
from summaries.sources import Tools
from summaries.workers import Workers
from tests.hostile import served
from tests.stores import opened

async def main():
    workers = Workers()
    async with (
        served() as site,
        opened("sqlite", Path(sys.argv[1])) as store,
        Fetcher(allow=["127.0.0.0/8"]) as fetcher,
    ):
        tools = Tools(fetcher, workers, ZoneInfo("UTC"), full_text=False)
        feed = Source("good", SourceKind.FEED, site.url("good-0"))
        folder = Source("folder", SourceKind.FOLDER, sys.argv[2])
        async for outcome in ingest([feed, folder], store, tools):
            assert outcome.new == 1, outcome
    workers.close()

if __name__ == "__main__":
    asyncio.run(main())
    parsers = {"trafilatura", "feedparser", "fastfeedparser", "markdown_it", "justext"}
    print(sorted(parsers & set(sys.modules)))
"""


def test_no_parser_is_loaded_where_the_bot_itself_runs(tmp_path: Path) -> None:
    program, folder = tmp_path / "program.py", tmp_path / "news"
    program.write_text(PROGRAM)
    folder.mkdir()
    (folder / "page.html").write_text(f"<html><body><article><p>{RAIL}</p></article>", "utf-8")
    root = str(Path(__file__).parent.parent)
    ran = subprocess.run(
        [sys.executable, str(program), str(tmp_path), str(folder)],
        env=os.environ | {"PYTHONPATH": root},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ran.stdout.strip(), ran.returncode) == ("[]", 0), ran.stderr
