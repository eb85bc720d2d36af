"""HTTP for hostile places: deadlines, size caps, conditional requests, public addresses only."""

import asyncio
import socket
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from summaries import addresses, clock
from summaries.addresses import Resolver
from summaries.errors import Busy, Gone, NotThere, SourceError
from summaries.freshness import fresh_for, retry_after
from summaries.inflate import CODINGS, Inflater
from summaries.politeness import GAP, Turns
from summaries.robots import AGENT, LARGEST_ROBOTS, Robots

USER_AGENT = f"{AGENT}/0.1 (+https://example.org/briefing-bot)"
LARGEST_DOWNLOAD = 2 * 1024 * 1024
"""Bytes of an answer that are read as they come, compressed or not."""

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of an answer, unpacked."""

MOST_REDIRECTS = 5
AT_ONCE = 200
"""Requests under way; whoever waits for one of these places does not lose time of its deadline."""

_IDLE = 2.0
_CHUNK = 64 * 1024
_LONGEST_MARK = 1_000
_FEEDS = "application/rss+xml, application/atom+xml, application/feed+json, */*;q=0.8"
_PAGES = "text/html, application/xhtml+xml, */*;q=0.8"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_ADVICE = {
    304: "it says that nothing changed, unasked: try again later",
    401: "it asks for a password: give an address that needs none",
    403: "it refuses us: its owner may have to let this program in",
    404: "there is nothing at this address: correct it",
    410: "it is gone for good: remove the source",
    429: "it asks us to come less often: raise `every:` of this source",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer; `body` is empty and `status` 304 when nothing changed. `url` is the last one.

    `moved_to` is where the address has moved for good; the server says not to ask again for
    `fresh_for` seconds. `is_cut` tells that the body has more than its beginning, which this is.
    """

    status: int
    body: bytes
    url: str
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None
    fresh_for: float = 0.0
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked of every host on the way; `largest` caps the body, which may be `cut` there."""

    headers: Mapping[str, str]
    largest: int = LARGEST_BODY
    cut: bool = False
    is_page: bool = False


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the last host said; `moved_to` is the end of the permanent redirects that came first."""

    url: URL
    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    is_cut: bool = False
    moved_to: URL | None = None
    is_permanent: bool = True


