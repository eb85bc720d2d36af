"""What robots.txt lets us read (RFC 9309)."""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from weakref import WeakValueDictionary

from protego import Protego
from yarl import URL

from summaries.errors import SourceError

AGENT = "briefing-bot"
LARGEST = 512 * 1024
"""Bytes of a robots.txt that are read; RFC 9309 asks for 500 KiB."""

KEPT_FOR, KEPT_FOR_NOW = 86_400.0, 600.0
"""Seconds for which it is remembered; and that it could not be read."""

LONGEST_DELAY = 10.0
"""Seconds of its `Crawl-delay` that are honoured."""

_MOST_KEPT, _LARGEST_KEPT = 1_000, 2_000_000
_MOST_LINES, _LONGEST_LINE = 5_000, 2_000
_AGENT_LINE = re.compile(r"user[-\s]*agent\b\s*:?(.*)", re.IGNORECASE)

Ask = Callable[[str], Awaitable[tuple[int, bytes]]]
"""Fetches an address: its status and the beginning of its body; raises SourceError."""


@dataclass(frozen=True, slots=True)
class _Site:
    """What was learnt of one site, `until` when; without rules it could not be, for a `reason`."""

    until: float
    rules: Protego | None
    size: int = 0
    reason: str = ""


class Robots:
    """The rules of the sites that were asked for them lately."""

    def __init__(self, ask: Ask, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._sites: OrderedDict[URL, _Site] = OrderedDict()
        self._size = 0
        self._asking: WeakValueDictionary[URL, asyncio.Lock] = WeakValueDictionary()

    async def check(self, url: URL) -> None:
        """Raise SourceError when this page must not be read, or not now."""
        origin = url.origin()
        lock = self._asking.setdefault(origin, asyncio.Lock())
        async with lock:
            site = self._known(origin) or await self._learn(origin)
        if site.rules is None:
            raise SourceError(f"its robots.txt cannot be read: {site.reason}")
        if not site.rules.can_fetch(str(url), AGENT):
            raise SourceError(
                f"robots.txt of {url.host} does not want this page read:"
                " give its feed, or ask its owner"
            )

    def delay(self, url: URL) -> float:
        """Seconds that a site wants between two requests; 0 where that is not known."""
        site = self._known(url.origin())
        stated = site.rules.crawl_delay(AGENT) if site and site.rules else None
        return min(stated or 0.0, LONGEST_DELAY)

    def _known(self, origin: URL) -> _Site | None:
        site = self._sites.get(origin)
        if site is None or site.until <= self._clock():
            return None
        self._sites.move_to_end(origin)
        return site

    async def _learn(self, origin: URL) -> _Site:
        try:
            status, body = await self._ask(str(origin / "robots.txt"))
        except SourceError as error:
            site = _Site(self._clock() + KEPT_FOR_NOW, None, reason=str(error))
        else:
            lines = "\n".join(_lines(body if 200 <= status < 300 else b""))
            site = _Site(self._clock() + KEPT_FOR, Protego.parse(lines), len(lines))
        self._keep(origin, site)
        return site

    def _keep(self, origin: URL, site: _Site) -> None:
        before = self._sites.pop(origin, None)
        self._size += site.size - (before.size if before else 0)
        self._sites[origin] = site
        while len(self._sites) > _MOST_KEPT or self._size > _LARGEST_KEPT:
            self._size -= self._sites.popitem(last=False)[1].size


def _lines(raw: bytes) -> Iterator[str]:
    """The first few thousand lines that say something; all other programs get one name.

    A group of thousands of programs with thousands of rules would otherwise take seconds, and a
    gigabyte.
    """
    lines = filter(None, raw.decode("utf-8-sig", "replace").splitlines())
    told = (line.partition("#")[0].strip() for line in lines)
    for line in islice((line for line in told if 0 < len(line) <= _LONGEST_LINE), _MOST_LINES):
        agent = _AGENT_LINE.match(line)
        is_other = agent and agent[1].replace("*", "").strip().lower() not in ("", AGENT)
        yield "User-agent: another" if is_other else line
