"""Summarising: the table of methods, and the library's front door."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from summaries.errors import UserError
from summaries.model import Article, Point, Summary
from summaries.summarisers.material import Candidate, Material, Method, gather
from summaries.summarisers.news import rank_news
from summaries.summarisers.passages import passage, reads_well
from summaries.summarisers.sumy_methods import SUMY_METHODS
from summaries.text import analyse

DEFAULT = "default"
METHODS: dict[str, Method] = {DEFAULT: rank_news, **SUMY_METHODS}
"""Every way of summarising, by the name that config.yaml and `--method` give it."""

SLOW = {"kl": 60}
"""How many sentences of a story a method is given that is too slow for the usual number."""

SENTENCES = 3
"""The budget where none is given."""

_MISFITS = 20
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
    Points stand in the order of the documents given, then of their sentences. What needs the
    sentence before it ("He said ...") makes one point with it, so that there may be fewer points
    than sentences; what is no statement of its own (half a quotation, a caption) is left out while
    there is another. An article that carries its analysis is not analysed again.

    Raises UserError for a wrong budget or method, TooLarge for more text than the method can do.
    """
    _check(documents, sentences, words)
    choose = _method(method)
    articles = [Article(text=each) if isinstance(each, str) else each for each in documents]
    texts = [article.text for article in articles]
    analyses = [article.analysis or analyse(article.title, article.text) for article in articles]
    material = gather(texts, analyses, query)
    taken = _taken(material, choose, sentences, words)
    return Summary(tuple(_points(material, texts, taken)))


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
    material: Material, choose: Method, sentences: int | None, words: int | None
) -> set[int]:
    """The best candidates that the budget lets through and that read well, alone or together.

    Where none reads well, as in a poem or a table, the best as they are.
    """
    left = words or sentences or SENTENCES
    cost = [candidate.length if words else 1 for candidate in material.candidates]
    taken: set[int] = set()
    broken: list[int] = []
    misfits = 0
    for index in choose(material, taken):
        numbers = passage(material.candidates, index)
        if numbers is None or not reads_well(material.candidates, numbers):
            broken.append(index)
            continue
        added = set(numbers) - taken
        price = sum(cost[each] for each in added)
        if price <= left or (not taken and len(added) == 1):
            taken |= added
            left -= price
        else:
            misfits += bool(taken)
        if left <= 0 or misfits == _MISFITS:
            break
    return taken or _first(broken, cost, left)


def _first(ranked: Sequence[int], cost: Sequence[int], left: int) -> set[int]:
    """The first that fit into the budget."""
    taken: set[int] = set()
    for index in ranked:
        if cost[index] <= left or not taken:
            taken.add(index)
            left -= cost[index]
        if left <= 0:
            break
    return taken


def _points(material: Material, texts: Sequence[str], taken: set[int]) -> Iterator[Point]:
    """What was taken, in order; what leans on the one before it makes one point with it."""
    passages: list[list[Candidate]] = []
    for index in sorted(taken):
        candidate = material.candidates[index]
        if candidate.leans and candidate.follows and index - 1 in taken:
            passages[-1].append(candidate)
        else:
            passages.append([candidate])
    for sentences in passages:
        document, start, end = sentences[0].document, sentences[0].start, sentences[-1].end
        yield Point(" ".join(texts[document][start:end].split()), document, start, end)
