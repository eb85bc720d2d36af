"""Articles as rows, and an analysis as compact bytes: JSON, a string of stems for each sentence."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice
from typing import Any

from sqlalchemy import Row

from summaries.hashing import pack
from summaries.model import Analysis, Article, Hit
from summaries.store.schema import moment, row_id, seconds, time_of

LONGEST = 16_000
"""Stems of one article that can be found, its title's first: PostgreSQL knows 16,383 positions."""


def encode(analysis: Analysis) -> bytes:
    """The analysis as bytes."""
    plain = json.dumps(analysis.parts(), ensure_ascii=False, separators=(",", ":"))
    # The quickest level: any other takes half as long again, for a twentieth less.
    return zlib.compress(plain.encode("utf-8", "replace"), zlib.Z_BEST_SPEED)


def decode(data: bytes) -> Analysis:
    """The analysis that `encode` made these bytes of."""
    return Analysis.from_parts(*json.loads(zlib.decompress(data)))


def storable(text: str) -> str:
    """The text without NULs and unpaired surrogates, at its old length, so that offsets hold."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def clean(article: Article, source: str, first_seen: datetime, *, is_backlog: bool) -> Article:
    """The article as the store keeps it."""

    def tidy(text: str | None) -> str | None:
        return None if text is None else storable(text)

    return replace(
        article,
        id=storable(article.id),
        source=storable(source),
        item=storable(article.item),
        title=storable(article.title),
        text=storable(article.text),
        url=tidy(article.url),
        outlet=tidy(article.outlet),
        author=tidy(article.author),
        tags=tuple(dict.fromkeys(map(storable, article.tags))),
        first_seen=first_seen,
        is_backlog=is_backlog,
    )


def to_row(article: Article, bump: int = 0) -> dict[str, Any]:
    """The columns of a clean article; `bump` moves its number on, where another one has it.

    Raises ValueError if the article is not analysed.
    """
    if article.analysis is None or article.first_seen is None or article.stands_at is None:
        raise ValueError(f"article {article.id} is not analysed")
    stands_at = seconds(article.stands_at)
    return {
        "rowid": row_id(article.id, stands_at, bump),
        "id": article.id,
        "source": article.source,
        "item": article.item,
        "title": article.title,
        "text": article.text,
        "url": article.url,
        "outlet": article.outlet,
        "author": article.author,
        "language": article.analysis.language,
        "tags": list(article.tags),
        "published": article.published and seconds(article.published),
        "first_seen": seconds(article.first_seen),
        "is_backlog": article.is_backlog,
        "stands_at": stands_at,
        "analysis": encode(article.analysis),
        "analysis_version": article.analysis.version,
    }


def to_article(row: Row[Any]) -> Article:
    """The article of a whole row."""
    return Article(
        id=row.id,
        source=row.source,
        item=row.item,
        title=row.title,
        text=row.text,
        url=row.url,
        outlet=row.outlet,
        author=row.author,
        tags=tuple(row.tags),
        published=moment(row.published),
        first_seen=moment(row.first_seen),
        is_backlog=row.is_backlog,
        analysis=decode(row.analysis),
    )


def to_forward(row: Mapping[str, Any], analysis: Analysis) -> dict[str, Any]:
    """The columns of the forward index, given those of the article."""
    stems = chain(analysis.title, *(sentence.stems for sentence in analysis.sentences))
    return {
        "rowid": row["rowid"],
        "id": row["id"],
        "outlet": row["outlet"] or row["source"],
        "language": analysis.language,
        "published": row["published"],
        "came_in": None if row["is_backlog"] else row["first_seen"],
        "title": min(LONGEST, len(analysis.title)),
        "stems": pack(islice(stems, LONGEST)),
    }


def to_hit(row: Row[Any]) -> Hit:
    """The hit of a row of the forward index."""
    return Hit(
        id=row.id,
        outlet=row.outlet,
        language=row.language,
        published=moment(row.published),
        stands_at=time_of(row.rowid),
        came_in=moment(row.came_in),
        title=row.title,
        stems=row.stems,
    )
