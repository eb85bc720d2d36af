"""How a platform posts: the port that adapters implement."""

from collections.abc import Mapping
from typing import Any, Protocol

SKEW = 300.0
"""Seconds by which a platform's clock may differ from the database's."""

Message = Mapping[str, Any]
"""The body of a request that posts a message, without its channel."""


class Channel(Protocol):
    """A platform, as the outbox knows it; `channel` is a target's, of that platform.

    `at_once` are the requests that it takes at one time, `a_second` those that it takes in a
    second, and `pace` are the seconds between two posts to one channel. For `repeatable` seconds it
    knows a message again by its key, so that whoever posts it once more does not double it.
    """

    at_once: int
    a_second: float
    pace: float
    repeatable: float

    async def send(self, channel: str, message: Message, key: str) -> str:
        """Post a rendered message and return its id; `key`, 24 characters, names it for ever.

        Raises Refused, Forbidden or Unsure.
        """
        ...

    async def find(self, channel: str, message: Message, key: str, since: float) -> str | None:
        """The id of a message that may have been posted after `since` (Unix time); None if not.

        Raises Forbidden where we may not look, Refused and Unsure where we can later.
        """
        ...
