"""What was found -> stories: one for each event, the best first, each with its points.

`arrange` chooses the groups of hits to show; `compose` makes their stories once their articles are
read. Both are pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain, takewhile
from math import log2

from summaries.cluster import cluster, distinct
from summaries.model import (
    Article,
    Found,
    Hit,
    Options,
    Point,
    Query,
    Search,
    Story,
    Told,
    Why,
)
from summaries.query import subject
from summaries.rank import Ranked, holds, rank
from summaries.summarisers import summarise
from summaries.text import is_stop_word, stem, words

RELEVANT = 0.25
"""A story that is worth less than this part of the best hit matches but in passing."""
MOST_ARTICLES = 150
MOST_SENTENCES, FEWEST_SENTENCES = 160, 8
OUTLET_WEIGHT = 0.15
NOBODY = Told()

Group = list[Ranked]
"""Hits on one event, the most representative first."""


def arrange(
    query: Query,
    search: Search,
    found: Found,
    options: Options,
    now: datetime,
    told: Told = NOBODY,
) -> tuple[list[Group], int]:
    """Group what was found by events: the groups that the query wants to see, and how many are."""
    ranked = rank(search, found, now, options.half_life)
    least = RELEVANT * ranked[0].score if ranked else 0.0
    # What is known serves only to tell what it belongs to, and must not crowd out what is new.
    ranked = sorted(ranked, key=lambda item: item.hit in told)[:MOST_ARTICLES]
    groups = [[ranked[i] for i in group] for group in cluster([item.hit for item in ranked])]
    groups = [group for group in groups if any(item.hit not in told for item in group)]
    groups.sort(key=_order)
    shown = groups[query.skip : query.skip + (query.top or options.stories)]
    if not query.skip:
        # What matches the query only in passing waits until somebody asks for more.
        shown = list(takewhile(lambda group: _weight(group) >= least, shown))
    return shown, len(groups)


def compose(
    query: Query,
    groups: Sequence[Group],
    articles: Iterable[Article],
    options: Options,
    told: Told = NOBODY,
) -> tuple[Story, ...]:
    """Make a story of each group; an article that is missing is gone, as it may be by now."""
    known = {article.id: article for article in articles}
    present = [[item for item in group if item.hit.id in known] for group in groups]
    stories = [_story(group, known, query, options, told) for group in present]
    return tuple(filter(None, stories))


def _story(
    group: Group,
    articles: Mapping[str, Article],
    query: Query,
    options: Options,
    told: Told,
) -> Story | None:
    """The story of those articles of a group that were not told yet."""
    new = [item for item in group if item.hit.id not in told.articles]
    if not new:
        return None
    hits = [item.hit for item in new]
    shown = tuple(articles[hit.id] for hit in hits)
    kept = distinct(hits)
    return Story(
        title=shown[0].title,
        articles=shown,
        points=_points(shown, kept, subject(query), options),
        why=_why(query, new),
        copies=tuple(sorted({*range(len(hits))} - {*kept})),
        update=len(new) < len(group),
    )


def _order(group: Group) -> tuple[float, float, str]:
    """Sort key of a story: its weight, then its newness."""
    newest = max(item.hit.stands_at.timestamp() for item in group)
    return (-_weight(group), -newest, min(item.hit.id for item in group))


def _weight(group: Group) -> float:
    return round(max(item.score for item in group) * _breadth(group), 6)


def _breadth(group: Group) -> float:
    """What a story's outlets multiply its score by."""
    return 1 + OUTLET_WEIGHT * log2(len({item.hit.outlet for item in group}))


def _why(query: Query, group: Group) -> Why:
    best = max(group, key=lambda item: item.score)
    asked = dict.fromkeys(chain(query.words, *query.phrases))
    held = tuple(word for word in asked if any(_tells(word, item.hit) for item in group))
    return Why(held, best.relevance, best.newness, _breadth(group))


def _tells(word: str, hit: Hit) -> bool:
    """Whether an article holds a word that is no function word."""
    parts = [part for part in words(word) if not is_stop_word(part, hit.language)]
    return any(holds(hit, [part, stem(part, hit.language)]) for part in parts)


def _points(
    articles: Sequence[Article], kept: Sequence[int], about: str, options: Options
) -> tuple[Point, ...]:
    """The points of a story, drawn from the articles that are kept."""
    kept = kept[: MOST_SENTENCES // FEWEST_SENTENCES]
    heads = [_head(articles[i], MOST_SENTENCES // len(kept)) for i in kept]
    summary = summarise(heads, sentences=options.points, query=about, method=options.method)
    return tuple(replace(point, document=kept[point.document]) for point in summary.points)


def _head(article: Article, most: int) -> Article:
    """The article with its first sentences only: news has its news there, and no method is slow."""
    if article.analysis is None or len(article.analysis.sentences) <= most:
        return article
    sentences = article.analysis.sentences[:most]
    return replace(article, analysis=replace(article.analysis, sentences=sentences))
