"""Briefing -> reply: what a reader is shown of it, and what the buttons under it ask for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.reply import Button, Item, Link, Reply, Section
from summaries.model import Article, Briefing, Point, Query, Show, Story
from summaries.query import subject, write
from summaries.store import MOST_COUNTED


def reply_to(briefing: Briefing, zone: ZoneInfo, title: str | None = None) -> Reply:
    """Show a briefing; `title` stands for the words of its query."""
    query = briefing.query
    about = title or subject(query) or "What is new"
    show, suffix = _SHOWN[query.show]
    return Reply(
        heading=about + suffix,
        sections=tuple(show(story, zone) for story in briefing.stories),
        text="" if briefing.stories else _nothing(briefing),
        note=_note(briefing) if briefing.stories else None,
        buttons=_buttons(briefing),
    )


def _story(story: Story, zone: ZoneInfo) -> Section:
    lead = story.articles[0]
    return Section(
        title=Link(story.title, lead.url),
        items=tuple(_point(point, story.articles[point.document]) for point in story.points),
        footer=tuple(_citation(article, zone) for article in story.articles),
        badge="Update" if story.update else None,
    )


def _point(point: Point, article: Article) -> Item:
    return Item(point.text, (Link(outlet(article), article.url),))


def _articles(story: Story, zone: ZoneInfo) -> Section:
    """The story as a list of its articles."""
    items = tuple(Item(article.title, (_citation(article, zone),)) for article in story.articles)
    return Section(Link(story.title, story.articles[0].url), items)


def _why(story: Story, zone: ZoneInfo) -> Section:
    """The story as the reasons for it; `relevance` counts what its words are worth."""
    why, outlets = story.why, dict.fromkeys(map(outlet, story.articles))
    lines = [
        f"Weight {why.weight:.2f} = relevance {why.relevance:.2f} x newness {why.newness:.2f} "
        f"x outlets {why.breadth:.2f}.",
        f"{_count(len(outlets), 'outlet', 'outlets')}: {', '.join(outlets)}.",
    ]
    if why.words:
        lines.insert(0, f"Matched: {', '.join(why.words)}.")
    items = [Item(line) for line in lines]
    if story.copies:
        copies = [story.articles[i] for i in story.copies]
        items.append(
            Item("Left out as nearly the same:", tuple(_citation(each, zone) for each in copies))
        )
    return Section(Link(story.title, story.articles[0].url), tuple(items))


_SHOWN = {
    Show.STORIES: (_story, ""),
    Show.ARTICLES: (_articles, ": all articles"),
    Show.WHY: (_why, ": why these stories"),
}


def outlet(article: Article) -> str:
    """Who published it, as far as is known."""
    return article.outlet or article.source


def _citation(article: Article, zone: ZoneInfo) -> Link:
    """Outlet and day; and where there is no address to follow, the file's name."""
    parts = [outlet(article)]
    if article.published:
        parts.append(f"{article.published.astimezone(zone):%-d %B %Y}")
    if not article.url:
        parts.append(article.item)
    return Link(", ".join(filter(None, parts)), article.url)


def _nothing(briefing: Briefing) -> str:
    if briefing.total:
        return f"That was all: {_count(briefing.total, 'story', 'stories')}."
    return briefing.note or "Nothing new."


def _note(briefing: Briefing) -> str:
    first = briefing.query.skip + 1
    last = briefing.query.skip + len(briefing.stories)
    span = f"{first} to {last}" if last > first else str(first)
    shown = f"{span} of " if last - first + 1 < briefing.total else ""
    found = _count(briefing.matched, "article matches", "articles match")
    if briefing.matched >= MOST_COUNTED:
        found = f"at least {found}"
    parts = [f"{shown}{_count(briefing.total, 'story', 'stories')}; {found}."]
    if briefing.note:
        parts.insert(0, briefing.note)
    return " ".join(parts)


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _buttons(briefing: Briefing) -> tuple[Button, ...]:
    if briefing.suggestion:
        return (Button(subject(briefing.suggestion), write(briefing.suggestion)),)
    if not briefing.stories:
        return ()
    fixed = _fixed(briefing)
    shown = fixed.skip + len(briefing.stories)
    buttons = []
    if shown < briefing.total:
        buttons.append(Button("More", write(replace(fixed, skip=shown))))
    if fixed.show is Show.STORIES:
        these = replace(fixed, top=len(briefing.stories))
        buttons.append(Button("Sources", write(replace(these, show=Show.ARTICLES))))
        buttons.append(Button("Why this?", write(replace(these, show=Show.WHY))))
    return tuple(buttons)


def _fixed(briefing: Briefing) -> Query:
    """The query with its window as moments, so that it asks for the same tomorrow.

    Moments are written to the second, and what was found in this one belongs to it.
    """
    until = briefing.until.replace(microsecond=0) + timedelta(seconds=1)
    return replace(briefing.query, since=briefing.since, until=until)


def listing(heading: str, lines: Sequence[tuple[str, str]], note: str | None = None) -> Reply:
    """A reply that lists names and what is to be said of each."""
    items = tuple(Item(f"{name}: {said}" if said else name) for name, said in lines)
    return Reply(heading, sections=(Section(Link(heading), items),) if items else (), note=note)
