"""Articles -> stories: those that tell of one event, whoever tells it.

Average-link clustering of tf-idf vectors (titles weighted), a standard for news events; see
Schütze, Manning and Raghavan, "Introduction to Information Retrieval" (2008), chapter 17.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from summaries.hashing import Numbers, hashed, postings
from summaries.model import Hit
from summaries.text import stop_stems

Matrix = NDArray[np.float32]
Floats = NDArray[np.float64]

SAME_EVENT = 0.1
SAME_TEXT = 0.85
TITLE = 2
HEAD = 1_200  # stems of a body
APART = timedelta(days=3)
UNDATED = 0.8
LEAST_IDF = 0.05


def cluster(hits: Sequence[Hit]) -> list[tuple[int, ...]]:
    """Group articles of one event: tuples of indices, the most representative article first.

    Groups come in the order of their first members; deterministic.
    """
    if not hits:
        return []
    alike = similarity(hits)
    groups = _average_link(alike * _closeness(hits), SAME_EVENT)
    return [_representative_first(group, alike) for group in groups]


def distinct(hits: Sequence[Hit]) -> list[int]:
    """Indices of articles that are not nearly the same text as one before them."""
    if not hits:
        return []
    # Words that all articles of a story share tell a copy, though they tell no event apart.
    alike = similarity(hits, telling=False)
    kept: list[int] = []
    for i in range(len(hits)):
        if all(alike[i, j] < SAME_TEXT for j in kept):
            kept.append(i)
    return kept


def similarity(hits: Sequence[Hit], *, telling: bool = True) -> Matrix:
    """Cosines of the articles' vectors, shape (n, n), float32: tf-idf, or tf alone."""
    row, stem, times = _counts(hits)
    column = np.cumsum(np.diff(stem, prepend=stem[:1]) != 0)
    holding = np.bincount(column)
    weight = 1 + np.log(times)
    if telling:
        idf = np.log((len(hits) + 1) / (holding + 0.5))
        weight *= np.maximum(idf, LEAST_IDF)[column]
    norm = np.sqrt(np.bincount(row, weight**2, len(hits)))
    weight /= norm[row]
    # What one article alone holds makes its vector longer, and meets nothing.
    shared = holding[column] > 1
    place = np.cumsum(holding > 1) - 1
    vectors = np.zeros((len(hits), int(place[-1]) + 1 if len(place) else 0), np.float32)
    vectors[row[shared], place[column[shared]]] = weight[shared]
    cosines: Matrix = vectors @ vectors.T
    np.fill_diagonal(cosines, norm > 0)
    return cosines


def _counts(hits: Sequence[Hit]) -> tuple[NDArray[np.intp], Numbers, Floats]:
    """Articles, their stems, and how often each occurs, as parallel arrays sorted by stem."""
    stems = postings(hits)
    begun = np.flatnonzero(stems.position < HEAD)
    begun = np.concatenate([begun, *[begun[stems.position[begun] < 0]] * (TITLE - 1)])
    keys = stems.number[begun].astype(np.uint64) << 32 | stems.article[begun].astype(np.uint64)
    pairs, times = np.unique(keys, return_counts=True)
    stem, row = (pairs >> 32).astype(np.uint32), (pairs & 0xFFFFFFFF).astype(np.intp)
    telling = np.ones(len(pairs), bool)
    for language in {hit.language for hit in hits}:
        of_language = np.array([hit.language == language for hit in hits])
        telling &= ~(of_language[row] & np.isin(stem, _stop_numbers(language)))
    return row[telling], stem[telling], times[telling].astype(np.float64)


@cache
def _stop_numbers(language: str) -> Numbers:
    return hashed(stop_stems(language))


def _closeness(hits: Sequence[Hit]) -> Matrix:
    """One for articles of one time, less with the days between them or unknown; shape (n, n)."""
    times = np.array(
        [hit.published.timestamp() if hit.published else np.nan for hit in hits], np.float64
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
