"""Briefing -> the one JSON object that `--as json` prints; times in UTC."""

from datetime import datetime
from typing import Any

from summaries import clock
from summaries.model import Article, Briefing, Story


def json_object(briefing: Briefing) -> dict[str, Any]:
    """The briefing as plain values; a point's `article` is the id of the article it is from."""
    return {
        "query": briefing.query.text,
        "since": _time(briefing.since),
        "until": _time(briefing.until),
        "matched": briefing.matched,
        "note": briefing.note,
        "stories": [_story(story) for story in briefing.stories],
    }


def _story(story: Story) -> dict[str, Any]:
    return {
        "title": story.title,
        "update": story.update,
        "articles": [_article(article) for article in story.articles],
        "points": [
            {"text": point.text, "article": story.articles[point.document].id}
            for point in story.points
        ],
    }


def _article(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": article.title,
        "url": article.url,
        "source": article.source,
        "published": _time(article.published),
    }


def _time(moment: datetime | None) -> str | None:
    return clock.iso(moment) if moment else None
