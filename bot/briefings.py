"""What chat asks of scheduled briefings: what is due when, and what admins pause or send again."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.config import BriefingSettings, Settings, Target
from bot.reply import Item, Link, Reply, Section
from bot.schedule import Slot, coming
from summaries.store import Delivery, Pause, State, Store

ALERTS = " alerts"
"""The name of what tells admins of trouble: no briefing's begins with a blank."""

LATEST_AGAIN = timedelta(days=30)
MOST_CHANNELS = 5
MOST_LISTED = 20
_NEVER = datetime.max.replace(tzinfo=UTC)


async def due(settings: Settings, store: Store) -> Reply:
    """List the briefings, the next one first, with their channels and who paused them."""
    if not settings.briefings:
        text = "No briefing is scheduled yet: an admin can add one under briefings: in config.yaml."
        return Reply("What is due", text=text)
    now, pauses = await store.deliveries.now(), await store.pauses.all()
    slots = [(briefing, _next(briefing, now)) for briefing in settings.briefings]
    slots.sort(key=lambda row: row[1].due if row[1] else _NEVER)
    sections = [
        Section(
            Link(briefing.name),
            _state(slot, pauses.get(briefing.name), settings.zone),
            _channels(briefing.to),
        )
        for briefing, slot in slots
    ]
    return Reply("What is due", tuple(sections))


async def pause(settings: Settings, store: Store, name: str, by: str) -> Reply:
    """Post nothing more of a briefing until it is resumed; `by` is how people know who did it."""
    now = await store.deliveries.now()
    paused = await store.pauses.pause(name, by, now)
    state = "is paused" if paused else "is paused already"
    text = f"{name} {state}; `/brief resume {name}` goes on with it."
    known = None if paused else (await store.pauses.all()).get(name)
    since = [_paused(known, settings.zone)] if known else []
    return Reply("", sections=_untitled(since), text=text)


async def resume(settings: Settings, store: Store, name: str) -> Reply:
    """Go on with a briefing, and say when its next slot is."""
    now = await store.deliveries.now()
    resumed = await store.pauses.resume(name, now)
    (briefing,) = (each for each in settings.briefings if each.name == name)
    next_ = _due(_next(briefing, now), settings.zone)
    text = f"{name} goes on." if resumed else f"{name} is not paused."
    return Reply("", sections=_untitled([next_]), text=text)


async def again(settings: Settings, store: Store, name: str) -> Reply:
    """Send again what did not arrive, or may not have; of all briefings where none is named."""
    now = await store.deliveries.now()
    posts: dict[tuple[str, str, str], list[Delivery]] = {}
    for row in await store.deliveries.undelivered(now - LATEST_AGAIN, name or None):
        if _is_wanted(row, settings) and await store.deliveries.reopen(row, now):
            posts.setdefault((row.briefing, row.slot, row.target), []).append(row)
    if not posts:
        return Reply("", text=f"Nothing{f' of {name}' if name else ''} is to be sent again.")
    listed = list(posts.values())[:MOST_LISTED]
    sections: dict[str, list[Item]] = {}
    for parts in listed:
        title = parts[0].briefing.strip()
        sections.setdefault(title, []).append(_undelivered(parts, settings.zone))
    more = len(posts) - len(listed)
    return Reply(
        "Sending again",
        sections=tuple(Section(Link(title), tuple(items)) for title, items in sections.items()),
        text="These go out within seconds.",
        note=f"And {more:,} more." if more else None,
    )


def _is_wanted(row: Delivery, settings: Settings) -> bool:
    """Whether config.yaml still has the row's briefing, and the channel under it."""
    if row.briefing == ALERTS:
        return row.target == str(settings.alerts)
    targets = (to for each in settings.briefings if each.name == row.briefing for to in each.to)
    return row.target in map(str, targets)


def _next(briefing: BriefingSettings, now: datetime) -> Slot | None:
    return next(iter(coming(briefing, now, 1)), None)


def _state(slot: Slot | None, pause: Pause | None, zone: ZoneInfo) -> tuple[Item, ...]:
    if pause is None or pause.resumed_at:
        return (_due(slot, zone),)
    return _paused(pause, zone), _due(slot, zone, "Otherwise due")


def _paused(pause: Pause, zone: ZoneInfo) -> Item:
    return Item(f"Paused by {pause.by} since", when=pause.paused_at.astimezone(zone))


def _due(slot: Slot | None, zone: ZoneInfo, words: str = "Due") -> Item:
    if slot is None:
        return Item("Not due within a year")
    return Item(words, when=slot.due.astimezone(zone))


def _channels(targets: Sequence[Target]) -> tuple[Link, ...]:
    shown = [str(target) for target in targets[:MOST_CHANNELS]]
    if more := len(targets) - len(shown):
        shown.append(f"and {more:,} more")
    return tuple(map(Link, shown))


def _undelivered(parts: Sequence[Delivery], zone: ZoneInfo) -> Item:
    """What had happened to a post, and when it was due."""
    unsure = any(part.state is State.UNSURE for part in parts)
    happened = "may have it already" if unsure else "did not get it"
    reason = next((f" ({part.reason})" for part in parts if part.reason), "")
    text = f"{parts[0].target} {happened}{reason}; it was due"
    return Item(text, when=parts[0].due.astimezone(zone))


def _untitled(items: Sequence[Item]) -> tuple[Section, ...]:
    return (Section(Link(""), tuple(items)),) if items else ()
