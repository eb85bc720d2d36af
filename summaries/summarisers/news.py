"""The default method: made for news, and for several articles on one event at once.

A sentence is good if it is central to its article in the direction of reading (Zheng and Lapata,
Sentence Centrality Revisited for Unsupervised Summarization, ACL 2019), stands early in it, and
says what the other articles say too; and if it shares words with the title and the query. What is
no plain statement comes last. A sentence that leans on others is judged together with them.

What is taken makes what resembles it worse (maximal marginal relevance; Carbonell and Goldstein,
SIGIR 1998), and leaves less to tell of what the articles have in common (see `coverage`); that
counts by the square root of the length, so that long sentences do not win by length alone (Lin and
Bilmes, Multi-document Summarization via Budgeted Maximization of Submodular Functions, 2010).
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from summaries.furniture import ends_sentence
from summaries.summarisers.coverage import Coverage
from summaries.summarisers.material import Candidate, Material
from summaries.summarisers.passages import passage, reads_well

LARGEST = 600
"""Of longer material so many sentences are compared, chosen by place and likeness to the whole."""

# Weights of the parts of a score, each of which is 1 at most.
CENTRALITY, POSITION, SUPPORT, TITLE, QUERY = 0.6, 0.7, 1.0, 0.2, 1.4
COVERAGE = 1.0  # the most that a passage may gain by what it tells of what the articles share
LAST = 10.0  # taken from a question, a heading, and what is too short or long; more than all else
SHORT, LONG = 7, 50  # words

POSITION_SCALE = 6.0  # sentences in which the worth of a place falls to 1/e
BACKWARD = -0.3  # weight of a link to an earlier sentence, where one to a later has 1
FAINT = 0.2  # links weaker than this part of the strongest are no links
REDUNDANCY = 1.0  # weight of the likeness to the closest sentence that was taken
SAME = 0.7  # a likeness above which the second is never taken
COMMON, COMMON_FROM = 0.2, 50  # a word in more sentences, as a part and as a number, tells nothing

_BLOCK = 2_000_000
_CLOSERS = "\"'”’»」』)]"

Floats = NDArray[np.float32]


def rank_news(material: Material, taken: Set[int]) -> Iterator[int]:
    """Indices of candidates, the best first; none that nearly repeats one taken before it.

    What reads badly is left out, unless all does. Those that were not compared come last.
    """
    if not material.candidates:
        return
    likeliest = _likeliest(material)
    chosen = np.sort(likeliest[:LARGEST])
    candidates = _detached(material, chosen)
    likeness = _likeness(candidates)
    score = _score(material, candidates, likeness)
    coverage = Coverage(candidates)
    lengths = np.array([candidate.length for candidate in candidates], np.float32)
    passages = [passage(candidates, number) for number in range(len(candidates))]
    firsts = np.array([numbers.start if numbers else -1 for numbers in passages])
    out = firsts < 0
    fresh = np.ones(len(candidates), np.float32)
    closest = np.zeros(len(candidates), np.float32)
    most, good = 0.0, False
    while not out.all():
        parts = fresh * (score - REDUNDANCY * closest, fresh, coverage.gain, lengths)
        value, count, gain, length = _sums(parts, firsts)
        told = gain / np.sqrt(np.maximum(length, 1))
        most = most or float(told[~out].max()) or 1.0
        worth = value / np.maximum(count, 1) + COVERAGE * told / most
        best = int(np.argmax(np.where(out, -np.inf, worth)))
        out[best] = True
        if not reads_well(candidates, passages[best]):
            continue
        good = True
        yield int(chosen[best])
        for number in passages[best] or ():
            if fresh[number] and chosen[number] in taken:
                coverage.cover(number)
                closest = np.maximum(closest, likeness[number])
                out |= likeness[number] > SAME
                fresh[number] = 0
                out[number] = True
    if not good:
        yield from (int(chosen[number]) for number in np.argsort(-score, kind="stable"))
    yield from map(int, likeliest[LARGEST:])


def _detached(material: Material, chosen: NDArray[np.intp]) -> list[Candidate]:
    """The chosen candidates; what followed one that is not among them now follows none."""
    candidates = [material.candidates[index] for index in chosen]
    for number in np.flatnonzero(np.diff(chosen, prepend=-1) > 1):
        candidates[number] = replace(candidates[number], follows=False)
    return candidates


def _sums(parts: Floats, firsts: NDArray[np.intp]) -> Floats:
    """For each row of parts, the sums over the passages that end at each candidate."""
    sums = np.pad(np.cumsum(parts, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
    total: Floats = (sums[:, 1:] - sums[:, firsts]).astype(np.float32)
    return total


def _score(material: Material, candidates: list[Candidate], likeness: Floats) -> Floats:
    """How good each candidate is by itself."""
    documents = np.array([candidate.document for candidate in candidates])
    position = np.array([candidate.position for candidate in candidates], np.float32)
    starts = np.flatnonzero(np.diff(documents, prepend=-1))
    score: Floats = POSITION * np.exp(-position / POSITION_SCALE)
    for first, end in pairwise((*starts, len(candidates))):
        score[first:end] += CENTRALITY * _centrality(likeness[first:end, first:end])
    if len(starts) > 1:
        best = np.maximum.reduceat(likeness, starts, axis=1)
        own = np.cumsum(np.diff(documents, prepend=documents[0]) > 0)
        best[np.arange(len(candidates)), own] = 0
        score += SUPPORT / (len(starts) - 1) * best.sum(axis=1)
    score += np.array([_fitness(material, candidate) for candidate in candidates], np.float32)
    return score


def _centrality(likeness: Floats) -> Floats:
    """PacSum's directed degree: links to what follows count for, links to what precedes against."""
    size = len(likeness)
    links = np.where(likeness >= FAINT * likeness.max(), likeness, 0)
    rows = np.arange(size) * size
    halves = np.stack((rows, rows + np.arange(size)), axis=1)
    sums: Floats = np.add.reduceat(links.ravel(), halves.ravel())
    degree = sums[1::2] + np.float32(BACKWARD) * sums[::2]
    return np.divide(degree, max(float(np.abs(degree).max()), 1e-9))


