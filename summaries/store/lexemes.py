"""What the search index holds of an article, and what a search asks of it, alike on every engine.

A lexeme is a stem as every engine can hold it. A mark is a lexeme that stands for an article's
source, its language or one of its tags, so that a filter costs no more than a word.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from summaries.model import Analysis
from summaries.store.codec import storable

LONGEST = 16_000
"""Stems that are indexed of one article, its title's first: PostgreSQL knows 16,383 positions."""
MOST_OCCURRENCES = 255
"""Occurrences of one lexeme in an article that are indexed, as in PostgreSQL; then come gaps."""
MOST_LETTERS = 200_000
"""Letters that are indexed of one article: PostgreSQL has room for 1 MB."""
LONGEST_LEXEME = 500
"""Letters of a lexeme: PostgreSQL has room for 2,046 bytes."""

_OUTSIDE = "\u2028"  # no lexeme of a stem holds white space
_FOLD: dict[int, int | str] = {
    **{letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)},
    **{
        code: "\ufffd" for code in range(0x3001) if code in {*range(33), 127} or chr(code).isspace()
    },
}


class Kind(StrEnum):
    """What a term is that articles are counted by."""

    ARTICLE = "article"
    WORD = "word"
    SOURCE = "source"
    LANGUAGE = "language"
    TAG = "tag"


Term = tuple[Kind, str]
EVERY: Term = (Kind.ARTICLE, "")
"""The term that every article has."""

Reading = tuple[str, ...]
"""Lexemes side by side."""


@dataclass(frozen=True, slots=True)
class Match:
    """Articles with a reading of each of `required`, which is never empty, and none of `barred`."""

    required: tuple[tuple[Reading, ...], ...]
    barred: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """An article in the index; None stands where there is a word that is not indexed."""

    rowid: int
    title: tuple[str | None, ...]
    body: tuple[str | None, ...]
    terms: frozenset[Term]

    @property
    def marks(self) -> list[str]:
        """The lexemes of its marks, in alphabetical order."""
        return sorted(mark(*term) for term in self.terms if term[0] is not Kind.WORD)


@lru_cache(100_000)
def lexeme(stem: str) -> str:
    """The stem in small letters (as FTS5 has it in ASCII), in one piece, and not too long."""
    return storable(stem).translate(_FOLD)[:LONGEST_LEXEME]


@lru_cache(10_000)
def mark(kind: Kind, name: str) -> str:
    """The lexeme of a source, language or tag, or of every article."""
    return _OUTSIDE + kind + hashlib.blake2b(name.encode(), digest_size=10).hexdigest()


def entry(row: Mapping[str, Any], analysis: Analysis) -> Entry:
    """What is indexed of an article, given its columns and its analysis."""
    seen: Counter[str] = Counter()
    room = MOST_LETTERS

    def indexed(stems: Iterable[str]) -> Iterable[str | None]:
        nonlocal room
        for stem in stems:
            word = lexeme(stem)
            room -= len(word)
            if room < 0:
                return
            seen[word] += 1
            yield word if word and seen[word] <= MOST_OCCURRENCES else None

    first = analysis.title[:LONGEST]
    title = tuple(indexed(first))
    rest = chain.from_iterable(sentence.stems for sentence in analysis.sentences)
    body = tuple(islice(indexed(rest), LONGEST - len(first)))
    terms: set[Term] = {(Kind.WORD, word) for word in (*title, *body) if word}
    terms |= {EVERY, (Kind.SOURCE, row["source"]), (Kind.LANGUAGE, row["language"])}
    terms |= {(Kind.TAG, tag) for tag in row["tags"]}
    return Entry(row["rowid"], title, body, frozenset(terms))
