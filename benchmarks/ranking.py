"""How good the order of an answer is, beside plain BM25, on documents with judged queries.

python benchmarks/ranking.py DOCUMENTS.jsonl QUERIES.jsonl

One line of DOCUMENTS is {"id", "date", "text"}, and "title" if there is one; dates are 04/19/63 or
2026-04-19. One line of QUERIES is {"id", "query", "relevant"}, the last a list of ids. Stores the
documents as any source's, asks every query as a user would, with newness left out, and prints
nDCG@10 and the mean average precision: as it is, without each part of the score, and with other
values for its settings; on all queries, and on every other one, which shows what is chance.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from math import log, log2
from pathlib import Path
from statistics import fmean
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parent.parent))

from summaries import rank
from summaries.briefing import plan
from summaries.errors import QueryError
from summaries.model import Article, Found, Options, Reading, Search
from summaries.query import Grammar, parse
from summaries.store import Store
from summaries.text import analyse, stems_in, words

NOW = datetime(2026, 6, 1, tzinfo=UTC)
GRAMMAR = Grammar(ZoneInfo("UTC"))
EVER = timedelta(days=200 * 365)
NO_NEWNESS = timedelta(days=100_000 * 365)
DEPTH = 10
K1, B = 1.2, 0.75  # of plain BM25
WITHOUT = {
    "without side by side": {"SIDE_BY_SIDE": 0.0},
    "without every word": {"EVERY_WORD": 0.0},
    "without both": {"SIDE_BY_SIDE": 0.0, "EVERY_WORD": 0.0},
    "without the title's weight": {"TITLE": 1.0},
    "without turns for outlets": {"SAME_OUTLET": 1.0},
}
OTHERWISE = {
    "B": (0.5, 0.6, 0.75, 0.9),
    "K1": (0.9, 1.2, 1.5, 2.0),
    "SIDE_BY_SIDE": (0.06, 0.12, 0.18, 0.3),
    "EVERY_WORD": (0.2, 0.4, 0.6, 0.8),
}

Orders = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Judged:
    """A query and the documents that answer it."""

    query: str
    relevant: frozenset[str]


def order(search: Search, found: Found, half_life: timedelta = NO_NEWNESS) -> list[str]:
    """The ids of what was found, best first, as a briefing ranks it."""
    return [item.hit.id for item in rank.rank(search, found, NOW, half_life)]


@contextmanager
def settings(**values: float) -> Iterator[None]:
    """Ranking with other settings for a while."""
    before = {name: getattr(rank, name) for name in values}
    for name, value in values.items():
        setattr(rank, name, value)
    yield
    for name, value in before.items():
        setattr(rank, name, value)


def documents(path: Path) -> list[Article]:
    """The articles of a file, analysed."""
    return [_article(json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def _article(row: Mapping[str, Any]) -> Article:
    title, text = row.get("title", ""), row["text"]
    return Article(
        id=str(row["id"]),
        item=str(row["id"]),
        title=title,
        text=text,
        published=_date(row["date"]) if row.get("date") else None,
        analysis=analyse(title, text),
    )


def _date(text: str) -> datetime:
    if text[:4].isdigit():
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    month, day, year = map(int, text.replace("/", " ").split())
    return datetime(1900 + year, month, day, tzinfo=UTC)


def judgements(path: Path) -> list[Judged]:
    """The queries of a file."""
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return [Judged(row["query"], frozenset(map(str, row["relevant"]))) for row in rows]


def search_of(query: str, languages: Sequence[str]) -> Search | None:
    """What a query asks of the store when somebody types it; None where it is refused."""
    try:
        return plan(parse(query, GRAMMAR, NOW), languages, Options(since=EVER), NOW)
    except QueryError:
        return None


class PlainBM25:
    """BM25 over any of the words, in one field, each article scored."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._counts = {article.id: Counter(_stems(article)) for article in articles}
        self._lengths = {id_: counts.total() for id_, counts in self._counts.items()}
        self._mean = sum(self._lengths.values()) / len(articles)

    def order(self, search: Search) -> list[str]:
        """The ids of what matches, best first."""
        scores: defaultdict[str, float] = defaultdict(float)
        for term in (*search.words, *chain.from_iterable(search.phrases)):
            held = {id_: sum(counts[s] for s in term) for id_, counts in self._counts.items()}
            held = {id_: count for id_, count in held.items() if count}
            idf = log(1 + (len(self._counts) - len(held) + 0.5) / (len(held) + 0.5))
            for id_, count in held.items():
                norm = K1 * (1 - B + B * self._lengths[id_] / self._mean)
                scores[id_] += idf * count * (K1 + 1) / (count + norm)
        return sorted(scores, key=lambda id_: -scores[id_])


