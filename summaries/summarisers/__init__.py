"""Summarising: the table of methods, and the library's front door."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import islice

from summaries.errors import UserError
from summaries.model import Article, Point, Summary
from summaries.summarisers.material import Candidate, Material, Method, gather
from summaries.summarisers.news import rank_news
from summaries.summarisers.sumy_methods import SUMY_METHODS
from summaries.text import analyse

DEFAULT = "default"
METHODS: dict[str, Method] = {DEFAULT: rank_news, **SUMY_METHODS}
"""Every way of summarising, by the name that config.yaml and `--method` give it."""

SENTENCES = 3
"""The budget where none is given."""

_MISFITS = 5
"""After so many sentences that are too long for the words that are left, they count as used."""


def summarise(
    documents: Sequence[str | Article],
    *,
    sentences: int | None = None,
    words: int | None = None,
    query: str = "",
    method: str = DEFAULT,
) -> Summary:
    """Choose the sentences that tell most of what the documents say, word for word.

    The budget is a number of sentences or of words, three sentences where none is given; words are
    never exceeded, unless by a first sentence that alone is longer. A query tilts the choice.
    Points stand in the order of the documents given, then of their sentences. An article that
    carries its analysis is not analysed again.

    Raises UserError for a wrong budget or method, TooLarge for more text than the method can do.
    """
    _check(documents, sentences, words)
    choose = _method(method)
    articles = [Article(text=each) if isinstance(each, str) else each for each in documents]
    texts = [article.text for article in articles]
    analyses = [article.analysis or analyse(article.title, article.text) for article in articles]
    material = gather(texts, analyses, query)
    taken = _taken(material, choose(material), sentences, words)
    return Summary(tuple(_point(material.candidates[index]) for index in sorted(taken)))


def _check(documents: Sequence[str | Article], sentences: int | None, words: int | None) -> None:
    if isinstance(documents, str):
        raise UserError("Give a list of documents, even for one: summarise([text]).")
    if sentences is not None and words is not None:
        raise UserError("Give a number of sentences or a number of words, not both.")
    for budget, unit in ((sentences, "sentence"), (words, "word")):
        if budget is not None and budget < 1:
            raise UserError(f"A summary has at least one {unit}, not {budget}.")


def _method(name: str) -> Method:
    if name in METHODS:
        return METHODS[name]
    near = get_close_matches(name.lower(), METHODS, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise UserError(f"There is no method {name!r}.{meant} There are: {', '.join(METHODS)}.")


def _taken(
    material: Material, ranked: Iterable[int], sentences: int | None, words: int | None
) -> list[int]:
    """The best candidates that the budget lets through."""
    if words is None:
        return list(islice(ranked, sentences or SENTENCES))
    taken: list[int] = []
    misfits = 0
    for index in ranked:
        length = material.candidates[index].length
        if length <= words or not taken:
            taken.append(index)
            words -= length
        else:
            misfits += 1
        if words <= 0 or misfits == _MISFITS:
            break
    return taken


def _point(candidate: Candidate) -> Point:
    return Point(candidate.text, candidate.document, candidate.start, candidate.end)
