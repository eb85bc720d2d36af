"""What a summarising method works on: the sentences that it may offer, of all documents at once."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from summaries.model import Analysis, Stems
from summaries.summarisers.standing import leans
from summaries.text import is_stop_word, stems_in, stop_stems, words


@dataclass(frozen=True)
class Candidate:
    """A sentence that may be offered: where it is, all its stems, and those that carry meaning.

    `document` and `position` count documents, and sentences within one, from 0. `follows` tells
    that the sentence before it is the candidate before it. The rest is found out when it is asked
    for, since most sentences of a long text are never looked at.
    """

    document: int
    position: int
    start: int
    end: int
    stems: tuple[str, ...]
    content: tuple[str, ...]
    language: str
    source: str = field(repr=False)
    follows: bool = False

    @cached_property
    def text(self) -> str:
        """Its words as they stand in the document, with one space between them."""
        return " ".join(self.source[self.start : self.end].split())

    @cached_property
    def leans(self) -> bool:
        """Whether it needs the sentence before it."""
        return leans(self.text, self.language)

    @property
    def length(self) -> int:
        """Its words; in scripts without spaces two pairs of characters count as one."""
        return max(len(self.text.split()), len(self.stems) // 2)


@dataclass(frozen=True, slots=True)
class Material:
    """Candidates by document, then position, none without content; a title's and query's stems.

    `titles` and `languages` have one entry a document, `query` one for each word that counts.
    """

    candidates: tuple[Candidate, ...]
    titles: tuple[Stems, ...]
    languages: tuple[str, ...]
    query: tuple[Stems, ...] = ()


class Method(Protocol):
    """A way of summarising."""

    def __call__(self, material: Material, taken: Set[int]) -> Iterable[int]:
        """Indices of candidates, the best first.

        What comes next may depend on what was taken of those before, which `taken` always tells.
        """
        ...


def gather(texts: Sequence[str], analyses: Sequence[Analysis], query: str) -> Material:
    """Make the material of a summary; a sentence that occurs twice is a candidate once.

    Function words are no content, unless there is nothing else.
    """
    languages = tuple(analysis.language for analysis in analyses)
    candidates = tuple(_candidates(texts, analyses, spare_stop_words=False))
    if not candidates:
        candidates = tuple(_candidates(texts, analyses, spare_stop_words=True))
    return Material(
        candidates=candidates,
        titles=tuple(frozenset(a.title) - stop_stems(a.language) for a in analyses),
        languages=languages,
        query=tuple(
            stems_in(word, languages)
            for word in dict.fromkeys(words(query))
            if not any(is_stop_word(word, language) for language in set(languages))
        ),
    )


def _candidates(
    texts: Sequence[str], analyses: Sequence[Analysis], *, spare_stop_words: bool
) -> Iterable[Candidate]:
    seen: set[tuple[str, ...]] = set()
    for document, (text, analysis) in enumerate(zip(texts, analyses, strict=True)):
        stop = frozenset[str]() if spare_stop_words else stop_stems(analysis.language)
        last: int | None = None
        for position, sentence in enumerate(analysis.sentences):
            content = tuple([stem for stem in sentence.stems if stem not in stop])
            new = bool(content) and sentence.stems not in seen
            if new:
                seen.add(sentence.stems)
                yield Candidate(
                    document,
                    position,
                    sentence.start,
                    sentence.end,
                    sentence.stems,
                    content,
                    analysis.language,
                    source=text,
                    follows=last is not None and not text[last : sentence.start].strip(),
                )
            last = sentence.end if new else None
