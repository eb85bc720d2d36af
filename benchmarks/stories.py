"""How well articles are grouped into stories, on clusters of articles that people put together.

python benchmarks/stories.py CLUSTERS.jsonl

One line of CLUSTERS is {"id", "documents": [{"title", "text"}]}: the articles on one event, without
dates. Mixes the articles of 20 clusters, 20 times with fixed seeds, and groups them as a search's
hits; prints B-cubed precision, recall and F1 (Amigó and others, "A comparison of extrinsic
clustering evaluation metrics based on formal constraints", 2009) for each threshold, one for all
draws, with the least and the greatest F1 of a draw, and how long 150 and 400 articles take.

Beside that mix: of the clusters of even or odd number only, of other numbers of clusters, and for
a word the articles that hold it, as a query finds them (words that two articles of eight clusters
or more hold). "As they come" are all documents; the other rows leave out what is no article: what
has under `--fewest` words, or stands word for word in two clusters, as a page that was not found.
What these cost is told by grouping right all but them, each of which stays alone.
"""

import argparse
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from statistics import fmean, median

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from summaries import cluster
from summaries.hashing import hashed, pack, postings
from summaries.model import Hit
from summaries.text import analyse, stop_stems

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MIXED = 20
DRAWS = 20
FACTORS = (0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.6)
FEWEST_CLUSTERS = 8
EVERY_WORD = 12
SPEED = (150, 400)
ROUNDS = 15

Cluster = tuple[Hit, ...]
Mix = tuple[list[Hit], list[int]]
"""Hits, and the number of each one's cluster."""
Scores = tuple[float, float, float]


def read_clusters(path: Path, fewest: int = 0) -> list[Cluster]:
    """The clusters, analysed; with `fewest` only what is an article, and no empty cluster."""
    with path.open(encoding="utf-8") as lines:
        read = [json.loads(line)["documents"] for line in lines]
    within: dict[str, set[int]] = defaultdict(set)
    for number, documents in enumerate(read):
        for document in documents:
            within[" ".join(document["text"].split())].add(number)
    articles = {
        text
        for text, numbers in within.items()
        if len(numbers) == 1 and len(text.split()) >= fewest
    }
    clusters = [
        tuple(
            _hit(f"{number}-{place}", document["title"], document["text"])
            for place, document in enumerate(documents)
            if not fewest or " ".join(document["text"].split()) in articles
        )
        for number, documents in enumerate(read)
    ]
    return [hits for hits in clusters if hits]


def _hit(id_: str, title: str, text: str) -> Hit:
    made = analyse(title, text)
    stems = [*made.title, *chain.from_iterable(sentence.stems for sentence in made.sentences)]
    return Hit(
        id=id_,
        outlet=id_,
        language=made.language,
        published=None,
        stands_at=NOW,
        came_in=NOW,
        title=len(made.title),
        stems=pack(stems),
    )


def mixes(clusters: Sequence[Cluster], count: int, draws: int = DRAWS) -> list[Mix]:
    """So many draws of the articles of `count` clusters, shuffled."""
    return [_mix(clusters, random.Random(seed), count) for seed in range(draws)]


def _mix(clusters: Sequence[Cluster], chance: random.Random, count: int) -> Mix:
    drawn = chance.sample(range(len(clusters)), count)
    listed = [(hit, number) for number in drawn for hit in clusters[number]]
    chance.shuffle(listed)
    return [hit for hit, _ in listed], [number for _, number in listed]


def answers(clusters: Sequence[Cluster]) -> list[Mix]:
    """For every twelfth word that is in many clusters, the articles that hold it."""
    holding: dict[int, list[tuple[int, Hit]]] = defaultdict(list)
    common = set(hashed(stop_stems("en")).tolist())
    for number, hits in enumerate(clusters):
        for hit in hits:
            for stem in set(postings([hit]).number.tolist()) - common:
                holding[stem].append((number, hit))
    made = []
    for stem in sorted(holding):
        numbers = [number for number, _ in holding[stem]]
        several = {number for number in numbers if numbers.count(number) > 1}
        if len(several) >= FEWEST_CLUSTERS:
            made.append(([hit for _, hit in holding[stem]], numbers))
    return made[::EVERY_WORD]


