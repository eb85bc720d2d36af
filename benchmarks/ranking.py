"""How good the order of an answer is, beside plain BM25, on documents with judged queries.

python benchmarks/ranking.py DOCUMENTS.jsonl QUERIES.jsonl

One line of DOCUMENTS is {"id", "date", "text"}, and "title" if there is one; dates are 04/19/63 or
2026-04-19. One line of QUERIES is {"id", "query", "relevant"}, the last a list of ids. Stores the
documents as any source's, asks every query as a user would, with newness left out, and prints
nDCG@10 and the mean average precision: as it is, without each part of the score, and with other
values for its settings.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from math import log, log2
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parent.parent))

from summaries import rank
from summaries.briefing import Options, plan
from summaries.errors import QueryError
from summaries.model import Article, Found, Reading, Search
from summaries.query import Grammar, parse
from summaries.store import Store
from summaries.text import analyse

NOW = datetime(2026, 6, 1, tzinfo=UTC)
GRAMMAR = Grammar(ZoneInfo("UTC"))
EVER = timedelta(days=200 * 365)
NO_NEWNESS = timedelta(days=100_000 * 365)
DEPTH = 10
K1, B = 1.2, 0.75  # of plain BM25

Order = Callable[[Search], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Judged:
    """A query and the documents that answer it."""

    query: str
    relevant: frozenset[str]


def order(search: Search, found: Found, half_life: timedelta = NO_NEWNESS) -> list[str]:
    """The ids of what was found, best first, as a briefing ranks it."""
    return [item.article.id for item in rank.rank(search, found, NOW, half_life)]


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


def searches(judged: Sequence[Judged], languages: Sequence[str]) -> list[Search | None]:
    """What each query asks of the store; None where it is refused."""
    return [_search(one.query, languages) for one in judged]


def _search(query: str, languages: Sequence[str]) -> Search | None:
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
        scores: Counter[str] = Counter()
        for term in (*search.words, *chain.from_iterable(search.phrases)):
            held = {id_: sum(counts[s] for s in term) for id_, counts in self._counts.items()}
            held = {id_: count for id_, count in held.items() if count}
            idf = log(1 + (len(self._counts) - len(held) + 0.5) / (len(held) + 0.5))
            for id_, count in held.items():
                norm = K1 * (1 - B + B * self._lengths[id_] / self._mean)
                scores[id_] += idf * count * (K1 + 1) / (count + norm)
        return [id_ for id_, _ in scores.most_common()]


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
