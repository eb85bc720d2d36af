"""The one tree of errors; each boundary translates what it catches into one of these.

BriefError
├── UserError            whoever asked can mend it; its text may be shown to them
│   ├── QueryError       a part of a query that cannot be understood
│   ├── ConfigError      one or more wrong settings, each with its place
│   └── TooLarge         a method that would take too long on this much text
├── SourceError          a source, or one item of it, cannot be read now
│   ├── NotThere         what should be at its address is not: looking again will not help
│   ├── Gone             its address says that it is gone for good
│   └── Busy             its server asks us to come back later
├── StoreError           the database does not answer as it should
├── WorkerError          a worker process was killed at its deadline, or died
└── DeliveryError        a message was not delivered
    ├── Refused          certainly not posted; may be tried again
    ├── Forbidden        certainly not posted, and trying again will not help
    └── Unsure           nobody can tell whether it was posted
"""

from collections.abc import Sequence


class BriefError(Exception):
    """Anything that this program raises on purpose."""


class UserError(BriefError):
    """A mistake that whoever asked can mend: one line that says what to do."""


class QueryError(UserError):
    """A part of a query that cannot be understood, with a right one beside it."""

    def __init__(self, part: str, problem: str, example: str) -> None:
        super().__init__(part, problem, example)
        self.part = part
        self.problem = problem
        self.example = example

    def __str__(self) -> str:
        return f"{self.problem} Try: {self.example}"


class ConfigError(UserError):
    """Wrong settings; each problem reads `file:line:column: what is wrong and what to do`."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(self.problems)


class TooLarge(UserError):
    """A summarising method that would take too long on a text of this size."""


class SourceError(BriefError):
    """A source, or one item of it, cannot be read now: one line that says why and what to do."""


class NotThere(SourceError):
    """An address has nothing (404), or not what it was read for: no article, or no feed."""


class Gone(SourceError):
    """The address of a source or an item says that it is gone for good."""


class Busy(SourceError):
    """A server asks to be left alone, for `retry_after` seconds where it says how long."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class StoreError(BriefError):
    """The database cannot be reached, is full, or does not answer as it should."""


class WorkerError(BriefError):
    """A worker process was killed at its deadline, or died."""


class DeliveryError(BriefError):
    """A message was not delivered."""


class Refused(DeliveryError):
    """Certainly not posted; may be tried again after `retry_after` seconds."""

    def __init__(self, reason: str, retry_after: float = 1.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Forbidden(DeliveryError):
    """Certainly not posted, and trying again will not help: no such channel, or no permission."""


class Unsure(DeliveryError):
    """Sent, but no answer came: nobody can tell whether it was posted."""
