"""How often one person may ask: a token bucket for each."""

from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from bot.config import Rate
from summaries.errors import UserError


@dataclass(slots=True)
class Limiter:
    """Lets `rate.count` requests through at once, and as many again in `rate.seconds`."""

    rate: Rate
    _buckets: dict[str, tuple[float, datetime]] = field(default_factory=dict)

    def admit(self, person: str, now: datetime) -> None:
        """Count a request of `person`; raises UserError that says how long to wait."""
        tokens, seen = self._buckets.get(person, (float(self.rate.count), now))
        refill = self.rate.count / self.rate.seconds
        tokens = min(self.rate.count, tokens + (now - seen).total_seconds() * refill)
        if tokens < 1:
            wait = max(1, ceil((1 - tokens) / refill))
            raise UserError(f"That was a lot of questions; please wait {wait} s and ask again.")
        self._buckets[person] = (tokens - 1, now)
        self._forget(now)

    def _forget(self, now: datetime) -> None:
        """Drop full buckets now and then: they say nothing that a new one does not."""
        if len(self._buckets) > 10_000:
            kept = {
                person: bucket
                for person, bucket in self._buckets.items()
                if (now - bucket[1]).total_seconds() < self.rate.seconds
            }
            self._buckets = kept
