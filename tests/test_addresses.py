"""Which addresses may be connected to, and what names stand for."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.addresses import AddressInfo, Resolver, guard

STREAM = int(socket.SOCK_STREAM)


def info(address: str) -> AddressInfo:
    if ":" in address:
        return (int(socket.AF_INET6), STREAM, 6, "", (address, 80, 0, 0))
    return (int(socket.AF_INET), STREAM, 6, "", (address, 80))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fdff::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "::ffff:127.0.0.1",
        "::ffff:192.168.0.1",
        "2002:7f00:1::",
        "2002:a00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
    ],
)
def test_the_guard_refuses_addresses_that_are_not_public(address: str) -> None:
    with pytest.raises(PermissionError, match="not a public address"):
        guard()(info(address))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::1.1.1.1"]
)
def test_the_guard_lets_public_addresses_through(address: str) -> None:
    with guard()(info(address)) as made:
        assert made.getsockname()


def test_the_guard_lets_allowed_networks_through() -> None:
    make = guard([ip_network("10.0.0.0/8")])
    with make(info("10.1.2.3")), make(info("::ffff:10.1.2.3")):
        pass
    with pytest.raises(PermissionError):
        make(info("192.168.0.1"))


@settings(max_examples=200)
@given(st.ip_addresses(v=4))
def test_wrapping_a_private_address_in_ipv6_does_not_get_it_through(address: object) -> None:
    def passes(text: str) -> bool:
        try:
            guard()(info(text)).close()
        except PermissionError:
            return False
        return True

    high, low = divmod(int(address), 1 << 16)  # type: ignore[call-overload]
    wrapped = f"::ffff:{address}", f"64:ff9b::{address}", f"2002:{high:x}:{low:x}::"
    assert {passes(text) for text in wrapped} == {passes(str(address))}


class Planted(Resolver):
    """Answers out of a table, and notes what it was asked."""

    def __init__(self, **names: Sequence[str]) -> None:
        super().__init__()
        self.names = names
        self.asked: list[str] = []

    def look_up(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self.names[host]


@pytest.fixture
async def planted() -> AsyncIterator[Planted]:
    made = Planted(
        one=["192.0.2.2", "192.0.2.1", "2001:db8::1"],
        two=["2001:db8::1", "192.0.2.1", "192.0.2.2"],
        many=[f"192.0.2.{n}" for n in range(1, 200)],
        none=[],
    )
    yield made
    await made.close()


async def test_names_of_one_server_have_the_same_address(planted: Planted) -> None:
    assert await planted.address("one") == await planted.address("two") == "192.0.2.1"


async def test_the_address_that_turns_are_taken_for_is_connected_to_first(planted: Planted) -> None:
    address = await planted.address("one")
    planted.names["one"] = ["127.0.0.1"]
    found = await planted.resolve("one", 443)
    assert [each["host"] for each in found] == [address, "192.0.2.2", "2001:db8::1"]
    assert [each["family"] for each in found][1:] == [socket.AF_INET, socket.AF_INET6]
    assert {each["port"] for each in found} == {443}


async def test_a_name_is_looked_up_once_a_minute(planted: Planted) -> None:
    for _ in range(5):
        await planted.address("one")
        await planted.resolve("one")
    assert planted.asked == ["one"]


async def test_of_many_addresses_only_a_few_are_tried(planted: Planted) -> None:
    assert len(await planted.resolve("many")) == 4


async def test_a_name_without_addresses_is_not_known(planted: Planted) -> None:
    with pytest.raises(socket.gaierror):
        await planted.address("none")


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:c000:207", "192.0.2.7"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("fe80::1%25eth0", "fe80::1"),
    ],
)
async def test_an_address_stands_for_itself(planted: Planted, host: str, address: str) -> None:
    assert await planted.address(host) == address
    assert planted.asked == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
async def test_odd_ways_to_write_this_machine_are_looked_up(host: str) -> None:
    resolver = Resolver()
    assert await resolver.address(host) in ("127.0.0.1", "::1")
    await resolver.close()


async def test_a_lookup_that_hangs_does_not_hold_up_another() -> None:
    hang = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Slow(Resolver):
        def look_up(self, host: str) -> Sequence[str]:
            if host == "slow":
                asyncio.run_coroutine_threadsafe(hang.wait(), loop).result()
            return ["192.0.2.1"]

    resolver = Slow()
    slow = [asyncio.create_task(resolver.address("slow")) for _ in range(20)]
    await asyncio.sleep(0)
    assert await asyncio.wait_for(resolver.address("quick"), 2) == "192.0.2.1"
    hang.set()
    await asyncio.gather(*slow)
    await resolver.close()