def b_cubed(groups: Sequence[Sequence[int]], truth: Sequence[int]) -> Scores:
    """Precision, recall and their harmonic mean, of each article alike."""
    group_of = np.empty(len(truth), np.intp)
    for number, group in enumerate(groups):
        group_of[list(group)] = number
    told, true = (of[:, None] == of[None, :] for of in (group_of, np.array(truth)))
    both = (told & true).sum(axis=1)
    precision = float(np.mean(both / told.sum(axis=1)))
    recall = float(np.mean(both / true.sum(axis=1)))
    return precision, recall, 2 * precision * recall / (precision + recall)


@contextmanager
def threshold(value: float) -> Iterator[None]:
    """Clustering with another threshold for a while."""
    before = cluster.SAME_EVENT
    cluster.SAME_EVENT = value
    yield
    cluster.SAME_EVENT = before


def score(mixed: Sequence[Mix]) -> list[Scores]:
    """The scores of each mix."""
    return [b_cubed(cluster.cluster(hits), truth) for hits, truth in mixed]


def but_for_no_articles(mixed: Sequence[Mix], articles: Sequence[Cluster]) -> float:
    """F1 where every article is in its cluster's group, and what is no article is alone."""
    known = {hit.id for hit in chain.from_iterable(articles)}
    scores = []
    for hits, truth in mixed:
        groups: dict[tuple[int, str], list[int]] = defaultdict(list)
        for i, hit in enumerate(hits):
            groups[truth[i], "" if hit.id in known else hit.id].append(i)
        scores.append(b_cubed([*groups.values()], truth)[2])
    return fmean(scores)


def print_thresholds(name: str, mixed: Sequence[Mix]) -> None:
    """A table of thresholds, ours marked."""
    print(
        f"\n{name}\n\n| threshold | precision | recall | F1 | F1 of a draw |\n|---|---|---|---|---|"
    )
    for factor in FACTORS:
        value = round(factor * cluster.SAME_EVENT, 3)
        with threshold(value):
            scores = score(mixed)
        shown = " | ".join(f"{fmean(column):.3f}" for column in zip(*scores, strict=True))
        least, most = min(f for _, _, f in scores), max(f for _, _, f in scores)
        mark = " (ours)" if factor == 1 else ""
        print(f"| {value}{mark} | {shown} | {least:.3f} to {most:.3f} |")


def print_mixes(named: dict[str, Sequence[Mix]]) -> None:
    """A row for each kind of mix: F1 at our threshold and around it."""
    factors = (0.8, 0.9, 1.0, 1.1, 1.2)
    head = " | ".join(f"{factor:g} x" for factor in factors)
    print(f"\nF1 at so many times our threshold\n\n| articles of | mixes | {head} |")
    print("|---|---|" + "---|" * len(factors))
    for name, mixed in named.items():
        cells = []
        for factor in factors:
            with threshold(factor * cluster.SAME_EVENT):
                cells.append(f"{fmean(f for _, _, f in score(mixed)):.3f}")
        print(f"| {name} | {len(mixed)} | {' | '.join(cells)} |")


def print_speed(clusters: Sequence[Cluster]) -> None:
    """Processor milliseconds that it takes to group so many articles."""
    every = list(chain.from_iterable(clusters))
    random.Random(0).shuffle(every)
    for count in SPEED:
        hits = [replace(every[i % len(every)], id=str(i)) for i in range(count)]
        spent = []
        for _ in range(ROUNDS):
            started = time.process_time()
            cluster.cluster(hits)
            spent.append(1000 * (time.process_time() - started))
        print(f"\n{count} articles: {median(spent):.1f} ms, at best {min(spent):.1f} ms")


def main() -> None:
    """Read the arguments, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clusters", type=Path)
    parser.add_argument("--fewest", type=int, default=60, help="words of what is an article")
    given = parser.parse_args()
    everything = read_clusters(given.clusters)
    articles = read_clusters(given.clusters, given.fewest)
    print_thresholds(f"Articles of {MIXED} clusters", mixes(articles, MIXED))
    as_they_come = mixes(everything, MIXED)
    print_thresholds(f"Documents of {MIXED} clusters as they come", as_they_come)
    perfect = but_for_no_articles(as_they_come, articles)
    print(f"\nWere all right but what is no article: F1 {perfect:.3f}")
    named = {f"{count} clusters": mixes(articles, count) for count in (1, 2, 5, 10, 50)}
    named[f"{MIXED} clusters, odd"] = mixes(articles[::2], MIXED)
    named[f"{MIXED} clusters, even"] = mixes(articles[1::2], MIXED)
    print_mixes({**named, "one word": answers(articles)})
    print_speed(articles)


if __name__ == "__main__":
    main()
