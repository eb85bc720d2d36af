"""How the sources do, as a table for the terminal."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from statistics import median
from typing import Literal
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from bot.render.clean import clean
from summaries.look import GONE
from summaries.model import Source, SourceState

DAYS = 30
"""The days, with today, over which the articles of a day are counted."""
WIDEST = 200
"""Columns where the table goes to a file or another program, so that no name is folded."""

_HEADINGS = (
    "source",
    "kind",
    "articles",
    "last success",
    "last new",
    "errors",
    "next poll",
    "a day",
)
_NUMBERS = frozenset({"articles", "a day", "errors"})
_THIS_YEAR = timedelta(days=300)


def first_day(now: datetime) -> date:
    """The first of the days that are counted."""
    return now.date() - timedelta(days=DAYS - 1)


def row(
    source: Source,
    state: SourceState,
    articles: int,
    days: Counter[date],
    now: datetime,
    zone: ZoneInfo,
) -> tuple[str, ...]:
    """What the table says of a source, heading by heading; `days` are its articles by day."""

    def when(moment: datetime | None) -> str:
        if moment is None:
            return "never"
        form = "%m-%d %H:%M" if abs(now - moment) < _THIS_YEAR else "%Y-%m-%d"
        return moment.astimezone(zone).strftime(form)

    return (
        source.name,
        source.kind.value,
        f"{articles:,}",
        when(state.last_success),
        when(state.last_new),
        str(state.errors_in_a_row),
        when(None if state.retired else state.next_poll or now),
        f"{median_a_day(days, articles, now):g}",
    )


def trouble(state: SourceState) -> str:
    """What is wrong with a source, and what to do; empty where all is well."""
    if state.retired:
        return f"retired: {GONE}"
    moved = state.bookmark.moved_to
    return clean(state.last_error or (f"moved to {moved}: correct the address" if moved else ""))


def median_a_day(days: Counter[date], articles: int, now: datetime) -> float:
    """The median of a source's articles a day, from its first article on or for `DAYS` days.

    `articles` is how many it has in all, which tells whether there are any before these days.
    """
    last = now.date()
    inside = [day for day in days if first_day(now) <= day <= last]
    is_older = articles > days.total()
    if not inside and not is_older:
        return 0.0
    start = first_day(now) if is_older else min(inside)
    return median(days[start + timedelta(days=n)] for n in range((last - start).days + 1))


def table(rows: Iterable[tuple[str, ...]], troubles: Mapping[str, str]) -> None:
    """Print the rows, and beneath them, name by name, what is wrong."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDEST)
    made = Table(box=None, pad_edge=False)
    for heading in _HEADINGS:
        side: Literal["left", "right"] = "right" if heading in _NUMBERS else "left"
        made.add_column(heading, justify=side, no_wrap=heading != "source", overflow="fold")
    for cells in rows:
        made.add_row(*cells)
    console.print(made, highlight=False)
    if troubles:
        print("what is wrong:")
    for name, told in troubles.items():
        print(f"{name}: {told}")