class Fetcher:
    """The one way to the web, for all sources: at most one request a host at a time.

    `deadline` is in seconds and covers a whole request, redirects and body included, but not the
    wait for its turn. `allow` names the networks (as `127.0.0.0/8`) and hosts that may be fetched
    though they are not public. `gap` is how many seconds a host is left alone after a request.
    """

    def __init__(
        self,
        *,
        deadline: float = 20.0,
        allow: Collection[str] = (),
        gap: float = GAP,
        resolver: Resolver | None = None,
    ) -> None:
        self._deadline = deadline
        networks = [network for name in allow if (network := addresses.network(name))]
        self._hosts = frozenset(name.lower() for name in allow if not addresses.network(name))
        self._guard = addresses.guard(networks)
        self._gap = gap
        self._turns = Turns()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._resolver = resolver or Resolver()
        self._robots = Robots(self._ask_robots)
        self._sessions: dict[tuple[bool, bool], aiohttp.ClientSession] = {}

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        is_page: bool = False,
        cut: bool = False,
    ) -> Fetched:
        """Fetch a feed, or 304 when it still is what `etag` or `last_modified` stand for.

        A page (`is_page`) is fetched if the site's robots.txt lets us. Of a body that is too large
        the beginning is given if it may be `cut`. Raises, in one line, Gone when the address is so
        for good, Busy when the server asks to be left alone, and SourceError for everything else
        that can go wrong.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        asked = {name: value for name, value in conditions.items() if value}
        headers = {"Accept": _PAGES if is_page else _FEEDS, **asked}
        answer = await self._fetch(url, _Wish(headers, cut=cut, is_page=is_page))
        if not 200 <= answer.status < 300 and not (answer.status == 304 and asked):
            raise _refusal(answer)
        return Fetched(
            status=answer.status,
            body=answer.body,
            url=str(answer.url.with_user(None) if answer.url.raw_user else answer.url),
            etag=_mark(answer.headers.get("ETag")),
            last_modified=_mark(answer.headers.get("Last-Modified")),
            moved_to=str(answer.moved_to) if answer.moved_to else None,
            fresh_for=fresh_for(answer.headers, clock.now()),
            is_cut=answer.is_cut,
        )

    async def close(self) -> None:
        """Close every connection."""
        sessions = list(self._sessions.values())
        self._sessions.clear()
        for session in sessions:
            await session.close()
        await self._resolver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _value: object, _traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def _ask_robots(self, url: str) -> tuple[int, bytes]:
        answer = await self._fetch(url, _Wish({"Accept": "text/plain"}, LARGEST_ROBOTS, cut=True))
        if answer.status == 429 or answer.status >= 500:
            raise _refusal(answer)
        return answer.status, answer.body

    async def _fetch(self, url: str, wish: _Wish) -> _Answer:
        """The answer whatever its status is; raises SourceError when there is none."""
        try:
            async with asyncio.timeout(self._deadline) as limit:
                return await self._follow(URL(url.strip()), wish, limit)
        except TimeoutError as error:
            raise SourceError(
                f"{shown(url)} took longer than {self._deadline:g} s: try again later,"
                " or raise `deadline:` under `fetch:`"
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise SourceError(f"{shown(url)} cannot be fetched: {_cause(error)}") from error
        except zlib.error as error:
            raise SourceError(f"{shown(url)} sends damaged data: try again later") from error
        except ValueError as error:
            raise SourceError(f"{shown(url)!r} is no web address: correct it") from error

    async def _follow(self, url: URL, wish: _Wish, limit: asyncio.Timeout) -> _Answer:
        moved_to, is_permanent = None, True
        for _ in range(MOST_REDIRECTS + 1):
            if url.scheme not in ("http", "https") or not url.host:
                raise SourceError(f"{shown(url)} is not fetched: only http and https addresses are")
            if wish.is_page:
                with _paused(limit):
                    await self._robots.check(url)
            answer = await self._visit(url, wish, limit)
            location = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or not location:
                return replace(answer, moved_to=moved_to, is_permanent=is_permanent)
            url = _target(url, location)
            is_permanent = is_permanent and answer.status in _PERMANENT
            moved_to = url if is_permanent else moved_to
        raise SourceError(f"{shown(url)} redirects more than {MOST_REDIRECTS} times: correct it")

    async def _visit(self, url: URL, wish: _Wish, limit: asyncio.Timeout) -> _Answer:
        """Ask one host when its turn comes, and the turn of the address that it stands for."""
        host = url.raw_host or ""
        name = host.rstrip(".")
        gap = max(self._gap, self._robots.delay(url))
        async with AsyncExitStack() as turns:
            with _paused(limit):
                await turns.enter_async_context(self._turns.of(name, gap))
            address = await self._resolver.address(host)
            with _paused(limit):
                if address != name:
                    await turns.enter_async_context(self._turns.of(address, self._gap))
                await turns.enter_async_context(self._places)
            session = self._session(url.host in self._hosts, wish.is_page)
            async with session.get(url, headers=wish.headers, allow_redirects=False) as response:
                answer = _Answer(url, response.status, response.headers)
                if not 200 <= response.status < 300:
                    return answer
                body, is_cut = await _body(response, url, wish)
                return replace(answer, body=body, is_cut=is_cut)

    def _session(self, is_allowed: bool, is_page: bool) -> aiohttp.ClientSession:
        """The session that does, or does not, see what is not public, and keeps connections.

        A site's pages are fetched one after the other, while a feed is asked for once in a while.
        """
        if (is_allowed, is_page) not in self._sessions:
            connector = aiohttp.TCPConnector(
                socket_factory=None if is_allowed else self._guard,
                resolver=self._resolver,
                use_dns_cache=False,
                limit=0,
                force_close=not is_page,
                keepalive_timeout=_IDLE if is_page else None,
            )
            self._sessions[is_allowed, is_page] = aiohttp.ClientSession(
                connector=connector,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip, deflate"},
                timeout=aiohttp.ClientTimeout(total=None),
                trust_env=False,
            )
        return self._sessions[is_allowed, is_page]


@contextmanager
def _paused(limit: asyncio.Timeout) -> Iterator[None]:
    """Stop the clock of a deadline for a while."""
    time = asyncio.get_running_loop().time
    left = (limit.when() or 0.0) - time()
    limit.reschedule(None)
    try:
        yield
    finally:
        limit.reschedule(time() + left)


def _target(url: URL, location: str) -> URL:
    """Where a redirect leads; a name and password stay with the host that they are for."""
    try:
        target = url.join(URL(location))
        if target.raw_user is not None or target.raw_password is not None:
            target = target.with_user(None)
        is_same = target.host == url.host and target.scheme in (url.scheme, "https")
        if url.raw_user is not None and is_same:
            target = target.with_user(url.user).with_password(url.password)
    except ValueError as error:
        raise SourceError(f"{shown(url)} redirects to what is no web address") from error
    return target


async def _body(response: aiohttp.ClientResponse, url: URL, wish: _Wish) -> tuple[bytes, bool]:
    """Read and unpack a body, never holding more than the caps, and tell whether it was cut."""
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding not in CODINGS and coding not in ("", "identity"):
        raise SourceError(f"{shown(url)} is compressed as {coding[:40]!r}, which is not understood")
    inflater = Inflater(coding) if coding in CODINGS else None
    downloaded, body = 0, bytearray()
    async for piece in response.content.iter_chunked(_CHUNK):
        downloaded += len(piece)
        room = wish.largest + 1 - len(body)
        body += inflater.unpack(piece, room) if inflater else piece[:room]
        if downloaded > LARGEST_DOWNLOAD or len(body) > wish.largest:
            if wish.cut:
                return bytes(body[: wish.largest]), True
            raise SourceError(f"{shown(url)} is larger than {wish.largest >> 20} MB: not read")
    return bytes(body), False


def shown(url: URL | str) -> str:
    """An address as messages may show it: a key in its query, or a password, stays out."""
    bare = str(url).partition("?")[0].partition("#")[0]
    scheme, slashes, rest = bare.rpartition("://")
    host, slash, path = rest.partition("/")
    text = f"{scheme}{slashes}{host.rpartition('@')[2]}{slash}{path}"[:200]
    return "".join(letter for letter in text if letter.isprintable())


def _mark(value: str | None) -> str | None:
    """A header that is sent back later, if it is one that can be stored and sent."""
    fits = value and len(value) <= _LONGEST_MARK and value.isascii() and value.isprintable()
    return value if fits else None


def _refusal(answer: _Answer) -> SourceError:
    advice = _ADVICE.get(answer.status, "correct the address")
    if answer.status >= 500:
        advice = "the server has trouble: try again later"
    reason = f"{shown(answer.url)} answers {answer.status}: {advice}"
    if answer.status in (429, 503):
        return Busy(reason, retry_after(answer.headers.get("Retry-After"), clock.now()))
    # What a temporary redirect led to says nothing of the address itself.
    if answer.status == 410 and answer.is_permanent:
        return Gone(reason)
    return (NotThere if answer.status in (404, 410) else SourceError)(reason)


def _cause(error: aiohttp.ClientError | OSError) -> str:
    match error:
        case socket.gaierror(errno=socket.EAI_AGAIN):
            return "its host name cannot be looked up now: try again later"
        case socket.gaierror() | aiohttp.ClientConnectorDNSError():
            return "its host name is not known: correct it"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return "its certificate is not valid"
        case aiohttp.ClientConnectorError(os_error=PermissionError(strerror=str(refusal))):
            return refusal
        case aiohttp.InvalidURL():
            return "it is no web address: correct it"
        case aiohttp.ClientConnectorError():
            return "nothing answers there: try again later, or correct it"
    return "the connection was cut or is no HTTP: try again later"
