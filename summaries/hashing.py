"""Stems as numbers of 32 bits, so that hundreds of articles are weighed in a few milliseconds.

Two stems may share a number, too seldom to matter to a sum over many (Weinberger and others,
Feature Hashing for Large Scale Multitask Learning, ICML 2009).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from summaries.model import Hit

Numbers = NDArray[np.uint32]

_STORED = np.dtype("<u4")


@dataclass(frozen=True, slots=True)
class Postings:
    """The stems of several articles in order: parallel arrays, one entry for each stem.

    `article` counts the articles from 0, `position` the stems of a body from 0; a title's stems
    stand at negative ones, the last at -1.
    """

    number: Numbers
    article: NDArray[np.intp]
    position: NDArray[np.intp]


def hashed(stems: Iterable[str]) -> Numbers:
    """The number of each stem; stems hold no white space."""
    spelt = " ".join(stems).encode("utf-8", "replace").split()
    return np.fromiter(map(crc32, spelt), np.uint32, len(spelt))


def pack(stems: Iterable[str]) -> bytes:
    """The numbers of stems as `Hit.stems` has them: four bytes each, the lowest first."""
    return hashed(stems).astype(_STORED).tobytes()


def postings(hits: Sequence[Hit]) -> Postings:
    """The stems of all hits."""
    sizes = np.array([len(hit.stems) // _STORED.itemsize for hit in hits], np.intp)
    bodies = np.cumsum(sizes) - sizes + np.array([hit.title for hit in hits], np.intp)
    number = np.frombuffer(b"".join(hit.stems for hit in hits), _STORED)
    return Postings(
        number=number.astype(np.uint32, copy=False),
        article=np.repeat(np.arange(len(hits)), sizes),
        position=np.arange(len(number)) - np.repeat(bodies, sizes),
    )
