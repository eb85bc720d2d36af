"""The values that everything passes around: frozen, slotted, picklable, free of I/O.

Times are aware datetimes in UTC. Offsets are code points into an article's text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a text: `text[start:end]`, and the stems of all its words in order."""

    start: int
    end: int
    stems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What `text.analyse` made of one article; `version` tells which analysis it was."""

    language: str
    title: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    version: int

    def parts(self) -> tuple[int, str, str, list[tuple[int, int, str]]]:
        """The same in few parts, which are quick to store and to pickle; see `from_parts`."""
        sentences = [(s.start, s.end, " ".join(s.stems)) for s in self.sentences]
        return self.version, self.language, " ".join(self.title), sentences

    @classmethod
    def from_parts(
        cls, version: int, language: str, title: str, sentences: Iterable[tuple[int, int, str]]
    ) -> Self:
        """The analysis that has these parts; stems hold no white space."""
        made = tuple(Sentence(start, end, tuple(s.split())) for start, end, s in sentences)
        return cls(language, tuple(title.split()), made, version)

    def __reduce__(self) -> tuple[object, ...]:
        return self.from_parts, self.parts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One news article, furniture removed.

    `item` is its name within its source (a path relative to the folder, a feed's guid); `outlet`
    who published it, where that is known to differ from the source's name. `is_backlog` tells that
    its source had it at the first look already.
    """

    text: str
    title: str = ""
    id: str = ""
    source: str = ""
    item: str = ""
    url: str | None = None
    outlet: str | None = None
    author: str | None = None
    published: datetime | None = None
    first_seen: datetime | None = None
    is_backlog: bool = False
    tags: tuple[str, ...] = ()
    analysis: Analysis | None = None

    @property
    def stands_at(self) -> datetime | None:
        """Where it stands in time windows: when it was published, else when it was first seen."""
        return self.published or self.first_seen


@dataclass(frozen=True, slots=True)
class Told:
    """What is no news to a channel: articles that it was told, and others by when they came in.

    Whatever came in by `after`, and what a source showed at the first look, is none; `passed` are
    ids of what came in later and was not worth telling. Without `after`, all else is news.
    """

    articles: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()
    after: datetime | None = None

    def __contains__(self, hit: "Hit") -> bool:
        if hit.id in self.articles or hit.id in self.passed:
            return True
        return self.after is not None and (hit.came_in is None or hit.came_in <= self.after)


class SourceKind(StrEnum):
    """What a source is: `config.yaml` names it by one of these keys."""

    FEED = "feed"
    PAGE = "page"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Source:
    """A configured source; `location` is a URL, or the absolute path of a folder."""

    name: str
    kind: SourceKind
    location: str
    tags: tuple[str, ...] = ()
    every: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as its source shows it now; the fingerprint changes when the item does."""

    article: Article
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Failure:
    """An item, or a whole source (`item` empty), that could not be read; `reason` is one line."""

    source: str
    item: str
    reason: str

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.source, self.item, self.reason)))


@dataclass(frozen=True, slots=True)
class Known:
    """Which items of those asked for were there before: as they are now, or otherwise."""

    unchanged: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """Where reading a source was left off, for the next look at it.

    `etag` and `last_modified` make a request conditional, `digest` tells whether a body is the one
    that came before. `moved_to` is where its address has moved for good, `feed` the feed that a
    page names. `shown` is how many items it showed.
    """

    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None
    moved_to: str | None = None
    feed: str | None = None
    shown: int = 0


@dataclass(frozen=True, slots=True)
class Harvest:
    """What one look at a source gave; unchanged items are only counted.

    `passed` are the fingerprints, by item, of what was looked at and has no article to give, so
    that it is not looked at again. The source says not to ask again for `fresh_for` seconds.
    """

    readings: tuple[Reading, ...] = ()
    unchanged: int = 0
    failures: tuple[Failure, ...] = ()
    bookmark: Bookmark = field(default_factory=Bookmark)
    passed: Mapping[str, str] = field(default_factory=dict)
    fresh_for: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How a source fared: `last_new` is when it last had a new article, `last_error` one line.

    `location` is the one that all of this is about. `rhythm` is how many seconds lie between two
    looks that found something new, in the mean of the last ones. `retired` tells that its address
    said it is gone for good; a source that is, is not looked at again until its location changes.
    """

    location: str = ""
    bookmark: Bookmark = field(default_factory=Bookmark)
    last_success: datetime | None = None
    last_new: datetime | None = None
    last_error: str | None = None
    errors_in_a_row: int = 0
    rhythm: float | None = None
    next_poll: datetime | None = None
    retired: bool = False


