"""Candidates for ranking, drawn from the search index in four ways, the newest of each.

Those with all the words, those with two of the rarest, those with one of the rarer half, and those
with any: a few hundred, so that ranking costs the same in a small archive and in a large one.
"""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from summaries import text
from summaries.model import Found, Search
from summaries.store.codec import to_hit
from summaries.store.database import Database
from summaries.store.index import counts
from summaries.store.lexemes import EVERY, LENGTH, Kind, lexeme
from summaries.store.question import (
    MOST_WORDS,
    Clause,
    Held,
    Question,
    ask,
    either,
    expected,
    expected_two,
    holding,
    two_of,
)
from summaries.store.schema import articles, forward, terms
from summaries.store.spelling import allowed, nearest

RAREST = 6
"""Words of which candidates hold two: with more, common words fill the draw."""
AT_ONCE = 4
"""Searches under way: more would only keep one another from ending."""
MOST_COUNTED = 1_000
"""Matches that are counted."""
MOST_SPELLINGS = 20_000
"""Stems of about the right length, the most frequent ones, that a spelling is compared with."""


class Searcher:
    """The search of a store; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def run(self, search: Search) -> Found:
        """Find at most `search.limit` candidates, newest first, by the MOST_WORDS rarest words.

        Every word is optional as long as one is there; phrases, exclusions and filters are not.
        """
        question, wanted = ask(search)
        async with self._turns, self._database.read() as connection:
            counted = await counts(connection, [*wanted.values(), LENGTH])
            held = {word: counted[term] for word, term in wanted.items()}
            numbers, matched = await self._draw(connection, question, held, search.limit)
            chosen = select(forward).where(forward.c.rowid.in_(numbers))
            rows = await connection.execute(chosen.order_by(forward.c.rowid.desc()))
            hits = tuple(map(to_hit, rows.all()))
        stems = {stem for phrase in (search.words, *search.phrases) for s in phrase for stem in s}
        known = {stem: n for stem in stems if (n := held.get(lexeme(stem)))}
        return Found(matched, hits, counted[EVERY], counted[LENGTH], known)

    async def near(self, stem: str, limit: int) -> list[str]:
        """Stored stems that are spelt like this one, by slips, then frequency; itself if stored."""
        stem = lexeme(stem)
        size, most = func.length(terms.c.name), allowed(stem)
        query = (
            select(terms.c.name, terms.c.articles)
            .where(terms.c.kind == Kind.WORD.value)
            .where(size.between(len(stem) - most, len(stem) + most))
            .order_by(terms.c.articles.desc())
            .limit(MOST_SPELLINGS)
        )
        term = (Kind.WORD, stem)
        async with self._database.read() as connection:
            # Most are stored, and need no look at all the others.
            if (await counts(connection, [term]))[term]:
                return [stem]
            held = {row.name: row.articles for row in await connection.execute(query)}
        return await asyncio.to_thread(nearest, stem, held, limit)

    async def surface(self, stem: str) -> str | None:
        """A word as the newest article with this stem has it; None where no article has it."""
        found = await self.run(Search(words=(frozenset({stem}),), limit=1))
        query = select(articles.c.title, articles.c.text, articles.c.language)
        async with self._database.read() as connection:
            named = articles.c.id.in_([hit.id for hit in found.hits])
            rows = (await connection.execute(query.where(named))).all()
        for row in rows:
            for word in text.words(f"{row.title}\n{row.text}"):
                if text.stem(word, row.language) == stem:
                    return word
        return None

    async def _draw(
        self, connection: AsyncConnection, question: Question, held: Held, limit: int
    ) -> tuple[list[int], int]:
        """The row numbers of the candidates, and how many articles match as far as is counted."""

        async def newest(
            words: Iterable[Clause], most: int, about: float | None = None
        ) -> list[int]:
            match = question.match(words)
            if match is None:
                return []
            about = expected(match, held) if about is None else about
            engine = self._database.engine
            return await engine.newest(connection, match, question.window, most, about)

        words = {clause: n for clause in question.words if (n := holding(clause, held))}
        rarest = sorted(words, key=lambda clause: words[clause])[:MOST_WORDS]
        anything = [either(rarest)] if question.words else []
        matching = await newest(anything, max(limit, MOST_COUNTED))
        if len(matching) <= limit:
            return matching, len(matching)
        drawn: dict[int, None] = {}
        if len(rarest) > 1:
            drawn |= dict.fromkeys(await newest(rarest, limit))
            if len(rarest) > 2 and len(drawn) < limit:
                few = rarest[:RAREST]
                two = await newest(two_of(few), limit, expected_two(few, question, held))
                room = (limit - len(drawn)) * 2 // 3
                drawn |= dict.fromkeys(islice(_besides(drawn, two), room))
            if len(drawn) < limit:
                rarer = await newest([either(rarest[: len(rarest) // 2])], limit)
                drawn |= dict.fromkeys(islice(_besides(drawn, rarer), limit - len(drawn)))
        drawn |= dict.fromkeys(islice(_besides(drawn, matching), limit - len(drawn)))
        return list(drawn), len(matching)


def _besides(drawn: Iterable[int], more: Iterable[int]) -> Iterator[int]:
    return (number for number in more if number not in drawn)
