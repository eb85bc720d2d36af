"""What several documents say in the same words, and how much of it is yet to be told."""

from collections.abc import Sequence

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
        self._size = len(candidates)
        self._rows, self._pairs = _pairs(candidates)
        documents = np.array([candidate.document for candidate in candidates])
        span = int(documents.max(initial=0)) + 1
        holding = np.unique(self._pairs * span + documents[self._rows]) // span
        self._worth = np.bincount(holding)
        self._worth[self._worth < 2] = 0
        shared = self._worth[self._pairs] > 0
        self._rows, self._pairs = self._rows[shared], self._pairs[shared]
        self.gain = self._gain()

    def cover(self, number: int) -> None:
        """Count the pairs of a candidate as told."""
        self._worth[self._pairs[self._rows == number]] = 0
        self.gain = self._gain()

    def _gain(self) -> Floats:
        gain = np.bincount(self._rows, self._worth[self._pairs], self._size)
        return gain.astype(np.float32)


def _pairs(candidates: Sequence[Candidate]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Parallel arrays of a candidate's number and the number of a pair in it, each once.

    Of one document nothing is shared, so that none are counted.
    """
    if len({candidate.document for candidate in candidates}) < 2:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    numbers: dict[str, int] = {}
    stems = np.array(
        [numbers.setdefault(stem, len(numbers)) for each in candidates for stem in each.stems]
    )
    content = frozenset[str]().union(*(candidate.content for candidate in candidates))
    telling = np.array([stem in content for stem in numbers])
    rows = np.repeat(np.arange(len(candidates)), [len(each.stems) for each in candidates])
    left, right = stems[:-1], stems[1:]
    together = (rows[:-1] == rows[1:]) & (telling[left] | telling[right])
    keys = left[together] * len(numbers) + right[together]
    _, pairs = np.unique(keys, return_inverse=True)
    each_once = np.unique(pairs * len(candidates) + rows[:-1][together])
    return each_once % len(candidates), each_once // len(candidates)
