"""Every method of sumy, by its own classes, fed from our analysis.

sumy's tokenizer would download NLTK's data; here a sentence is known to sumy by its number alone,
and its words are the stems that we have. https://github.com/miso-belica/sumy
"""

import random
import warnings
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from threading import Lock
from typing import Any

import numpy as np

from summaries.errors import TooLarge
from summaries.summarisers.material import Material, Method

_USUAL_CONTENT = 12
"""Words with meaning in a sentence of news; longer ones count as several in a method's limit."""

_ONE_AT_A_TIME = Lock()
"""What `_quiet` and `_seeded` change belongs to the whole process."""


@dataclass(frozen=True, slots=True)
class SumyMethod:
    """A class of sumy; `limit` is how many sentences it does in 15 seconds, whatever the text.

    That is at most 30 seconds on a core half as fast as those of 2026. The limit alone keeps this
    deadline, since nothing can stop a thread that is busy.
    """

    name: str
    module: str
    class_name: str
    limit: int

    def __call__(self, material: Material, taken: Set[int]) -> list[int]:  # noqa: ARG002
        """Indices of candidates, the best first; raises TooLarge above the limit."""
        contents = [candidate.content for candidate in material.candidates]
        if not contents:
            return []
        size = max(len(contents), sum(map(len, contents)) // _USUAL_CONTENT)
        if size > self.limit:
            raise TooLarge(
                f"{self.name} takes too long on a text as long as this (about {size:,} sentences, "
                f"it can do {self.limit:,}): use default."
            )
        with _ONE_AT_A_TIME, _quiet(), _seeded():
            return self._ranked(material)

    def _ranked(self, material: Material) -> list[int]:
        summarizer = self._summarizer()
        with_titles = self.name == "edmundson"
        if with_titles:
            _give_words(summarizer, material)
        ranked: list[int] = []

        def take(infos: Sequence[Any]) -> Sequence[Any]:
            """Stand in for sumy's count of sentences: it is handed all of them, with their ratings.

            Rounded, since the sums over sets from which they come differ with the hash seed.
            """
            best_first = sorted(infos, key=lambda info: (-round(float(info.rating), 9), info.order))
            ranked.extend(info.order for info in best_first)
            return infos

        summarizer(_dom(material, with_titles=with_titles), take)
        return ranked

    def _summarizer(self) -> Any:
        module = import_module(f"sumy.summarizers.{self.module}")
        return getattr(module, self.class_name)()


def _dom(material: Material, *, with_titles: bool) -> Any:
    """Sumy's model of the documents: each one a paragraph, its title a heading."""
    from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence

    class Words:
        """A tokenizer to which a text is the number of a candidate, or of a title."""

        def to_words(self, number: str) -> tuple[str, ...]:
            kind, index = number.split()
            if kind == "title":
                return tuple(sorted(material.titles[int(index)]))
            return material.candidates[int(index)].content

    known = Words()
    paragraphs: list[list[Any]] = [[] for _ in material.titles]
    if with_titles:
        for index, paragraph in enumerate(paragraphs):
            paragraph.append(Sentence(f"title {index}", known, is_heading=True))
    for index, candidate in enumerate(material.candidates):
        paragraphs[candidate.document].append(Sentence(f"sentence {index}", known))
    return ObjectDocumentModel(map(Paragraph, paragraphs))


def _give_words(edmundson: Any, material: Material) -> None:
    """Bonus for the words of query and titles; no stem is empty, but sumy wants no empty set."""
    edmundson.bonus_words = frozenset({""}).union(*material.titles, *material.query)
    edmundson.stigma_words = edmundson.null_words = {""}


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out the warnings about texts too short to divide by anything."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _seeded() -> Iterator[None]:
    """Make sumy's use of `random` the same at each call, and leave no trace of it."""
    state = random.getstate()
    random.seed(0)
    try:
        yield
    finally:
        random.setstate(state)


# The limits come from the slowest of eight kinds of text: of news, of words that are all different,
# all the same but one, or all there twice, in sentences of 12 words, of 1,200, or in a single one.
SUMY_METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        SumyMethod("lexrank", "lex_rank", "LexRankSummarizer", 1_600),
        SumyMethod("textrank", "text_rank", "TextRankSummarizer", 1_500),
        SumyMethod("lsa", "lsa", "LsaSummarizer", 900),
        SumyMethod("luhn", "luhn", "LuhnSummarizer", 5_000),
        SumyMethod("kl", "kl", "KLSummarizer", 300),
        SumyMethod("sum_basic", "sum_basic", "SumBasicSummarizer", 5_000),
        SumyMethod("reduction", "reduction", "ReductionSummarizer", 1_900),
        SumyMethod("edmundson", "edmundson", "EdmundsonSummarizer", 100_000),
        SumyMethod("random", "random", "RandomSummarizer", 100_000),
    )
}
