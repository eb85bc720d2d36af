"""Network addresses: what a host's name stands for, and which may be connected to."""

import asyncio
import errno
import ipaddress
import socket
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

KEPT_FOR = 60.0
"""Seconds for which the addresses of a name are remembered."""

_MOST_KEPT = 10_000
_MOST_TRIED = 4
_LOOKUPS_AT_ONCE = 64

AddressInfo = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]
SocketFactory = Callable[[AddressInfo], socket.socket]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_UNICAST = ipaddress.IPv6Network("2000::/3")
_DOCUMENTATION = ipaddress.IPv6Network("3fff::/20")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Resolver(AbstractResolver):
    """Looks names up once for everybody: for whoever takes turns and for whoever connects."""

    def __init__(self) -> None:
        # Threads of its own: names that nobody answers for must not hold up the program's others.
        self._threads = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, "resolver")
        self._known: OrderedDict[str, tuple[float, Sequence[str]]] = OrderedDict()

    async def address(self, host: str) -> str:
        """The address that is connected to first for a name, or for an address in its own words.

        Names of one server have the same one. Raises OSError when the name is not known, and
        ValueError when it cannot be one.
        """
        literal = _literal(host)
        return str(literal) if literal else (await self._addresses(host))[0]

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002
    ) -> list[ResolveResult]:
        """What `aiohttp` connects to: the addresses in the order in which they are tried."""
        # Whatever its age, it is what the turn was taken for.
        known = self._known.get(host)
        found = known[1] if known else await self._addresses(host)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in found
        ]

    async def close(self) -> None:
        """Begin no further lookup."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def look_up(self, host: str) -> Sequence[str]:
        """The addresses of a name as the system gives them; called in a thread."""
        flags = socket.AI_ADDRCONFIG
        infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=flags)
        return [str(info[4][0]) for info in infos]

    async def _addresses(self, host: str) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        known = self._known.get(host)
        if known and loop.time() < known[0]:
            return known[1]
        names = await loop.run_in_executor(self._threads, self.look_up, host)
        found = sorted(set(names), key=lambda address: (":" in address, address))[:_MOST_TRIED]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no addresses")
        self._known[host] = loop.time() + KEPT_FOR, found
        self._known.move_to_end(host)
        if len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
        return found


def guard(networks: Sequence[Network] = ()) -> SocketFactory:
    """A maker of sockets that refuses, with PermissionError, addresses that are not public.

    It sees the very address that would be connected to, so that neither redirects nor a name
    that resolves differently the second time get around it.
    """

    def make(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        target = _unwrapped(ipaddress.ip_address(address[0].partition("%")[0]))
        if not _is_public(target) and not any(target in network for network in networks):
            # With a number, as it is put together with others when a name has several addresses.
            raise PermissionError(
                errno.EACCES,
                f"{target} is not a public address: if it may be fetched, name it in `allow:`"
                " under `fetch:`",
            )
        return socket.socket(family, kind, protocol)

    return make


def network(name: str) -> Network | None:
    """The network or the single address of that name; None when it is neither."""
    try:
        return ipaddress.ip_network(name, strict=False)
    except ValueError:
        return None


def _is_public(address: Address) -> bool:
    if address.is_multicast or not address.is_global:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    return address in _UNICAST and address not in _DOCUMENTATION


def _literal(host: str) -> Address | None:
    """The address that a host is written as; None for a name."""
    try:
        return _unwrapped(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return None


def _unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that only wraps it (mapped, 6to4, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address
