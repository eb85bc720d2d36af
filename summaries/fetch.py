"""HTTP for hostile places: deadlines, size caps, conditional requests, public addresses only."""

import asyncio
import ipaddress
import socket
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from summaries.errors import Gone, NotThere, SourceError

USER_AGENT = "briefing-bot/0.1 (+https://example.org/briefing-bot)"
LARGEST_DOWNLOAD = 5 * 1024 * 1024
LARGEST_BODY = 10 * 1024 * 1024
MOST_REDIRECTS = 5

_CHUNK = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ADVICE = {
    401: "it asks for a password: give an address that needs none",
    403: "it refuses us: its owner may have to let this program in",
    404: "there is nothing at this address: correct it",
    410: "it is gone for good: remove the source",
    429: "it asks us to come less often: raise `every:` of this source",
}

AddressInfo = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]
SocketFactory = Callable[[AddressInfo], socket.socket]


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer; `body` is empty and `status` 304 when nothing changed. `url` is the last one.

    `moved_to` is where the address has moved for good; the server says not to ask again for
    `fresh_for` seconds.
    """

    status: int
    body: bytes
    url: str
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None
    fresh_for: float = 0.0


class Fetcher:
    """One HTTP session for all sources.

    `deadline` is in seconds and covers a whole request, redirects and body included. `allow`
    names the networks (as `127.0.0.0/8`) and hosts that may be fetched though they are not public.
    """

    def __init__(self, *, deadline: float = 20.0, allow: Collection[str] = ()) -> None:
        self._deadline = deadline
        networks = [network for name in allow if (network := _network(name))]
        self._hosts = frozenset(name.lower() for name in allow if not _network(name))
        self._guard = guard(networks)
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        is_page: bool = False,  # noqa: ARG002
    ) -> Fetched:
        """Fetch a page, or 304 when it still is what `etag` or `last_modified` stand for.

        Raises SourceError, in one line, for everything that can go wrong.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        try:
            async with asyncio.timeout(self._deadline):
                return await self._follow(URL(url.strip()), headers)
        except TimeoutError as error:
            raise SourceError(
                f"{shown(url)} took longer than {self._deadline:g} s: try again later,"
                " or raise `deadline:` under `fetch:`"
            ) from error
        except aiohttp.ClientError as error:
            raise SourceError(f"{shown(url)} cannot be fetched: {_cause(error)}") from error
        except zlib.error as error:
            raise SourceError(f"{shown(url)} sends damaged data: try again later") from error
        except ValueError as error:
            raise SourceError(f"{shown(url)!r} is no web address: correct it") from error

    async def close(self) -> None:
        """Close every connection."""
        sessions = list(self._sessions.values())
        self._sessions.clear()
        for session in sessions:
            await session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _value: object, _traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def _follow(self, url: URL, headers: dict[str, str]) -> Fetched:
        for _ in range(MOST_REDIRECTS + 1):
            if url.scheme not in ("http", "https") or not url.host:
                raise SourceError(f"{shown(url)} is not fetched: only http and https addresses are")
            session = self._session(url.host in self._hosts)
            async with session.get(url, headers=headers, allow_redirects=False) as response:
                location = response.headers.get("Location")
                if response.status not in _REDIRECTS or not location:
                    return await _answer(response, url)
                url = url.join(URL(location))
        raise SourceError(f"{shown(url)} redirects more than {MOST_REDIRECTS} times: correct it")

    def _session(self, is_allowed: bool) -> aiohttp.ClientSession:
        if is_allowed not in self._sessions:
            self._sessions[is_allowed] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    socket_factory=None if is_allowed else self._guard, limit=100
                ),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip, deflate"},
                timeout=aiohttp.ClientTimeout(total=None),
                trust_env=False,
            )
        return self._sessions[is_allowed]


def guard(networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network] = ()) -> SocketFactory:
    """A maker of sockets that refuses, with PermissionError, addresses that are not public.

    It sees the very address that would be connected to, so that neither redirects nor a name
    that resolves differently the second time get around it.
    """

    def make(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        target = _unwrapped(ipaddress.ip_address(address[0].partition("%")[0]))
        allowed = any(target in network for network in networks)
        if not allowed and (not target.is_global or target.is_multicast):
            raise PermissionError(
                f"{target} is not a public address: if it may be fetched, name it in `allow:`"
                " under `fetch:`"
            )
        return socket.socket(family, kind, protocol)

    return make


def _unwrapped(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address inside an IPv6 one that only wraps it (mapped, 6to4, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _network(name: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(name, strict=False)
    except ValueError:
        return None


async def _answer(response: aiohttp.ClientResponse, url: URL) -> Fetched:
    if response.status != 304 and not 200 <= response.status < 300:
        trouble = {404: NotThere, 410: Gone}.get(response.status, SourceError)
        raise trouble(f"{shown(url)} answers {response.status}: {_advice(response.status)}")
    return Fetched(
        status=response.status,
        body=b"" if response.status == 304 else await _body(response, url),
        url=str(url),
        etag=response.headers.get("ETag"),
        last_modified=response.headers.get("Last-Modified"),
    )


async def _body(response: aiohttp.ClientResponse, url: URL) -> bytes:
    """Read and decompress a body, never holding more than the caps."""
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise SourceError(f"{shown(url)} is compressed as {coding[:40]!r}, which is not understood")
    inflate = None
    downloaded, body = 0, bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        if coding not in ("", "identity"):
            inflate = inflate or zlib.decompressobj(_window(coding, chunk[0]))
            body += inflate.decompress(chunk, LARGEST_BODY + 1 - len(body))
        else:
            body += chunk
        downloaded += len(chunk)
        if downloaded > LARGEST_DOWNLOAD or len(body) > LARGEST_BODY:
            raise SourceError(f"{shown(url)} is larger than {LARGEST_BODY >> 20} MB: not read")
    return bytes(body)


def _window(coding: str, first: int) -> int:
    """The `wbits` for zlib; some servers mean by "deflate" the bare stream, without a header."""
    if coding != "deflate":
        return _GZIP
    return zlib.MAX_WBITS if first & 0x0F == zlib.DEFLATED else -zlib.MAX_WBITS


def shown(url: URL | str) -> str:
    """An address as messages may show it: a key in its query, or a password, stays out."""
    bare = str(url).partition("?")[0].partition("#")[0]
    scheme, slashes, rest = bare.rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{slashes}{host.rpartition('@')[2]}{slash}{path}"[:200]


def _advice(status: int) -> str:
    if status >= 500:
        return "the server has trouble: try again later"
    return _ADVICE.get(status, "correct the address")


def _cause(error: aiohttp.ClientError) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "its host name is not known: correct it"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return "its certificate is not valid"
        case aiohttp.ClientConnectorError(os_error=PermissionError() as refusal):
            return str(refusal)
        case aiohttp.InvalidURL():
            return "it is no web address: correct it"
        case aiohttp.ClientConnectorError():
            return "nothing answers there: try again later, or correct it"
    return "the connection was cut or is no HTTP: try again later"