class Show(StrEnum):
    """What a query wants to see: the stories, the articles behind them, or why they were chosen."""

    STORIES = "stories"
    ARTICLES = "articles"
    WHY = "why"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query as it was typed, taken apart; words are as typed, not yet stemmed.

    A phrase is a tuple of adjacent words. `until` is exclusive.
    """

    text: str = ""
    words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    without: tuple[tuple[str, ...], ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    top: int | None = None
    skip: int = 0
    show: Show = Show.STORIES


@dataclass(frozen=True, slots=True)
class Options:
    """What a query leaves open: its window, how many stories and points, and how to choose them.

    `sources` are those that are asked where the query names none; empty is all.
    """

    since: timedelta = timedelta(days=30)
    stories: int = 5
    points: int = 3
    method: str = "default"
    half_life: timedelta = timedelta(days=3)
    sources: tuple[str, ...] = ()


Stems = frozenset[str]
"""The stems that one typed word may stand for, one or more for each language of the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A query as the store runs it: any of `words`, all of `phrases`, none of `without`.

    `since` is inclusive, `until` exclusive; an empty filter lets everything through, and no words
    and no phrases at all means the newest articles.
    """

    words: tuple[Stems, ...] = ()
    phrases: tuple[tuple[Stems, ...], ...] = ()
    without: tuple[tuple[Stems, ...], ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    limit: int = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article as a search finds it: what orders and groups it, not what is shown of it.

    `stems` are numbers of 32 bits (see `hashing`), of which the first `title` are its title's;
    `outlet` is the source's name where no other is known; `came_in` is when it was first seen, None
    where that was at the first look at its source.
    """

    id: str
    outlet: str
    language: str
    published: datetime | None
    stands_at: datetime
    came_in: datetime | None
    title: int
    stems: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: how many match, the candidates, and what ranking must know.

    `matched` is exact below a thousand; from there on, at least so many match. `holding` tells for
    each stem of the search how many stored articles hold it, of `stored`, whose bodies have
    `length` stems together.
    """

    matched: int
    hits: tuple[Hit, ...]
    stored: int
    length: int
    holding: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Point:
    """Words of document number `document`: `text == " ".join(document[start:end].split())`."""

    text: str
    document: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The points that a method chose, in the order in which they should be read."""

    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """Why a story stands where it does.

    `words` are those of the query that its articles hold, as they were typed. Its weight is the
    product of the other three: how well its best article answers, and what its newness and its
    number of outlets multiply that by.
    """

    words: tuple[str, ...]
    relevance: float
    newness: float
    breadth: float

    @property
    def weight(self) -> float:
        """What stories are ordered by."""
        return self.relevance * self.newness * self.breadth


@dataclass(frozen=True, slots=True)
class Story:
    """Articles on one event; `document` of a point and `copies` are indices into `articles`.

    Copies say nearly what one before them says, and gave no points.
    """

    title: str
    articles: tuple[Article, ...]
    points: tuple[Point, ...]
    why: Why
    copies: tuple[int, ...] = ()
    update: bool = False


@dataclass(frozen=True, slots=True)
class Matches:
    """What a search for a query found at `now`; `note` says so if its window was widened."""

    query: Query
    search: Search
    found: Found
    now: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Briefing:
    """The answer to a query; `total` counts the stories before `top` and `skip` cut them.

    `note` says what the reader should know of the answer, `suggestion` what else might be asked.
    """

    query: Query
    since: datetime | None
    until: datetime
    matched: int
    stories: tuple[Story, ...]
    total: int
    note: str | None = None
    suggestion: Query | None = None
