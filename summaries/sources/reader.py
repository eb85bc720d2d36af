"""What every kind of source is read with, and how a draft becomes an article."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Protocol
from zoneinfo import ZoneInfo

from summaries import clock, ids
from summaries.draft import Draft
from summaries.fetch import Fetched, Fetcher
from summaries.furniture import byline
from summaries.model import Article, Bookmark, Harvest, Known, Source
from summaries.sources.feed_dates import EARLIEST_YEAR
from summaries.text import analyse
from summaries.workers import Workers

LONGEST_TEXT = 200_000
"""Characters that are kept of one article; no news has more."""

LATEST = timedelta(days=2)
"""Dates further from now are mistakes."""

PARSING = 3.0
"""Seconds of work that reading one feed or one file may take."""

WAIT_A_BYTE = 10 / 2**20
"""Seconds for which a body of one byte can wait for a worker."""


def can_wait(body: bytes) -> float:
    """Seconds for which what came in later may be parsed before: what is small is mostly quick.

    Whoever wants to keep the workers busy needs a large body, or makes only himself wait.
    """
    return WAIT_A_BYTE * len(body)


def left_off(got: Fetched, before: Bookmark) -> Bookmark:
    """The bookmark after a request; its digest is the one before if nothing has changed."""
    moved_to = got.moved_to or before.moved_to
    if got.status == 304:
        return replace(before, moved_to=moved_to)
    return Bookmark(
        etag=got.etag,
        last_modified=got.last_modified,
        digest=blake2b(got.body, digest_size=16).hexdigest(),
        moved_to=moved_to,
        shown=before.shown,
    )


class Knows(Protocol):
    """Tells of items, by their fingerprints now, which of them were there before."""

    async def __call__(self, shown: Mapping[str, str]) -> Known:
        """An item is unchanged, too, whose fingerprint an item of another name had.

        Raises StoreError.
        """
        ...


async def nothing(shown: Mapping[str, str]) -> Known:  # noqa: ARG001
    """Know nothing of any item."""
    return Known()


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier looks at a source left: where they ended, and what they saw.

    `is_first` tells that there was none; then only the newest few pages are worth a request each.
    """

    bookmark: Bookmark = field(default_factory=Bookmark)
    known: Knows = nothing
    is_first: bool = True


@dataclass(frozen=True, slots=True)
class Tools:
    """What it takes to read a source; dates without a zone are in `zone`.

    `full_text` says whether the page of an article is fetched where its feed has but a teaser.
    """

    fetcher: Fetcher
    workers: Workers
    zone: ZoneInfo
    full_text: bool = True


class Reader(Protocol):
    """Looks at a source once and gives what is new; raises SourceError and WorkerError."""

    async def __call__(self, source: Source, past: Past, tools: Tools) -> Harvest:
        """Read the source."""


def to_article(
    draft: Draft, source: Source, item: str, zone: ZoneInfo, language: str | None = None
) -> Article:
    """The article, analysed, that a draft is in its place; for use in a worker.

    `language` is what its source says it is in, which counts where the words leave it open.
    """
    title, text = draft.title or "", draft.text[:LONGEST_TEXT]
    return Article(
        id=ids.article_id(draft.url, source.name, item),
        source=source.name,
        item=item,
        title=title,
        text=text,
        url=draft.url,
        outlet=draft.outlet,
        author=byline(draft.author or "") or draft.author,
        published=_in_utc(draft.published, zone),
        tags=tuple(dict.fromkeys((*source.tags, *draft.tags))),
        analysis=analyse(title, text, language),
    )


def _in_utc(when: datetime | None, zone: ZoneInfo) -> datetime | None:
    """The date in UTC; None for one that no news can have, as an empty date's year 1."""
    if when is None or when.year < EARLIEST_YEAR:
        return None
    moment = (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)
    return moment if moment < clock.now() + LATEST else None
