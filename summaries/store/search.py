"""Search on SQLite: candidates for ranking, newest first, drawn from FTS5.

Two draws: the newest articles that hold every word, then the newest that hold any. Row numbers
follow time, so that each is a walk down the index which stops when it has enough.
"""

import asyncio
from collections.abc import Iterable
from itertools import islice, product

from sqlalchemy import ColumnElement, Select, column, exists, func, literal_column, select, table
from sqlalchemy.ext.asyncio import AsyncConnection

from summaries import text
from summaries.model import Found, Search, Stems
from summaries.store.codec import storable, to_article
from summaries.store.database import Database
from summaries.store.schema import (
    SEARCH_INDEX,
    article_tags,
    articles,
    first_row,
    seconds,
    terms,
)
from summaries.store.spelling import allowed, nearest

MOST_WORDS = 16
"""Words that are looked for, and words of one phrase."""
MOST_READINGS = 64
"""Readings of one phrase, whose words may each stand for several stems."""
MOST_SPELLINGS = 20_000
"""Stems of about the right length, the most frequent ones, that a spelling is compared with."""

_fts = table(SEARCH_INDEX, column("rowid"))
_match = literal_column(SEARCH_INDEX).op("MATCH")


class Searcher:
    """The search of a store; every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, search: Search) -> Found:
        """Find at most `search.limit` candidates, newest first, by at most MOST_WORDS words.

        Every word is optional as long as one is there; phrases, exclusions and filters are not.
        """
        async with self._database.read() as connection:
            numbers, matched = await _draw(connection, search)
            chosen = select(articles).where(articles.c.rowid.in_(numbers))
            rows = (await connection.execute(chosen.order_by(articles.c.rowid.desc()))).all()
            stored = await connection.scalar(select(func.count()).select_from(articles)) or 0
            held = select(terms).where(terms.c.stem.in_(_stems(search)))
            holding = {row.stem: row.articles for row in await connection.execute(held)}
        found = await asyncio.to_thread(lambda: tuple(to_article(row) for row in rows))
        return Found(matched, found, stored, holding)

    async def near(self, stem: str, limit: int) -> list[str]:
        """Stored stems that are spelt like this one: itself first, then by slips and frequency."""
        stem = storable(stem)
        size, most = func.length(terms.c.stem), allowed(stem)
        query = (
            select(terms)
            .where(size.between(len(stem) - most, len(stem) + most))
            .order_by(terms.c.articles.desc())
            .limit(MOST_SPELLINGS)
        )
        async with self._database.read() as connection:
            held = {row.stem: row.articles for row in await connection.execute(query)}
        return await asyncio.to_thread(nearest, stem, held, limit)

    async def surface(self, stem: str) -> str | None:
        """A word as the newest article with this stem has it; None where no article has it."""
        found = await self.run(Search(words=(frozenset({stem}),), limit=1))
        for article in found.articles:
            language = article.analysis.language if article.analysis else ""
            for word in text.words(f"{article.title}\n{article.text}"):
                if text.stem(word, language) == stem:
                    return word
        return None


async def _draw(connection: AsyncConnection, search: Search) -> tuple[list[int], int]:
    """The row numbers of the candidates, and how many articles match in all."""
    matching = _matching(search, " OR ")
    drawn: dict[int, None] = {}
    if len(search.words) > 1:
        drawn |= dict.fromkeys(await _newest(connection, _matching(search, " AND "), search.limit))
    if len(drawn) < search.limit:
        any_word = await _newest(connection, matching, search.limit)
        if len(any_word) < search.limit:
            return any_word, len(any_word)
        drawn |= dict.fromkeys(any_word)
    matched = await connection.scalar(select(func.count()).select_from(matching.subquery()))
    return list(islice(drawn, search.limit)), matched or 0


async def _newest(connection: AsyncConnection, matching: Select[int], limit: int) -> list[int]:
    number = matching.selected_columns[0]
    return list(await connection.scalars(matching.order_by(number.desc()).limit(limit)))


def _matching(search: Search, between: str) -> Select[int]:
    """The row numbers of the articles that match, `between` (OR, AND) the words."""
    required = [_reading(phrase) for phrase in search.phrases[:MOST_WORDS] if phrase]
    if search.words:
        words = (_either(map(_quoted, word)) for word in search.words[:MOST_WORDS])
        required.append(f"({between.join(words)})")
    barred = [_reading(phrase) for phrase in search.without[:MOST_WORDS] if phrase]
    if required:
        excluding = f" NOT {_either(barred)}" if barred else ""
        number: ColumnElement[int] = _fts.c.rowid
        query = select(number).where(_match(f"({' AND '.join(required)}){excluding}"))
        # Not a join: the planner might walk the articles and ask the index for each.
        if of := list(_of(search)):
            query = query.where(exists().where(articles.c.rowid == number, *of))
    else:
        number = articles.c.rowid
        query = select(number).where(*_of(search))
        if barred:
            query = query.where(number.not_in(select(_fts.c.rowid).where(_match(_either(barred)))))
    return query.where(*_within(search, number))


def _of(search: Search) -> Iterable[ColumnElement[bool]]:
    """The filters on an article's columns."""
    if search.sources:
        yield articles.c.source.in_([storable(name) for name in search.sources])
    if search.languages:
        yield articles.c.language.in_([storable(code) for code in search.languages])


def _within(search: Search, number: ColumnElement[int]) -> Iterable[ColumnElement[bool]]:
    """The filters on an article's row number."""
    if search.since is not None:
        yield number >= first_row(seconds(search.since))
    if search.until is not None:
        yield number < first_row(seconds(search.until))
    if search.tags:
        tagged = article_tags.c.tag.in_([storable(tag) for tag in search.tags])
        yield exists().where(article_tags.c.article == number, tagged)


def _stems(search: Search) -> set[str]:
    """Every stem that the search looks for."""
    phrases = (stems for phrase in search.phrases[:MOST_WORDS] for stems in phrase[:MOST_WORDS])
    return {storable(s) for stems in (*search.words[:MOST_WORDS], *phrases) for s in stems}


def _reading(phrase: tuple[Stems, ...]) -> str:
    """An FTS5 expression for adjacent words, in each of its readings."""
    positions = [sorted(stems) for stems in phrase[:MOST_WORDS]]
    readings = islice(product(*positions), MOST_READINGS)
    return _either(_quoted(" ".join(reading)) for reading in readings)


def _either(parts: Iterable[str]) -> str:
    # An empty string matches nothing, wherever it stands in an expression.
    return f"({' OR '.join(parts) or _quoted('')})"


def _quoted(stems: str) -> str:
    """An FTS5 string: nothing inside it is syntax."""
    return '"' + storable(stems).replace('"', '""') + '"'
