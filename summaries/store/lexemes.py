"""What the search index holds of an article, and what a search asks of it, alike on every engine.

A lexeme is a stem as every engine can hold it. A mark is a lexeme that stands for an article's
source, its language or one of its tags, so that a filter costs no more than a word.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate, chain, islice
from typing import Any

from summaries.model import Analysis
from summaries.store.codec import LONGEST, storable

MOST_OCCURRENCES = 255
"""Occurrences of one lexeme in an article that are indexed, as in PostgreSQL; then come gaps."""
MOST_LETTERS = 200_000
"""Letters that are indexed of one article: PostgreSQL has room for 1 MB."""
LONGEST_LEXEME = 500
"""Letters of a lexeme: PostgreSQL has room for 2,046 bytes."""

GAP = "\u2028"
"""Stands where a word is not indexed: no lexeme of a stem holds white space."""

_FOLD: dict[int, int | str] = {
    **{letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)},
    **{
        code: "\ufffd" for code in range(0x3001) if code in {*range(33), 127} or chr(code).isspace()
    },
}


class Kind(StrEnum):
    """What a term is that articles are counted by; of LENGTH it is their stems that are counted."""

    ARTICLE = "article"
    LENGTH = "length"
    WORD = "word"
    SOURCE = "source"
    LANGUAGE = "language"
    TAG = "tag"


Term = tuple[Kind, str]
EVERY: Term = (Kind.ARTICLE, "")
"""The term that every article has."""

LENGTH: Term = (Kind.LENGTH, "")
"""The term that counts the stems of all bodies."""

Count = tuple[str, str, int]
"""A term's kind and name, and by how many articles its count changes."""

Columns = dict[str, Any]
"""A row, as its columns by their names."""

Reading = tuple[str, ...]
"""Lexemes side by side."""


@dataclass(frozen=True, slots=True)
class Match:
    """Articles with a reading of each of `required`, which is never empty, and none of `barred`."""

    required: tuple[tuple[Reading, ...], ...]
    barred: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """An article in the index: its words in order, a GAP for one that is left out, and its marks.

    `words` are those that it is counted by.
    """

    rowid: int
    title: Sequence[str]
    body: Sequence[str]
    words: Set[str]
    marks: Sequence[Term]


@lru_cache(100_000)
def lexeme(stem: str) -> str:
    """The stem in small letters (as FTS5 has it in ASCII), in one piece, and not too long."""
    return storable(stem).translate(_FOLD)[:LONGEST_LEXEME]


@lru_cache(10_000)
def mark(kind: Kind, name: str) -> str:
    """The lexeme of a source, language or tag, or of every article."""
    return GAP + kind + hashlib.blake2b(name.encode(), digest_size=10).hexdigest()


def entry(row: Mapping[str, Any], analysis: Analysis) -> Entry:
    """What is indexed of an article, given its columns and its analysis."""
    stems = chain(analysis.title, *(sentence.stems for sentence in analysis.sentences))
    words = _bounded([lexeme(stem) or GAP for stem in islice(stems, LONGEST)])
    size = min(len(analysis.title), len(words))
    marks = [(Kind.SOURCE, row["source"]), (Kind.LANGUAGE, row["language"])]
    tags = ((Kind.TAG, tag) for tag in row["tags"])
    return Entry(row["rowid"], words[:size], words[size:], {*words} - {GAP}, [EVERY, *marks, *tags])


def _bounded(words: list[str]) -> list[str]:
    """The words up to MOST_LETTERS, with gaps where one occurs too often."""
    if sum(map(len, words)) > MOST_LETTERS:
        ends = accumulate(map(len, words))
        words = [word for word, end in zip(words, ends, strict=True) if end <= MOST_LETTERS]
    # Counting each is slow, and few articles are that long.
    if len(words) - len({*words}) >= MOST_OCCURRENCES:
        seen = Counter[str]()
        for i, word in enumerate(words):
            seen[word] += 1
            if seen[word] > MOST_OCCURRENCES:
                words[i] = GAP
    return words
