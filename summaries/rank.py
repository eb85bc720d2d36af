"""Order the matches: BM25 with the title weighted, newness, and a turn for every outlet.

BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), with the two
fields' counts weighted before they saturate (BM25F).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from summaries.hashing import Postings, hashed, postings
from summaries.model import Found, Hit, Search, Stems

K1 = 1.2
B = 0.6
TITLE = 3.0
MISSING = 0.6
SIDE_BY_SIDE = 0.3
NEWNESS = 0.5
SAME_OUTLET = 0.96

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hit with its score: greater is better."""

    hit: Hit
    score: float


def rank(search: Search, found: Found, now: datetime, half_life: timedelta) -> list[Ranked]:
    """Order `found.hits`, best first; newness halves with every `half_life` of age."""
    newest = max((hit.stands_at for hit in found.hits), default=now)
    anchor = min(now, newest)
    scores = _relevance(search, found).tolist()
    ranked = [
        Ranked(hit, score * (1 + NEWNESS * _newness(hit, anchor, half_life)))
        for hit, score in zip(found.hits, scores, strict=True)
    ]
    return _take_turns(sorted(ranked, key=_order))


def _order(item: Ranked) -> tuple[float, float, str]:
    return (-item.score, -item.hit.stands_at.timestamp(), item.hit.id)


def _relevance(search: Search, found: Found) -> Floats:
    """How well each hit answers, whatever its time; all alike where nothing was asked."""
    terms = (*search.words, *chain.from_iterable(search.phrases))
    size = len(found.hits)
    if not terms or not size:
        return np.ones(size)
    stems = postings(found.hits)
    places = [np.flatnonzero(np.isin(stems.number, hashed(term))) for term in terms]
    weight = np.where(stems.position < 0, TITLE, 1.0)
    length = np.bincount(stems.article[stems.position >= 0], minlength=size)
    norm = K1 * (1 - B + B * length / (length.mean() or 1.0))
    score, present = np.zeros(size), np.zeros(size)
    for term, at in zip(terms, places, strict=True):
        count = np.bincount(stems.article[at], weight[at], size)
        score += _idf(term, found) * count * (K1 + 1) / (count + norm)
        present += count > 0
    score *= 1 - MISSING * (1 - present / len(terms))
    return score * (1 + SIDE_BY_SIDE * _side_by_side(stems, places, size))


def _side_by_side(stems: Postings, places: Sequence[Places], size: int) -> Floats:
    """The share of the neighbours in a query that are neighbours in each article, too."""
    share = np.zeros(size)
    for first, second in pairwise(places):
        after = first[np.isin(first + 1, second)] + 1
        article = stems.article[after]
        together = (stems.article[after - 1] == article) & (stems.position[after] != 0)
        share += np.bincount(article[together], minlength=size) > 0
    return share / max(1, len(places) - 1)


def _idf(term: Stems, found: Found) -> float:
    holding = min(found.stored, sum(found.holding.get(stem, 0) for stem in term))
    return log(1 + (found.stored - holding + 0.5) / (holding + 0.5))


def _newness(hit: Hit, anchor: datetime, half_life: timedelta) -> float:
    age = max(timedelta(), anchor - hit.stands_at) / half_life
    return float(0.5 ** min(60.0, age))


def _take_turns(ranked: Iterable[Ranked]) -> list[Ranked]:
    """Lower each hit a little for every better one of the same outlet."""
    seen: Counter[str] = Counter()
    lowered = []
    for item in ranked:
        score = item.score * SAME_OUTLET ** min(10, seen[item.hit.outlet])
        lowered.append(Ranked(item.hit, score))
        seen[item.hit.outlet] += 1
    return sorted(lowered, key=_order)
