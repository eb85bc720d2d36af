"""What adds something to what was said before, sentence by sentence.

A sentence is old if one known sentence holds most of its words, and the known ones all its numbers:
"30 are missing" is news after "20 are missing", however alike the two are.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set

from summaries.model import Analysis, Sentence
from summaries.text import stop_stems

SAID = 0.6
"""The part of a sentence's words in one known sentence from which on it is old."""


def adding(analysis: Analysis, known: Iterable[Analysis]) -> tuple[Sentence, ...]:
    """The sentences of an article that say more than those of the known ones."""
    said = [
        _content(sentence.stems, each.language) for each in known for sentence in each.sentences
    ]
    holding: defaultdict[str, list[int]] = defaultdict(list)
    for number, stems in enumerate(said):
        for stem in stems:
            holding[stem].append(number)
    return tuple(
        sentence
        for sentence in analysis.sentences
        if not _is_old(_content(sentence.stems, analysis.language), holding)
    )


def _is_old(stems: Set[str], holding: defaultdict[str, list[int]]) -> bool:
    if any(stem not in holding and any(map(str.isdigit, stem)) for stem in stems):
        return False
    shared = Counter(number for stem in stems if stem in holding for number in holding[stem])
    return max(shared.values(), default=0) >= SAID * len(stems)


def _content(stems: Sequence[str], language: str) -> Set[str]:
    return frozenset(stems) - stop_stems(language)
