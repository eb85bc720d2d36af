"""What admins are told: what was not posted, or perhaps not, and what to do."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.editions import shown
from bot.render import MESSAGES
from bot.reply import Reply
from summaries.ids import fingerprint
from summaries.store import Delivery, Planned, State

_PREFIX = "alert: "

_ADVICE = {
    State.PARKED: (
        "was not posted: {reason}. Once that is mended, /brief again {briefing} posts it"
    ),
    State.UNSURE: (
        "may not have been posted, and could not be looked for: {reason}. "
        "Look there, and if it is missing, /brief again {briefing} posts it"
    ),
    State.SKIPPED: "was skipped: {reason}",
}


@dataclass(frozen=True, slots=True)
class Alert:
    """A line for the admins; `about` and `slot` name it, so that it is told once."""

    about: str
    slot: str
    text: str

    @property
    def name(self) -> str:
        """The name of its row, which no briefing can have."""
        return f"{_PREFIX}{fingerprint(self.about, self.text)}"


def is_alert(name: str) -> bool:
    """Whether a row is an alert itself: of its trouble only the log can tell."""
    return name.startswith(_PREFIX)


def payload(alert: Alert, platform: str) -> str:
    """The body of the message that tells it, as JSON."""
    return json.dumps(MESSAGES[platform](Reply("", text=alert.text))[0])


def closed(row: Delivery, state: State, reason: str) -> Alert:
    """A row that was not posted, or perhaps not."""
    told = _ADVICE[state].format(reason=reason.rstrip("."), briefing=row.briefing)
    part = f", part {row.part + 1}," if row.part else ""
    text = f"{row.briefing} of {when(row.slot)}{part} for {row.target} {told}."
    if is_alert(row.briefing):
        text = f"An alert to {row.target} is {state}: {reason}"
    return Alert(row.briefing, row.slot, text)


def missed(rows: Iterable[Planned], counts: Mapping[Planned, int]) -> list[Alert]:
    """Slots that passed unposted, in a line for each briefing."""
    by_slot: dict[tuple[str, str], list[Planned]] = {}
    for row in rows:
        by_slot.setdefault((row.briefing, row.slot), []).append(row)
    return [_missed(group, counts[group[0]]) for group in by_slot.values()]


def _missed(rows: Sequence[Planned], count: int) -> Alert:
    first = rows[0]
    slot = when(first.slot)
    text = (
        f"{first.briefing} of {slot} was not posted to {_listed(rows)}: "
        if count == 1
        else f"{first.briefing} was not posted {count} times to {_listed(rows)}, last of {slot}: "
    )
    advice = "What was new then comes with the next; catch_up says how late one may be posted."
    return Alert(first.briefing, first.slot, f"{text}{first.missed}. {advice}")


def held(holder: str, targets: Sequence[str]) -> Alert:
    """A worker that is neither dead nor alive."""
    more = f" and {len(targets) - 1} more" if len(targets) > 1 else ""
    text = (
        f"A worker stopped while it posted to {targets[0]}{more}, and still holds the channel: "
        "end that process, and another one goes on."
    )
    return Alert(holder, "", text)


def when(slot: str) -> str:
    """The slot for people; an alert has none."""
    return shown(slot) if slot else "now"


def _listed(rows: Sequence[Planned]) -> str:
    first = ", ".join(row.target for row in rows[:3])
    return f"{first} and {len(rows) - 3} more" if len(rows) > 3 else first
