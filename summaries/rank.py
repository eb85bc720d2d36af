"""Order the matches: BM25 with the title weighted, newness, and a turn for every outlet.

BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), with the two
fields' counts weighted before they saturate (BM25F), and pairs of words beside single ones, as in
Metzler and Croft, "A Markov Random Field Model for Term Dependencies" (2005).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, pairwise
from math import log

from summaries.model import Article, Found, Search, Stems

K1 = 1.2
B = 0.75
TITLE = 3.0
EVERY_WORD = 0.4
SIDE_BY_SIDE = 0.12  # 0.10 for ordered pairs to 0.85 for words
NEWNESS = 0.5
SAME_OUTLET = 0.96


@dataclass(frozen=True, slots=True)
class Ranked:
    """An article with its score (greater is better) and the stems of the query that it holds."""

    article: Article
    score: float
    matched: tuple[str, ...] = ()


def rank(search: Search, found: Found, now: datetime, half_life: timedelta) -> list[Ranked]:
    """Order `found.articles`, best first; newness halves with every `half_life` of age."""
    terms = (*search.words, *chain.from_iterable(search.phrases))
    mean = sum(map(_length, found.articles)) / max(1, len(found.articles)) or 1.0
    newest = max(filter(None, (article.stands_at for article in found.articles)), default=now)
    anchor = min(now, newest)
    ranked = []
    for article in found.articles:
        relevance, matched = _relevance(article, terms, found, mean)
        score = (relevance if terms else 1.0) * (1 + NEWNESS * _newness(article, anchor, half_life))
        ranked.append(Ranked(article, score, matched))
    return _take_turns(sorted(ranked, key=_order))


def _order(item: Ranked) -> tuple[float, float, str]:
    when = item.article.stands_at
    return (-item.score, -when.timestamp() if when else 0.0, item.article.id)


def _relevance(
    article: Article, terms: Sequence[Stems], found: Found, mean: float
) -> tuple[float, tuple[str, ...]]:
    if article.analysis is None or not terms:
        return 0.0, ()
    wanted = frozenset().union(*terms)
    title = _hits(article.analysis.title, wanted)
    body = _hits(chain.from_iterable(s.stems for s in article.analysis.sentences), wanted)
    in_title, in_body = Counter(title.values()), Counter(body.values())
    norm = K1 * (1 - B + B * _length(article) / mean)
    score, complete, matched = 0.0, True, list[str]()
    for term in terms:
        held = [stem for stem in sorted(term) if stem in in_title or stem in in_body]
        matched += held
        complete = complete and bool(held or not any(found.holding.get(stem) for stem in term))
        count = sum(TITLE * in_title[stem] + in_body[stem] for stem in held)
        score += _idf(term, found) * count * (K1 + 1) / (count + norm)
    beside = _beside(title) | _beside(body)
    for first, second in pairwise(terms):
        if any((a, b) in beside for a in first for b in second):
            score += SIDE_BY_SIDE * min(_idf(first, found), _idf(second, found))
    # Of a long query hardly an article has all the words, and each says what it is worth.
    return score * (1 + EVERY_WORD * complete), tuple(matched)


def _hits(stems: Iterable[str], wanted: Stems) -> dict[int, str]:
    """The wanted stems by their positions."""
    return {position: stem for position, stem in enumerate(stems) if stem in wanted}


def _beside(hits: Mapping[int, str]) -> set[tuple[str, str]]:
    """The pairs of wanted stems that stand side by side."""
    return {(stem, hits[at + 1]) for at, stem in hits.items() if at + 1 in hits}


def _idf(term: Iterable[str], found: Found) -> float:
    holding = min(found.stored, sum(found.holding.get(stem, 0) for stem in term))
    return log(1 + (found.stored - holding + 0.5) / (holding + 0.5))


def _length(article: Article) -> int:
    sentences = article.analysis.sentences if article.analysis else ()
    return sum(len(sentence.stems) for sentence in sentences)


def _newness(article: Article, anchor: datetime, half_life: timedelta) -> float:
    if article.stands_at is None:
        return 0.0
    age = max(timedelta(), anchor - article.stands_at) / half_life
    return float(0.5 ** min(60.0, age))


def _take_turns(ranked: list[Ranked]) -> list[Ranked]:
    """Lower each article a little for every better one of the same outlet."""
    seen: Counter[str] = Counter()
    lowered = []
    for item in ranked:
        outlet = item.article.outlet or item.article.source
        score = item.score * SAME_OUTLET ** min(10, seen[outlet])
        lowered.append(Ranked(item.article, score, item.matched))
        seen[outlet] += 1
    return sorted(lowered, key=_order)
