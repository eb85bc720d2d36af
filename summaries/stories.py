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
    Analysis,
    Article,
    Found,
    Hit,
    Options,
    Query,
    Search,
    Story,
    Told,
    Why,
)
from summaries.novelty import adding
from summaries.query import subject
from summaries.rank import Ranked, holds, rank
from summaries.summarisers import SLOW, summarise
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
    """Group what was found by events, the best first: those that may be shown, and how many are."""
    ranked = rank(search, found, now, options.half_life)
    least = RELEVANT * ranked[0].score if ranked else 0.0
    # What is known serves only to tell what it belongs to, and must not crowd out what is new.
    ranked = sorted(ranked, key=lambda item: item.hit in told)[:MOST_ARTICLES]
    groups = [[ranked[i] for i in group] for group in cluster([item.hit for item in ranked])]
    groups = [group for group in groups if any(item.hit not in told for item in group)]
    groups.sort(key=_order)
    shown = groups[query.skip :]
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
    """Make a story of each group that adds something to what was told.

    An article that is missing is gone, as it may be by now.
    """
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
    """The story of those articles of a group that were not told yet, and add to what was."""
    new = [item for item in group if item.hit.id not in told.articles]
    known = [articles[item.hit.id].analysis for item in group if item.hit.id in told.articles]
    hits = [item.hit for item in new]
    shown = tuple(articles[hit.id] for hit in hits)
    kept = distinct(hits)
    most = SLOW.get(options.method, MOST_SENTENCES)
    heads = _heads([shown[i] for i in kept], [analysis for analysis in known if analysis], most)
    if not any(head.analysis and head.analysis.sentences for head in heads) and (known or not new):
        return None
    points = summarise(heads, sentences=options.points, query=subject(query), method=options.method)
    return Story(
        title=shown[0].title,
        articles=shown,
        points=tuple(replace(point, document=kept[point.document]) for point in points.points),
        why=_why(query, new),
        copies=tuple(sorted({*range(len(hits))} - {*kept})),
        update=bool(known),
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


def _heads(articles: Sequence[Article], known: Sequence[Analysis], most: int) -> list[Article]:
    """The articles with their first sentences only, of those that add to what is known.

    News has its news there, and of `most` sentences in all no method is slow.
    """
    articles = articles[: most // FEWEST_SENTENCES]
    each = most // max(1, len(articles))
    heads = []
    for article in articles:
        analysis = article.analysis
        if analysis:
            sentences = adding(analysis, known) if known else analysis.sentences
            analysis = replace(analysis, sentences=sentences[:each])
        heads.append(replace(article, analysis=analysis))
    return heads
