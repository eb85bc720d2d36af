"""Articles -> stories: those that tell of one event, whoever tells it.

Average-link clustering of tf-idf vectors (titles weighted), a standard for news events; see
Schütze, Manning and Raghavan, "Introduction to Information Retrieval" (2008), chapter 17.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from summaries.model import Article
from summaries.text import stop_stems

Matrix = NDArray[np.float32]

SAME_EVENT = 0.1
SAME_TEXT = 0.85
TITLE = 2
SENTENCES = 60
APART = timedelta(days=3)
UNDATED = 0.8
LEAST_IDF = 0.05


def cluster(articles: Sequence[Article]) -> list[tuple[int, ...]]:
    """Group articles of one event: tuples of indices, the most representative article first.

    Groups come in the order of their first members; deterministic.
    """
    if not articles:
        return []
    alike = similarity(articles)
    groups = _average_link(alike * _closeness(articles), SAME_EVENT)
    return [_representative_first(group, alike) for group in groups]


def distinct(articles: Sequence[Article]) -> list[int]:
    """Indices of articles that are not nearly the same text as one before them."""
    if not articles:
        return []
    # Words that all articles of a story share tell a copy, though they tell no event apart.
    alike = similarity(articles, telling=False)
    kept: list[int] = []
    for i in range(len(articles)):
        if all(alike[i, j] < SAME_TEXT for j in kept):
            kept.append(i)
    return kept


def similarity(articles: Sequence[Article], *, telling: bool = True) -> Matrix:
    """Cosines of the articles' vectors, shape (n, n), float32: tf-idf, or tf alone."""
    counts = [_counts(article) for article in articles]
    number: dict[str, int] = {}
    columns = np.array(
        [number.setdefault(stem, len(number)) for count in counts for stem in count], np.intp
    )
    rows = np.repeat(np.arange(len(counts)), [len(count) for count in counts])
    times = np.array([times for count in counts for times in count.values()], np.float32)
    weights = 1 + np.log(times)
    if telling:
        idf = np.log((len(counts) + 1) / (np.bincount(columns) + 0.5))
        weights *= np.maximum(idf, LEAST_IDF).astype(np.float32)[columns]
    vectors = np.zeros((len(counts), max(1, len(number))), np.float32)
    vectors[rows, columns] = weights
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(norms > 0, norms, 1)
    cosines: Matrix = vectors @ vectors.T
    return cosines


def _counts(article: Article) -> Counter[str]:
    if article.analysis is None:
        return Counter()
    stop = stop_stems(article.analysis.language)
    stems = list(article.analysis.title) * TITLE
    for sentence in article.analysis.sentences[:SENTENCES]:
        stems += sentence.stems
    return Counter(stem for stem in stems if stem not in stop)


def _closeness(articles: Sequence[Article]) -> Matrix:
    """One for articles of one time, less with the days between them or unknown; shape (n, n)."""
    times = np.array(
        [a.published.timestamp() if a.published else np.nan for a in articles], dtype=np.float64
    )
    gaps = np.abs(times[:, None] - times[None, :]) / APART.total_seconds()
    close = np.where(np.isnan(gaps), UNDATED, np.exp(-(np.nan_to_num(gaps) ** 2)))
    return close.astype(np.float32)


def _average_link(alike: Matrix, threshold: float) -> list[list[int]]:
    """Merge the two closest groups until none are closer, on average, than `threshold`."""
    n = len(alike)
    groups: dict[int, list[int]] = {i: [i] for i in range(n)}
    mean = alike.astype(np.float64)
    np.fill_diagonal(mean, -1.0)
    while len(groups) > 1:
        a, b = sorted(divmod(int(np.argmax(mean)), n))
        if mean[a, b] < threshold:
            break
        size_a, size_b = len(groups[a]), len(groups[b])
        merged = (mean[a] * size_a + mean[b] * size_b) / (size_a + size_b)
        mean[a], mean[:, a] = merged, merged
        mean[b], mean[:, b] = -1.0, -1.0
        mean[a, a] = -1.0
        groups[a] += groups.pop(b)
    return [sorted(group) for _, group in sorted(groups.items())]


def _representative_first(group: list[int], alike: Matrix) -> tuple[int, ...]:
    central = alike[np.ix_(group, group)].sum(axis=1)
    first = group[int(np.argmax(central.round(4)))]
    return (first, *(i for i in group if i != first))
