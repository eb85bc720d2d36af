"""The rows of the outbox as values: what is to be posted where, and how far it got."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from summaries.store.schema import moment


class State(StrEnum):
    """How far a delivery got.

    `planned`: nothing is composed. `ready`: its payload is frozen, and certainly not posted.
    `sending`: a request may have gone out. Then closed: `sent`; `skipped`, with nothing to tell or
    too late; `parked`, certainly not posted; `unsure`, nobody can tell.
    """

    PLANNED = "planned"
    READY = "ready"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"
    PARKED = "parked"
    UNSURE = "unsure"


OPEN = frozenset({State.PLANNED, State.READY, State.SENDING})
"""The states of what is still to be done."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One part of one slot of a briefing, for one target.

    Once the last part is there, the ids `articles` of part 0 count as told, and `passed` as weighed
    and left out, of what came in until `covered`. `begun` is when a request first went out, `asked`
    when somebody asked for it: that no schedule keeps back.
    """

    briefing: str
    slot: str
    target: str
    part: int
    state: State
    due: datetime
    payload: str | None
    begun: datetime | None
    tries: int
    articles: tuple[str, ...]
    passed: tuple[str, ...]
    covered: datetime | None
    sent_at: datetime | None
    message_id: str | None
    reason: str | None
    asked: datetime | None


@dataclass(frozen=True, slots=True, order=True)
class Notice:
    """A message that is no briefing's: `name` and `slot` name it, `payload` says it."""

    name: str
    slot: str
    target: str
    payload: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A slot that is due for a target; `missed` is why it will not be posted any more.

    That is then to be reported.
    """

    briefing: str
    slot: str
    target: str
    due: datetime
    missed: str | None = None


def to_delivery(row: Row[Any]) -> Delivery:
    """The delivery of a whole row."""
    return Delivery(
        briefing=row.briefing,
        slot=row.slot,
        target=row.target,
        part=row.part,
        state=State(row.state),
        due=moment(row.due),
        payload=row.payload,
        begun=moment(row.begun),
        tries=row.tries,
        articles=tuple(row.articles),
        passed=tuple(row.passed),
        covered=moment(row.covered),
        sent_at=moment(row.sent_at),
        message_id=row.message_id,
        reason=row.reason,
        asked=moment(row.asked),
    )
