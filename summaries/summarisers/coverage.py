"""What several documents say in the same words, and how much of it is yet to be told."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from summaries.summarisers.material import Candidate

Floats = NDArray[np.float32]


class Coverage:
    """Pairs of adjacent stems that more than one document holds, each worth its documents.

    A summary covers a pair once: then the pair adds nothing to other candidates (Gillick and Favre,
    A Scalable Global Model for Summarization, ILP-NLP 2009). `gain` is, by candidate, the worth of
    its pairs that are not covered; a pair of function words is none.
    """

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        documents: dict[tuple[str, str], set[int]] = {}
        held = [_pairs(candidate) for candidate in candidates]
        for candidate, pairs in zip(candidates, held, strict=True):
            for pair in pairs:
                documents.setdefault(pair, set()).add(candidate.document)
        self._holders: dict[tuple[str, str], list[int]] = {
            pair: [] for pair, holding in documents.items() if len(holding) > 1
        }
        self._worth = {pair: len(documents[pair]) for pair in self._holders}
        self._shared = [[pair for pair in pairs if pair in self._holders] for pairs in held]
        for index, shared in enumerate(self._shared):
            for pair in shared:
                self._holders[pair].append(index)
        worths = [sum(map(self._worth.__getitem__, shared)) for shared in self._shared]
        self.gain: Floats = np.array(worths, np.float32)

    def cover(self, index: int) -> None:
        """Count the pairs of a candidate as told."""
        for pair in self._shared[index]:
            self.gain[self._holders[pair]] -= self._worth[pair]
            self._holders[pair] = []


def _pairs(candidate: Candidate) -> dict[tuple[str, str], None]:
    content = frozenset(candidate.content)
    return {
        pair: None for pair in pairwise(candidate.stems) if pair[0] in content or pair[1] in content
    }