def _fitness(material: Material, candidate: Candidate) -> float:
    """What title, query and the shape of a sentence add to its score, or take from it."""
    content = frozenset(candidate.content)
    title = material.titles[candidate.document]
    fitness = TITLE * len(content & title) / len(title) if title else 0.0
    if material.query:
        met = sum(not content.isdisjoint(stems) for stems in material.query)
        fitness += QUERY * met / len(material.query)
    asks = candidate.text.rstrip(_CLOSERS).endswith(("?", "？", "؟"))
    whole = ends_sentence(candidate.text) and not asks and SHORT <= candidate.length <= LONG
    return fitness if whole else fitness - LAST


def _likeliest(material: Material) -> NDArray[np.intp]:
    """All candidates; if they are very many, by a score that takes linear time."""
    candidates = material.candidates
    if len(candidates) <= LARGEST:
        return np.arange(len(candidates))
    rows, terms, weights = _vectors(candidates)
    whole = np.bincount(terms, weights)
    likeness = np.bincount(rows, weights * whole[terms], len(candidates))
    position = np.array([candidate.position for candidate in candidates])
    place = POSITION * np.exp(-position / POSITION_SCALE)
    fit = likeness / max(float(np.linalg.norm(whole)), 1e-9) + place
    return np.argsort(-fit, kind="stable")


def _vectors(
    candidates: Sequence[Candidate],
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Unit tf-idf vectors as parallel arrays of row, term and weight, in order of rows."""
    number: dict[str, int] = {}
    listed = np.array(
        [number.setdefault(term, len(number)) for each in candidates for term in each.content]
    )
    holders = np.repeat(np.arange(len(candidates)), [len(each.content) for each in candidates])
    keys = holders * len(number) + listed
    _, first, times = np.unique(keys, return_index=True, return_counts=True)
    order = np.argsort(first)  # as the text has them
    rows, terms, times = holders[first[order]], listed[first[order]], times[order]
    holding = np.bincount(terms)
    telling = holding[terms] <= max(COMMON_FROM, COMMON * len(candidates))
    rows, terms, times = rows[telling], terms[telling], times[telling]
    weights = (1 + np.log(times.astype(np.float32))) * np.log(1 + len(candidates) / holding[terms])
    norms = np.sqrt(np.bincount(rows, weights**2))
    return rows, terms, (weights / norms[rows]).astype(np.float32)


def _likeness(candidates: Sequence[Candidate]) -> Floats:
    """Cosines of all pairs, 0 of each with itself.

    Sparse rows are multiplied word by word: each entry meets the entries of the same word in other
    rows. That is done for some rows at a time, to keep what meets what small.
    """
    size = len(candidates)
    rows, terms, weights = _vectors(candidates)
    order = np.argsort(terms, kind="stable")
    holding = np.bincount(terms)
    first = np.cumsum(holding) - holding
    likeness = np.empty((size, size), np.float32)
    work = np.cumsum(size + np.bincount(rows, holding[terms], size))
    tops = np.flatnonzero(np.diff(work // _BLOCK, prepend=-1))
    for top, bottom in pairwise((*tops, size)):
        part = slice(*np.searchsorted(rows, (top, bottom)))
        met = holding[terms[part]]
        skipped = np.cumsum(met) - met
        entry = order[np.repeat(first[terms[part]] - skipped, met) + np.arange(met.sum())]
        cell = np.repeat((rows[part] - top) * size, met) + rows[entry]
        product = np.repeat(weights[part], met) * weights[entry]
        block = np.bincount(cell, product, (bottom - top) * size)
        likeness[top:bottom] = block.reshape(bottom - top, size)
    np.fill_diagonal(likeness, 0)
    return likeness
