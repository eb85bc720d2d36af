"""What a search asks of the index: clauses of lexemes, all alike, whatever they stand for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, islice, product
from math import prod

from summaries.model import Search, Stems
from summaries.store.codec import storable
from summaries.store.lexemes import EVERY, Kind, Match, Reading, Term, lexeme, mark
from summaries.store.schema import first_row, seconds

MOST_WORDS = 16
"""Words that are looked for, the rarest ones, and words of one phrase."""
MOST_WEIGHED = 500
"""Words of which the rarest are looked for: no query is longer."""
MOST_READINGS = 64
"""Readings of all phrases together, whose words may each stand for several stems."""

_LOWEST, _HIGHEST = -(1 << 63), (1 << 63) - 1

Clause = tuple[Reading, ...]
"""Readings of which an article must have one: it matches nothing where there is none."""
Held = Mapping[str, int]
"""How many stored articles have each lexeme."""


@dataclass(frozen=True, slots=True)
class Question:
    """A clause for each word, clauses that must hold anyway, and readings that bar an article.

    `window` is the lowest row number and the one after the highest.
    """

    words: tuple[Clause, ...]
    required: tuple[Clause, ...]
    barred: tuple[Reading, ...]
    window: tuple[int, int]

    def match(self, words: Iterable[Clause]) -> Match | None:
        """Articles in which these clauses hold, too; None where no article can match."""
        clauses = (*words, *self.required)
        if not all(clauses):
            return None
        return Match(clauses or (((mark(*EVERY),),),), self.barred)


def ask(search: Search) -> tuple[Question, dict[str, Term]]:
    """The question of a search, and the term of each lexeme whose count says how to put it."""
    phrases = [phrase for phrase in search.phrases[:MOST_WORDS] if phrase]
    barred = [phrase for phrase in search.without[:MOST_WORDS] if phrase]
    most = MOST_READINGS // max(1, len(phrases) + len(barred))
    required = [_readings(phrase, most) for phrase in phrases]
    without = chain(*(_readings(phrase, most) for phrase in barred))
    filters = [
        [(kind, storable(name)) for name in names]
        for kind, names in (
            (Kind.SOURCE, search.sources),
            (Kind.LANGUAGE, search.languages),
            (Kind.TAG, search.tags),
        )
        if names
    ]
    words = tuple(_readings((stems,), MOST_READINGS) for stems in search.words[:MOST_WEIGHED])
    marks = [tuple((mark(*term),) for term in names) for names in filters]
    question = Question(words, (*required, *marks), tuple(without), _window(search))
    named = {mark(*term): term for term in (EVERY, *chain(*filters))}
    spelt = {word for clause in (*words, *required) for reading in clause for word in reading}
    return question, {word: (Kind.WORD, word) for word in spelt} | named


def either(clauses: Iterable[Clause]) -> Clause:
    """One clause, which holds where any of these does."""
    return tuple(dict.fromkeys(chain(*clauses)))


def two_of(clauses: Sequence[Clause]) -> list[Clause]:
    """Clauses that all hold where two of these do: leave out any one, and another one holds."""
    return [either(others) for others in combinations(clauses, len(clauses) - 1)]


def holding(clause: Clause, held: Held) -> int:
    """At most how many articles a clause holds in."""
    return sum(min(held[word] for word in reading) for reading in clause)


def expected(match: Match, held: Held) -> float:
    """About how many articles match, if words and filters have nothing to do with one another."""
    stored = held[mark(*EVERY)] or 1
    return stored * prod(min(1.0, holding(clause, held) / stored) for clause in match.required)


def expected_two(clauses: Sequence[Clause], question: Question, held: Held) -> float:
    """About how many articles match with two of these clauses, those with three counted again."""
    matches = map(question.match, combinations(clauses, 2))
    return sum(expected(match, held) for match in matches if match)


def _window(search: Search) -> tuple[int, int]:
    low = _LOWEST if search.since is None else first_row(seconds(search.since))
    high = _HIGHEST if search.until is None else first_row(seconds(search.until))
    return low, high


def _readings(phrase: tuple[Stems, ...], most: int) -> Clause:
    """Adjacent words, in each of their readings."""
    places = [sorted({lexeme(stem) for stem in stems} - {""}) for stems in phrase[:MOST_WORDS]]
    return tuple(islice(product(*places), most))
