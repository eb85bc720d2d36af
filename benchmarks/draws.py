"""What each way of drawing candidates adds, and what it costs.

python benchmarks/draws.py --articles 30000
python benchmarks/draws.py --documents DOCUMENTS.jsonl --queries QUERIES.jsonl

On made-up articles, or on files as `ranking.py` takes them. The truth is the top ten of ranking
every match; a table shows which share of it the newest candidates of each draw hold, and of all
together as a search draws them, over the queries that more than a hundred articles match.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import fmean

sys.path.insert(0, str(Path(__file__).parent.parent))

import ranking
import search as made_up

from summaries.model import Options, Reading, Search, Stems
from summaries.store import Store

LIMITS = (100, 200, 400)
EVERYTHING = 1_000_000
HALF_LIVES = (Options().half_life, ranking.NO_NEWNESS)

Draw = Callable[[int], Awaitable[list[str]]]


class Drawer:
    """The draws that a search is made of, each alone, put to the store as searches themselves."""

    def __init__(self, store: Store, search: Search, holding: dict[str, int]) -> None:
        self._store, self._search = store, search
        held = {word: sum(holding.get(stem, 0) for stem in word) for word in search.words}
        self._words = sorted(filter(held.get, held), key=lambda word: held[word])

    def draws(self) -> dict[str, Draw]:
        """By name; each gives the ids of so many candidates."""
        words = self._words
        rarer = words[: max(1, len(words) // 2)]
        few = words[:6]
        two = [frozenset().union(*few[:i], *few[i + 1 :]) for i in range(len(few))]
        return {
            "all words": partial(self._holding, words),
            "two of the six rarest": partial(self._holding, two if len(few) > 1 else few),
            "one of the rarer half": partial(self._holding, [frozenset().union(*rarer)]),
            "any": partial(self._holding, [frozenset().union(*words)] if words else []),
            "together": self._together,
        }

    async def _holding(self, clauses: Sequence[Stems], limit: int) -> list[str]:
        phrases = (*self._search.phrases, *((clause,) for clause in clauses))
        return await self._ids(replace(self._search, words=(), phrases=phrases, limit=limit))

    async def _together(self, limit: int) -> list[str]:
        return await self._ids(replace(self._search, limit=limit))

    async def _ids(self, search: Search) -> list[str]:
        return [hit.id for hit in (await self._store.search.run(search)).hits]


async def measure(store: Store, searches: Sequence[Search]) -> None:
    """Print the table."""
    shares: dict[tuple[str, int], list[list[float]]] = {}
    spent: dict[tuple[str, int], list[float]] = {}
    counted = 0
    for search in searches:
        found = await store.search.run(replace(search, limit=EVERYTHING))
        if len(found.hits) <= LIMITS[0]:
            continue
        counted += 1
        truths = [{*ranking.order(search, found, each)[:10]} for each in HALF_LIVES]
        for name, draw in Drawer(store, search, found.holding).draws().items():
            for limit in LIMITS:
                started = time.perf_counter()
                drawn = {*await draw(limit)}
                took = 1000 * (time.perf_counter() - started)
                spent.setdefault((name, limit), []).append(took)
                held = [len(drawn & truth) / len(truth) for truth in truths]
                shares.setdefault((name, limit), []).append(held)
    print(f"{counted} queries: share with newness / without / milliseconds of the search\n")
    print(f"| draw | {' | '.join(map(str, LIMITS))} |\n|---|{'---|' * len(LIMITS)}")
    for name in dict.fromkeys(name for name, _ in spent):
        cells = []
        for limit in LIMITS:
            newness, without = map(fmean, zip(*shares[name, limit], strict=True))
            cells.append(f"{newness:.2f} / {without:.2f} / {fmean(spent[name, limit]):.1f}")
        print(f"| {name} | {' | '.join(cells)} |")


async def on_files(url: str, documents: Path, queries: Path) -> None:
    """Measure on judged documents."""
    store = await Store.open(url)
    readings = [Reading(article, "") for article in ranking.documents(documents)]
    await store.articles.add(readings, "documents", ranking.NOW)
    languages = await store.articles.languages()
    judged = ranking.judgements(queries)
    searches = [ranking.search_of(one.query, languages) for one in judged]
    await measure(store, [search for search in searches if search])
    await store.close()


async def on_made_up(url: str, count: int, rounds: int) -> None:
    """Measure on made-up articles."""
    store = await Store.open(url)
    await made_up.build(store, count)
    searches = [search for _, search in islice(made_up.searches(1), rounds * 10)]
    await measure(store, [search for search in searches if search.words])
    await store.close()


def main() -> None:
    """Read the arguments, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=6, help="searches of each kind")
    parser.add_argument("--documents", type=Path)
    parser.add_argument("--queries", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bot.db"
        if given.documents and given.queries:
            asyncio.run(on_files(url, given.documents, given.queries))
        else:
            asyncio.run(on_made_up(url, given.articles, given.rounds))


if __name__ == "__main__":
    main()
