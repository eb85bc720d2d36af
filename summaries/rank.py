"""Order the matches: BM25 with the title weighted, newness, and a turn for every outlet.

BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), with the two
fields' counts weighted before they saturate (BM25F), and pairs of words beside single ones, as in
Metzler and Croft, "A Markov Random Field Model for Term Dependencies" (2005).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from summaries.hashing import Postings, hashed, postings
from summaries.model import Found, Hit, Search, Stems

K1 = 1.2
B = 0.75
TITLE = 3.0
EVERY_WORD = 0.4
SIDE_BY_SIDE = 0.12  # 0.10 for ordered pairs to 0.85 for words
NEWNESS = 0.5
SAME_OUTLET = 0.96

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hit, how well it answers, and what its newness multiplies that by: greater is better."""

    hit: Hit
    relevance: float
    newness: float

    @property
    def score(self) -> float:
        """What hits are ordered by."""
        return self.relevance * self.newness


def rank(search: Search, found: Found, now: datetime, half_life: timedelta) -> list[Ranked]:
    """Order `found.hits`, best first; newness halves with every `half_life` of age."""
    newest = max((hit.stands_at for hit in found.hits), default=now)
    anchor = min(now, newest)
    scores = _relevance(search, found).tolist()
    ranked = [
        Ranked(hit, score, 1 + NEWNESS * _newness(hit, anchor, half_life))
        for hit, score in zip(found.hits, scores, strict=True)
    ]
    return _take_turns(sorted(ranked, key=_order))


def holds(hit: Hit, stems: Iterable[str]) -> bool:
    """Whether an article has one of these stems."""
    return bool(np.isin(postings([hit]).number, hashed(stems)).any())


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
    norm = K1 * (1 - B + B * length * found.stored / max(1, found.length))
    idfs = [_idf(term, found) for term in terms]
    score, complete = np.zeros(size), np.ones(size, bool)
    for term, at, idf in zip(terms, places, idfs, strict=True):
        count = np.bincount(stems.article[at], weight[at], size)
        score += idf * count * (K1 + 1) / (count + norm)
        if any(found.holding.get(stem) for stem in term):
            complete &= count > 0
    for first, second in pairwise(zip(places, idfs, strict=True)):
        beside = _side_by_side(stems, first[0], second[0], size)
        score += SIDE_BY_SIDE * min(first[1], second[1]) * beside
    # Of a long query hardly an article has all the words, and each says what it is worth.
    return score * (1 + EVERY_WORD * complete)


def _side_by_side(stems: Postings, first: Places, second: Places, size: int) -> NDArray[np.bool_]:
    """Whether two words that are neighbours in a query are neighbours in each article, too."""
    after = first[np.isin(first + 1, second)] + 1
    article = stems.article[after]
    together = (stems.article[after - 1] == article) & (stems.position[after] != 0)
    return np.bincount(article[together], minlength=size) > 0


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
        turn = SAME_OUTLET ** min(10, seen[item.hit.outlet])
        lowered.append(replace(item, relevance=item.relevance * turn))
        seen[item.hit.outlet] += 1
    return sorted(lowered, key=_order)
