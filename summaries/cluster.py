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
from summaries.text import stem, stop_stems

Matrix = NDArray[np.float32]
Counts = tuple[NDArray[np.intp], Numbers, NDArray[np.float64]]
"""Rows, their stems, and how often each occurs, as parallel arrays sorted by stem.

The rows are the articles, then their titles.
"""

SAME_EVENT = 0.095
SAME_TEXT = 0.85
COPY = 0.9  # of its telling words, which a notice that comes every month with new figures has not
TITLE = 2
HEAD = 600  # stems of a body; what comes later tells more of what went before the event
ELSEWHERE = 5
"""So many articles on other things are thought beside the candidates, whose words would else tell
nothing where all of them are on one event."""
APART = timedelta(days=3)
UNDATED = 0.85
WEEKDAYS = (
    "monday tuesday wednesday thursday friday saturday sunday понедельник вторник среда среду"
    " четверг пятница пятницу суббота субботу воскресенье pazartesi salı çarşamba perşembe cuma"
    " cumartesi pazar montag dienstag mittwoch donnerstag freitag samstag sonntag lundi mardi"
    " mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo"
).split()
"""Much news is of one of these, and its date says so better."""


def cluster(hits: Sequence[Hit]) -> list[tuple[int, ...]]:
    """Group articles of one event: tuples of indices, the most representative article first.

    The others follow in the order given, and groups in that of their first members; who belongs
    together, and who represents them, does not depend on the order.
    """
    if not hits:
        return []
    # Sums and ties come out the same only for articles in the same places.
    order = sorted(range(len(hits)), key=lambda i: hits[i].id)
    listed = [hits[i] for i in order]
    counts = _counts(listed)
    telling, _ = _vectors(counts, len(hits), telling=True)
    articles, titles = _vectors(counts, len(hits), telling=False)
    alike = telling @ telling.T
    close = np.where(alike < COPY, _closeness(listed), 1)
    stories = []
    for group in _average_link(alike * close, SAME_EVENT):
        first = group[_most_representative(articles[group], titles[group])]
        others = sorted(order[i] for i in group if i != first)
        stories.append((order[first], *others))
    return sorted(stories, key=min)


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
    articles, _ = _vectors(_counts(hits), len(hits), telling=telling)
    cosines: Matrix = articles @ articles.T
    np.fill_diagonal(cosines, [bool(hit.stems) for hit in hits])
    return cosines


def _vectors(counts: Counts, size: int, *, telling: bool) -> tuple[Matrix, Matrix]:
    """Of articles and of their titles alone, both of shape (size, stems that several hold).

    A vector is shorter than 1 by what its article alone holds, which meets nothing.
    """
    row, number, times = counts
    column = np.cumsum(np.diff(number, prepend=number[:1]) != 0)
    holding = np.bincount(column[row < size])
    weight = 1 + np.log(times)
    if telling:
        weight *= np.log((size + ELSEWHERE) / (holding + 0.5))[column]
    weight /= np.sqrt(np.bincount(row, weight**2, 2 * size))[row]
    shared = holding[column] > 1
    place = np.cumsum(holding > 1) - 1
    vectors = np.zeros((2 * size, np.count_nonzero(holding > 1)), np.float32)
    vectors[row[shared], place[column[shared]]] = weight[shared]
    return vectors[:size], vectors[size:]


def _counts(hits: Sequence[Hit]) -> Counts:
    """How often each article, and each title, holds which stems."""
    stems = postings(hits)
    begun = np.flatnonzero(stems.position < HEAD)
    title = begun[stems.position[begun] < 0]
    at = np.concatenate([begun, *[title] * TITLE])
    row = stems.article[at]
    row[len(row) - len(title) :] += len(hits)
    keys = stems.number[at].astype(np.uint64) << 32 | row.astype(np.uint64)
    pairs, times = np.unique(keys, return_counts=True)
    number, row = (pairs >> 32).astype(np.uint32), (pairs & 0xFFFFFFFF).astype(np.intp)
    telling = np.ones(len(pairs), bool)
    for language in {hit.language for hit in hits}:
        of_language = np.array([hit.language == language for hit in hits])
        telling &= ~(of_language[row % len(hits)] & np.isin(number, _stop_numbers(language)))
    return row[telling], number[telling], times[telling].astype(np.float64)


@cache
def _stop_numbers(language: str) -> Numbers:
    return hashed(stop_stems(language) | {stem(day, language) for day in WEEKDAYS})


def _closeness(hits: Sequence[Hit]) -> Matrix:
    """One for articles of one time, less with the days between them or unknown; shape (n, n)."""
    times = np.array(
        [hit.published.timestamp() if hit.published else np.nan for hit in hits], np.float64
    )
    gaps = np.abs(times[:, None] - times[None, :]) / APART.total_seconds()
    close = np.where(np.isnan(gaps), UNDATED, np.exp(-(np.nan_to_num(gaps) ** 2)))
    return close.astype(np.float32)


def _average_link(alike: Matrix, threshold: float) -> list[list[int]]:
    """Merge groups until none are closer, on average, than `threshold`.

    Each step goes to the group nearest to the last one, until two are nearest to one another: the
    groups are those of merging the two closest of all, in quadratic time (Murtagh, "A Survey of
    Recent Advances in Hierarchical Clustering Algorithms", The Computer Journal 26, 1983).
    """
    groups = {i: [i] for i in range(len(alike))}
    mean = alike.astype(np.float64)
    np.fill_diagonal(mean, -1.0)
    done: list[list[int]] = []
    chain: list[int] = []
    while groups:
        a = chain[-1] if chain else next(iter(groups))
        b = int(mean[a].argmax())
        if mean[a, b] < threshold:
            # Nor will it ever be: a mean is no greater than the greatest of its parts.
            done.append(groups.pop(a))
            chain = []
        elif len(chain) > 1 and mean[a, b] <= mean[a, chain[-2]]:
            b = chain[-2]
            del chain[-2:]
            size_a, size_b = len(groups[a]), len(groups[b])
            merged = (mean[a] * size_a + mean[b] * size_b) / (size_a + size_b)
            # Or rounding may lead the chain back to where it was.
            merged = np.minimum(merged, np.maximum(mean[a], mean[b]))
            mean[a], mean[:, a] = merged, merged
            mean[b], mean[:, b] = -1.0, -1.0
            mean[a, a] = -1.0
            groups[a] += groups.pop(b)
        else:
            chain += [b] if chain else [a, b]
    return done


def _most_representative(articles: Matrix, titles: Matrix) -> int:
    """The row of the article that, with its title, the others of its story resemble most.

    A headline counts as much as the article. What all of them hold is what the story is about, so
    these are vectors that do not weigh it less.
    """
    if len(articles) == 1:
        return 0
    alike = (articles + titles) @ articles.T
    np.fill_diagonal(alike, 0)
    return int(alike.sum(axis=1).round(4).argmax())
