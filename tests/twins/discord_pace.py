"""How fast Discord takes requests: so many posts to a channel, and so many requests of all kinds.

Rules: https://discord.com/developers/docs/topics/rate-limits. The limit of a channel is told by
headers alone; five messages in five seconds is what they tell.
"""

from collections import defaultdict
from dataclasses import dataclass

_POSTS, _POSTS_SECONDS = 5, 5.0
_REQUESTS, _REQUESTS_SECONDS = 50, 1.0
_BUCKET = "80c17d2f203122d936070c88c8d10f33"


@dataclass(frozen=True, slots=True)
class Limit:
    """What stands in the way of a request for so many seconds; `scope` as Discord names it."""

    seconds: float
    scope: str


@dataclass(slots=True)
class _Window:
    """Counts the requests from one on; the first one after its end begins it anew."""

    most: int
    seconds: float
    end: float = 0.0
    used: int = 0

    def take(self, now: float) -> bool:
        """Count a request, if there is room for one."""
        if now >= self.end:
            self.end, self.used = now + self.seconds, 0
        room = self.used < self.most
        self.used += room
        return room


class Pace:
    """The windows of one bot; times are in Unix seconds."""

    def __init__(self) -> None:
        self._all = _Window(_REQUESTS, _REQUESTS_SECONDS)
        self._channels = defaultdict[str, _Window](lambda: _Window(_POSTS, _POSTS_SECONDS))

    def request(self, now: float) -> Limit | None:
        """Count a request; tells what stands in its way."""
        return None if self._all.take(now) else Limit(self._all.end - now, "global")

    def post(self, channel: str, now: float) -> Limit | None:
        """Count a post to a channel; tells what stands in its way."""
        window = self._channels[channel]
        return None if window.take(now) else Limit(window.end - now, "user")

    def headers(self, channel: str, now: float) -> dict[str, str]:
        """What an answer to a post tells about the channel."""
        window = self._channels[channel]
        return limit_headers(window.most - window.used, window.end - now, now)


def limit_headers(remaining: int, seconds: float, now: float) -> dict[str, str]:
    """The headers that say how many more posts a channel takes, until when."""
    return {
        "X-RateLimit-Limit": str(_POSTS),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": f"{now + seconds:.3f}",
        "X-RateLimit-Reset-After": f"{seconds:.3f}",
        "X-RateLimit-Bucket": _BUCKET,
    }
