"""What admins are told: what was not posted, or perhaps not, and what to do."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.briefings import ALERTS
from bot.config import Target
from bot.editions import shown
from bot.render import MESSAGES
from bot.reply import Reply
from summaries.clock import iso
from summaries.ids import fingerprint
from summaries.store import Delivery, Notice, State

MOST_LISTED = 10

_WHAT = {
    State.PARKED: (
        "was not posted to {targets}: {reason}. "
        "Once that is mended, /brief again {briefing} posts it."
    ),
    State.UNSURE: (
        "may not have been posted to {targets}, and could not be looked for: {reason}. "
        "Look there, and if it is missing, /brief again {briefing} posts it."
    ),
    State.SKIPPED: (
        "was not posted to {targets}: {reason}. "
        "What was new then comes with the next; catch_up says how late one may be posted."
    ),
}


@dataclass(frozen=True, slots=True)
class Alert:
    """A line for the admins, told once for each `key`."""

    key: str
    text: str

    def notice(self, to: Target) -> Notice:
        """The message that tells it."""
        payload = json.dumps(MESSAGES[to.platform](Reply("", text=self.text))[0])
        return Notice(ALERTS, self.key, str(to), payload)


def of(rows: Iterable[Delivery]) -> list[Alert]:
    """A line for all channels to which one slot was not posted for one reason."""
    alike: dict[tuple[str, str, int, State, str, str], list[str]] = {}
    for row in rows:
        # Of trouble with an alert only the log can tell.
        if row.briefing != ALERTS and row.state in _WHAT:
            asked = iso(row.asked) if row.asked else ""
            what = (row.briefing, row.slot, row.part, row.state, row.reason or "", asked)
            alike.setdefault(what, []).append(row.target)
    return [_alert(*what, sorted(targets)) for what, targets in sorted(alike.items())]


def held(holder: str, targets: Sequence[str]) -> Alert:
    """A worker that is neither dead nor alive."""
    text = (
        f"A worker stopped while it posted to {_listed(targets)}, and still holds the channel: "
        "end that process, and another one goes on."
    )
    return Alert(fingerprint(holder, *targets), text)


def _alert(
    briefing: str,
    slot: str,
    part: int,
    state: State,
    reason: str,
    asked: str,
    targets: Sequence[str],
) -> Alert:
    what = _WHAT[state].format(
        targets=_listed(targets), reason=reason.rstrip("."), briefing=briefing
    )
    which = f"{briefing} of {shown(slot)}" + (f", part {part + 1}," if part else "")
    text = f"{which} {what}"
    return Alert(fingerprint(text, asked), text)


def _listed(targets: Sequence[str]) -> str:
    first = ", ".join(targets[:MOST_LISTED])
    more = len(targets) - MOST_LISTED
    return f"{first} and {more:,} more" if more > 0 else first
