"""The search index of SQLite (FTS5), and the count of articles that hold each stem.

FTS5 takes the stems as they are: `title` and `body` are stems joined by spaces. It keeps no text
of its own, so an article leaves it by handing in once more what was indexed.
https://www.sqlite.org/fts5.html#contentless_tables
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from itertools import chain, islice

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from summaries.model import Analysis
from summaries.store.codec import storable

LONGEST = 16_000
"""Stems that are indexed of one article, its title's first: PostgreSQL knows 16,383 positions."""

Columns = list[dict[str, int | str]]

_ADD = text("INSERT INTO articles_fts (rowid, title, body) VALUES (:rowid, :title, :body)")
_DROP = text(
    "INSERT INTO articles_fts (articles_fts, rowid, title, body) "
    "VALUES ('delete', :rowid, :title, :body)"
)
_COUNT = text(
    "INSERT INTO terms (stem, articles) VALUES (:stem, :articles) "
    "ON CONFLICT (stem) DO UPDATE SET articles = terms.articles + excluded.articles"
)
_DISCOUNT = text("UPDATE terms SET articles = articles - :articles WHERE stem = :stem")
_FORGET = text("DELETE FROM terms WHERE stem = :stem AND articles <= 0")


async def add(connection: AsyncConnection, analyses: Mapping[int, Analysis]) -> None:
    """Index articles, by row number, that are not indexed."""
    entries, counts = await asyncio.to_thread(_prepare, analyses)
    if entries:
        await connection.execute(_ADD, entries)
    if counts:
        await connection.execute(_COUNT, counts)


async def drop(connection: AsyncConnection, analyses: Mapping[int, Analysis]) -> None:
    """Take articles out; each analysis must be the one that was indexed."""
    entries, counts = await asyncio.to_thread(_prepare, analyses)
    if entries:
        await connection.execute(_DROP, entries)
    if counts:
        await connection.execute(_DISCOUNT, counts)
        await connection.execute(_FORGET, counts)


def _prepare(analyses: Mapping[int, Analysis]) -> tuple[Columns, Columns]:
    """What to index, and how many of these articles hold each stem."""
    entries: Columns = []
    holding: Counter[str] = Counter()
    for rowid, analysis in analyses.items():
        first = analysis.title[:LONGEST]
        stems = chain.from_iterable(sentence.stems for sentence in analysis.sentences)
        title = storable(" ".join(first))
        body = storable(" ".join(islice(stems, LONGEST - len(first))))
        entries.append({"rowid": rowid, "title": title, "body": body})
        holding.update({*title.split(), *body.split()})
    # Sorted, so that two writers on a server never wait for each other's rows.
    return entries, [{"stem": stem, "articles": n} for stem, n in sorted(holding.items())]
