"""Passages: a sentence, with those before it that it needs to be read."""

from collections.abc import Sequence

from summaries.summarisers.material import Candidate
from summaries.summarisers.standing import is_whole

LONGEST = 3
"""Sentences; what needs more of them is not offered."""


def passage(candidates: Sequence[Candidate], index: int) -> range | None:
    """Numbers of the candidates from the one that leans on nothing to this one.

    None where there is no such beginning, or too far away.
    """
    first = index
    while candidates[first].leans:
        if not candidates[first].follows or index - first + 1 == LONGEST:
            return None
        first -= 1
    return range(first, index + 1)


def reads_well(candidates: Sequence[Candidate], numbers: range | None) -> bool:
    """Whether there is a passage and every sentence of it is a whole statement."""
    return numbers is not None and all(is_whole(candidates[each].text) for each in numbers)
