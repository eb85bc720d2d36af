"""Turns: one at a time, in order, with a gap, and nothing left behind."""

import asyncio
import random
from time import monotonic

import pytest

from summaries.politeness import GAP, Turns

SHORT = 0.02


async def test_two_requests_to_a_host_keep_the_gap_between_them() -> None:
    turns, spans = Turns(), []

    async def ask() -> None:
        async with turns.of("example.org"):
            begun = monotonic()
            await asyncio.sleep(SHORT)
            spans.append((begun, monotonic()))

    await asyncio.gather(ask(), ask())
    assert spans[1][0] - spans[0][1] >= GAP - 0.01


async def test_who_comes_after_the_end_keeps_the_gap_too() -> None:
    turns = Turns()
    async with turns.of("example.org", 0.1):
        pass
    ended = monotonic()
    async with turns.of("example.org", 0.1):
        assert monotonic() - ended >= 0.09


async def test_hosts_do_not_wait_for_one_another() -> None:
    turns = Turns()
    async with turns.of("slow.example.org"), asyncio.timeout(SHORT):
        for number in range(100):
            async with turns.of(f"{number}.example.org"):
                pass


async def test_turns_come_in_the_order_of_asking() -> None:
    turns, order = Turns(), []

    async def ask(number: int) -> None:
        async with turns.of("example.org", 0):
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(ask(number) for number in range(50)))
    assert order == list(range(50))


async def test_a_failed_request_ends_its_turn() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError):
        async with turns.of("example.org", 0):
            raise ZeroDivisionError
    async with asyncio.timeout(1), turns.of("example.org", 0):
        pass


async def test_hosts_that_nobody_asks_are_forgotten() -> None:
    turns = Turns()
    for number in range(10_000):
        async with turns.of(f"{number}.example.org", SHORT):
            pass
    await asyncio.sleep(2 * SHORT)
    assert len(turns) == 0


async def test_who_gives_up_in_the_moment_of_its_turn_passes_it_on() -> None:
    turns, order = Turns(), []

    async def ask(name: str) -> None:
        async with turns.of("example.org", 0):
            order.append(name)

    first = turns.of("example.org", 0)
    await first.__aenter__()
    second, third = (asyncio.create_task(ask(name)) for name in ("second", "third"))
    await asyncio.sleep(0)
    await first.__aexit__(None, None, None)
    # Set off after the turn was ended, this comes right after it was passed on.
    asyncio.get_running_loop().call_later(0, second.cancel)
    async with asyncio.timeout(1):
        await third
    assert order == ["third"]
    assert second.cancelled()


@pytest.mark.parametrize("seed", range(20))
async def test_no_turn_is_lost_or_given_twice_however_many_give_up(seed: int) -> None:
    chance, turns = random.Random(seed), Turns()
    busy: set[str] = set()
    ended = []

    async def ask(name: str, address: str) -> None:
        async with turns.of(name, 0), turns.of(address, 0.001):
            assert not {name, address} & busy
            busy.update((name, address))
            try:
                await asyncio.sleep(chance.choice((0, 0, 0.001)))
            finally:
                busy.difference_update((name, address))
        ended.append(name)

    tasks = [
        asyncio.create_task(ask(f"{chance.randrange(4)}.example.org", f"192.0.2.{n % 3}"))
        for n in range(100)
    ]
    given_up = 0
    for task in chance.sample(tasks, 50):
        await asyncio.sleep(chance.choice((0, 0, 0.001)))
        given_up += task.cancel()
    async with asyncio.timeout(5):
        await asyncio.gather(*tasks, return_exceptions=True)
    assert len(ended) == 100 - sum(task.cancelled() for task in tasks)
    assert given_up
    await asyncio.sleep(0.01)
    assert len(turns) == 0