def _stems(article: Article) -> Iterator[str]:
    assert article.analysis
    yield from article.analysis.title
    yield from chain.from_iterable(s.stems for s in article.analysis.sentences)


def ndcg(ids: Sequence[str], relevant: frozenset[str]) -> float:
    """nDCG@10 of binary relevance, discounted by the logarithm to base 2."""
    best = sum(1 / log2(2 + i) for i in range(min(DEPTH, len(relevant))))
    return sum(1 / log2(2 + i) for i, id_ in enumerate(ids[:DEPTH]) if id_ in relevant) / best


def average_precision(ids: Sequence[str], relevant: frozenset[str]) -> float:
    """The precision at each relevant document, averaged over all of them."""
    places = [i for i, id_ in enumerate(ids, start=1) if id_ in relevant]
    return sum(n / place for n, place in enumerate(places, start=1)) / len(relevant)


async def ask(articles: Sequence[Article], judged: Sequence[Judged]) -> list[tuple[Search, Found]]:
    """What a fresh store of these articles finds for each query: nothing where it is refused."""
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(f"sqlite:///{folder}/bot.db")
        await store.articles.add([Reading(article, "") for article in articles], "documents", NOW)
        languages = await store.articles.languages()
        searches = [search_of(one.query, languages) for one in judged]
        print(f"{len(articles)} documents, {len(judged)} queries, {searches.count(None)} refused")
        found = [await store.search.run(search) if search else None for search in searches]
        await store.close()
    return [(s or Search(), f or Found(0, (), 0, 0)) for s, f in zip(searches, found, strict=True)]


def row(name: str, orders: Orders, judged: Sequence[Judged]) -> None:
    """Print how good a way of ordering is."""
    gains = [ndcg(ids, one.relevant) for ids, one in zip(orders, judged, strict=True)]
    precisions = [
        average_precision(ids, one.relevant) for ids, one in zip(orders, judged, strict=True)
    ]
    cells = " | ".join(
        f"{fmean(cell):.3f}" for cell in (gains, gains[::2], gains[1::2], precisions)
    )
    print(f"| {name} | {cells} |", flush=True)


def main() -> None:
    """Read the arguments, ask, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("documents", type=Path)
    parser.add_argument("queries", type=Path)
    given = parser.parse_args()
    articles, judged = documents(given.documents), judgements(given.queries)
    asked = asyncio.run(ask(articles, judged))
    plain = PlainBM25(articles)
    print("\n| order | nDCG@10 | one half | other half | MAP |\n|---|---|---|---|---|")
    every = [Search(words=tuple(stems_in(w, ["en"]) for w in words(one.query))) for one in judged]
    row("plain BM25, stop words too", [plain.order(search) for search in every], judged)
    row("plain BM25", [plain.order(search) for search, _ in asked], judged)
    row("**as it is**", [order(*each) for each in asked], judged)
    for name, values in WITHOUT.items():
        with settings(**values):
            row(name, [order(*each) for each in asked], judged)
    for name, numbers in OTHERWISE.items():
        for number in numbers:
            with settings(**{name: number}):
                row(f"{name} = {number}", [order(*each) for each in asked], judged)


if __name__ == "__main__":
    main()
