"""What a store remembers of deliveries, of who makes them, and of buttons' commands."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
from dataclasses import replace
from multiprocessing.queues import Queue
from pathlib import Path

import pytest

from summaries import clock
from summaries.store import Notice, State, Store, Subscription
from tests.outbox import DAY, EVERYWHERE, LEASE, MINUTE, SECOND, first, freeze, held, sent, slot
from tests.stores import ENGINES, NOW, opened


async def test_the_database_tells_the_time(store: Store) -> None:
    assert abs(await store.deliveries.now() - clock.now()) < 5 * SECOND


async def test_a_slot_is_put_in_the_outbox_once_whoever_plans_it(store: Store) -> None:
    slots = [slot(target=f"slack:C{i}", due=i % 3) for i in range(600)]
    await asyncio.gather(*(store.deliveries.plan(slots) for _ in range(4)))
    await store.deliveries.plan([])
    assert len(await store.deliveries.recent(9_999)) == 600
    row = await first(store, "slack:C7")
    assert (row.slot, row.part, row.state, row.due) == (
        "2026-04-19T08:31",
        0,
        State.PLANNED,
        NOW + MINUTE,
    )
    assert (row.payload, row.begun, row.tries, row.covered) == (None, None, 0, None)


async def test_a_slot_that_was_missed_is_on_record_and_not_to_be_posted(store: Store) -> None:
    missed = replace(slot(), missed="it is too late")
    await store.deliveries.plan([missed])
    [row] = await store.deliveries.recent()
    assert (row.state, row.reason) == (State.SKIPPED, "it is too late")
    assert await store.deliveries.open("slack:C1") == []
    assert await store.deliveries.claim("me", EVERYWHERE, NOW, LEASE, 5) == []


async def test_planning_moves_a_subscription_on_and_never_back(store: Store) -> None:
    await store.subscriptions.enrol([("morning", "slack:C1")], NOW)
    for due in (5, 3):
        await store.deliveries.plan([slot(due=due)])
    expected = Subscription(NOW, planned=NOW + 5 * MINUTE)
    assert await store.subscriptions.all() == {("morning", "slack:C1"): expected}


async def test_a_subscription_begins_once(store: Store) -> None:
    for now in (NOW, NOW + DAY):
        await store.subscriptions.enrol([("morning", "slack:C1"), ("evening", "x")], now)
    assert await store.subscriptions.get("morning", "slack:C1") == Subscription(NOW)
    assert len(await store.subscriptions.all()) == 2
    assert await store.subscriptions.get("morning", "x") is None
    await store.subscriptions.enrol([], NOW)


async def test_a_message_is_put_in_the_outbox_once(store: Store) -> None:
    notice = Notice("alerts", "1", "slack:A", "{}")
    await asyncio.gather(*(store.deliveries.notify(notice, NOW) for _ in range(4)))
    await held(store, slot())
    row = await first(store, "slack:A")
    assert (row.state, row.payload, row.due) == (State.READY, "{}", NOW)
    assert await sent(store, row)
    assert await store.deliveries.open("slack:A") == []


async def test_a_slot_goes_out_part_by_part_and_is_told_with_the_last(store: Store) -> None:
    await store.subscriptions.enrol([("morning", "slack:C1")], NOW - DAY)
    await held(store)
    assert await freeze(store, await first(store), "one", "two")
    for payload in ("one", "two"):
        assert await store.deliveries.told("slack:C1", ["a"]) == frozenset()
        known = await store.subscriptions.get("morning", "slack:C1")
        assert known
        assert known.covered is None
        row = await first(store)
        assert (row.state, row.payload) == (State.READY, payload)
        assert await store.deliveries.begin(row, "me", NOW, LEASE)
        row = await first(store)
        assert (row.state, row.begun, row.tries) == (State.SENDING, NOW, 1)
        assert await sent(store, row)
    assert await store.deliveries.open("slack:C1") == []
    assert await store.deliveries.told("slack:C1", "abc") == frozenset("a")
    assert await store.deliveries.told("slack:C2", ["a"]) == frozenset()
    covered = Subscription(NOW - DAY, NOW, NOW, frozenset("b"))
    assert await store.subscriptions.get("morning", "slack:C1") == covered
    row = (await store.deliveries.recent())[0]
    assert (row.state, row.payload, row.message_id, row.sent_at) == (State.SENT, None, "17.5", NOW)


async def test_a_refused_part_is_sent_again_and_remembers_when_it_was_first(store: Store) -> None:
    await held(store)
    await freeze(store, await first(store))
    assert await store.deliveries.begin(await first(store), "me", NOW, LEASE)
    assert await store.deliveries.refuse(await first(store), "me", "503")
    row = await first(store)
    assert (row.state, row.tries, row.begun, row.reason) == (State.READY, 1, NOW, "503")
    assert await store.deliveries.begin(row, "me", NOW + MINUTE, LEASE)
    row = await first(store)
    assert (row.state, row.tries, row.begun) == (State.SENDING, 2, NOW)


async def test_a_slot_with_nothing_new_covers_its_window_without_being_frozen(
    store: Store,
) -> None:
    await store.subscriptions.enrol([("morning", "slack:C1")], NOW)
    await held(store)
    assert await store.deliveries.close(
        await first(store),
        State.SKIPPED,
        "me",
        NOW,
        reason="nothing new",
        articles=set(),
        passed={"x"},
        covered=NOW,
    )
    [row] = await store.deliveries.recent()
    assert (row.state, row.reason, row.passed) == (State.SKIPPED, "nothing new", ("x",))
    covered = Subscription(NOW, NOW, NOW, frozenset("x"))
    assert await store.subscriptions.get("morning", "slack:C1") == covered


async def test_what_was_covered_later_is_never_covered_less(store: Store) -> None:
    await store.subscriptions.enrol([("morning", "slack:C1")], NOW)
    await held(store, slot(), slot(due=1))
    early, late = await store.deliveries.open("slack:C1")
    for row, covered in ((late, NOW + MINUTE), (early, NOW)):
        assert await freeze(store, row, covered=covered, passed=[row.slot])
        assert await sent(store, row)
    known = await store.subscriptions.get("morning", "slack:C1")
    assert known
    assert (known.covered, known.passed) == (NOW + MINUTE, frozenset({late.slot}))


async def test_a_parked_part_closes_the_later_ones_and_nothing_is_told(store: Store) -> None:
    await store.subscriptions.enrol([("morning", "slack:C1")], NOW)
    await held(store)
    await freeze(store, await first(store), "one", "two", "three")
    assert await sent(store, await first(store))
    assert await sent(store, await first(store), state=State.PARKED)
    assert await store.deliveries.open("slack:C1") == []
    parked = await store.deliveries.undelivered(NOW - DAY)
    assert [(row.part, row.payload) for row in parked] == [(1, "two"), (2, "three")]
    assert await store.deliveries.told("slack:C1", ["a"]) == frozenset()
    for row in parked:
        assert await store.deliveries.reopen(row, NOW)
        assert not await store.deliveries.reopen(row, NOW)
    for row in await store.deliveries.open("slack:C1"):
        assert (row.state, row.tries, row.begun) == (State.READY, 0, None)
        assert await sent(store, row)
    assert await store.deliveries.told("slack:C1", ["a"]) == frozenset("a")


async def test_what_nobody_can_tell_counts_as_told_and_can_be_sent_again(store: Store) -> None:
    await held(store)
    await freeze(store, await first(store))
    assert await sent(store, await first(store), state=State.UNSURE)
    assert await store.deliveries.told("slack:C1", ["a"]) == frozenset("a")
    [row] = await store.deliveries.undelivered(NOW - DAY, "morning")
    assert row.state is State.UNSURE
    assert await store.deliveries.undelivered(NOW - DAY, "evening") == []


async def test_only_the_newest_slot_is_offered_for_sending_again(store: Store) -> None:
    await held(store, slot(), slot(due=1), slot(target="slack:C2"), slot("evening"))
    for target in ("slack:C1", "slack:C2"):
        for row in await store.deliveries.open(target):
            await freeze(store, row)
            assert await sent(store, row, state=State.PARKED)
    offered = [
        (row.briefing, row.target, row.due) for row in await store.deliveries.undelivered(NOW - DAY)
    ]
    assert offered == [
        ("evening", "slack:C1", NOW),
        ("morning", "slack:C2", NOW),
        ("morning", "slack:C1", NOW + MINUTE),
    ]


@pytest.mark.parametrize(
    ("first_ends", "then_ends", "offered"),
    [
        (State.PARKED, State.SENT, []),
        (State.PARKED, State.SKIPPED, [0]),
        (State.UNSURE, State.SENT, [0]),
        (State.PARKED, State.UNSURE, [1]),
    ],
)
async def test_what_a_later_slot_told_is_not_offered_for_sending_again(
    store: Store, first_ends: State, then_ends: State, offered: list[int]
) -> None:
    await held(store, slot(), slot(due=1))
    for row, state in zip(
        await store.deliveries.open("slack:C1"), (first_ends, then_ends), strict=True
    ):
        await freeze(store, row)
        assert await sent(store, row, state=state)
    found = await store.deliveries.undelivered(NOW - DAY)
    assert [(row.due - NOW) // MINUTE for row in found] == offered
    assert await store.deliveries.undelivered(NOW + DAY) == []


async def test_what_somebody_asked_for_moves_no_schedule(store: Store) -> None:
    await store.subscriptions.enrol([("morning", "slack:C1")], NOW)
    await store.deliveries.ask(slot(due=5), NOW)
    assert await store.subscriptions.all() == {("morning", "slack:C1"): Subscription(NOW)}
    assert (await first(store)).due == NOW + 5 * MINUTE


async def test_open_rows_come_in_the_order_of_their_slots_and_parts(store: Store) -> None:
    await held(store, slot("b"), slot("a"), slot("c", due=-1), slot("a", due=1))
    await freeze(store, (await store.deliveries.open("slack:C1"))[1], *"01")
    rows = await store.deliveries.open("slack:C1")
    order = [(row.briefing, (row.due - NOW) // MINUTE, row.part) for row in rows]
    assert order == [("c", -1, 0), ("a", 0, 0), ("a", 0, 1), ("b", 0, 0), ("a", 1, 0)]
    assert await store.deliveries.open("slack:C1", limit=2) == rows[:2]


async def test_who_lost_a_channel_changes_nothing_there(store: Store) -> None:
    await held(store)
    await freeze(store, await first(store))
    await store.deliveries.begin(await first(store), "me", NOW, LEASE)
    await store.deliveries.evict("me", NOW + 2 * DAY)
    await store.deliveries.claim("you", EVERYWHERE, NOW, LEASE, 5)
    before = await store.deliveries.open("slack:C1")
    row = before[0]
    assert not await freeze(store, row)
    assert not await store.deliveries.begin(row, "me", NOW, LEASE)
    assert not await store.deliveries.refuse(row, "me", "503")
    for state in (State.SENT, State.SKIPPED, State.PARKED, State.UNSURE):
        assert not await store.deliveries.close(row, state, "me", NOW)
    await store.deliveries.release("slack:C1", "me")
    await store.deliveries.renew("me", NOW + DAY, LEASE)
    assert await store.deliveries.open("slack:C1") == before
    assert await store.deliveries.claim("me", EVERYWHERE, NOW + DAY, LEASE, 5) == []
    assert await store.deliveries.refuse(row, "you", "503")


async def test_what_was_written_though_its_answer_was_lost_may_be_written_again(
    store: Store,
) -> None:
    await held(store)
    row = await first(store)
    for _ in range(2):
        assert await freeze(store, row, "one", "two")
    assert not await freeze(store, row, "one", "two", articles=["others"])
    assert len(await store.deliveries.open("slack:C1")) == 2
    await store.deliveries.begin(row, "me", NOW, LEASE)
    for _ in range(2):
        assert await store.deliveries.refuse(row, "me", "503")
    for _ in range(2):
        assert await store.deliveries.close(row, State.SENT, "me", NOW)
    assert not await store.deliveries.close(row, State.UNSURE, "me", NOW)
    assert not await store.deliveries.begin(row, "me", NOW, LEASE)
    assert not await store.deliveries.refuse(row, "me", "503")


async def test_changes_to_many_channels_at_once_are_each_made(store: Store) -> None:
    await held(store, *(slot(target=f"slack:C{i}") for i in range(100)))
    rows = [await first(store, f"slack:C{i}") for i in range(100)]
    mine = [f"{'me' if i % 3 else 'you'}" for i in range(100)]
    made = await asyncio.gather(
        *(freeze(store, row, row.target, by=by) for row, by in zip(rows, mine, strict=True))
    )
    assert made == [by == "me" for by in mine]
    for row in rows[1:3]:
        assert (await first(store, row.target)).payload == row.target


async def test_a_slot_is_forgotten_when_all_of_its_parts_are_closed(store: Store) -> None:
    await held(store)
    await freeze(store, await first(store), *"01")
    assert await sent(store, await first(store))
    await store.deliveries.forget(NOW + SECOND)
    assert len(await store.deliveries.recent()) == 2
    assert await sent(store, await first(store))
    await store.deliveries.forget(NOW + SECOND)
    assert await store.deliveries.recent() == []


async def test_what_was_forgotten_cannot_be_changed(store: Store) -> None:
    await held(store)
    row = await first(store)
    await store.deliveries.close(row, State.SKIPPED, "me", NOW)
    await store.deliveries.forget(NOW + SECOND)
    assert not await freeze(store, row)
    assert not await store.deliveries.begin(row, "me", NOW, LEASE)
    assert not await store.deliveries.refuse(row, "me", "503")
    assert not await store.deliveries.close(row, State.SENT, "me", NOW)


async def test_closed_rows_and_what_was_told_are_forgotten_in_time(store: Store) -> None:
    await held(store, slot(), slot("evening"))
    await freeze(store, await first(store))
    assert await sent(store, await first(store))
    await store.deliveries.forget(NOW)
    assert len(await store.deliveries.recent()) == 2
    assert await store.deliveries.told("slack:C1", ["a"]) == frozenset("a")
    await store.deliveries.forget(NOW + SECOND)
    assert [row.briefing for row in await store.deliveries.recent()] == ["morning"]
    assert await store.deliveries.told("slack:C1", ["a"]) == frozenset()


def post_for_ever(url: str, holder: str, posted: "Queue[tuple[str, str]]") -> None:
    """Post whatever is open, and say so between `begin` and `close`, until killed."""

    async def run() -> None:
        store = await Store.open(url)
        while True:
            for target in await store.deliveries.claim(holder, EVERYWHERE, NOW, LEASE, 2):
                while rows := await store.deliveries.open(target):
                    row = rows[0]
                    if row.state is State.PLANNED:
                        await freeze(store, row, "0", "1", by=holder, articles=[row.slot])
                        continue
                    if row.state is State.READY:
                        await store.deliveries.begin(row, holder, NOW, LEASE)
                        posted.put((row.briefing, f"{row.slot} {row.target} {row.part}"))
                    await store.deliveries.close(row, State.SENT, holder, NOW)
                await store.deliveries.release(target, holder)

    asyncio.run(run())


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_poster_that_is_killed_anywhere_leaves_what_another_goes_on_with(
    engine: str, tmp_path: Path
) -> None:
    spawn, told = multiprocessing.get_context("spawn"), list[tuple[str, str]]()
    async with opened(engine, tmp_path) as store:
        slots = [slot(target=f"slack:C{i}", due=due) for i in range(40) for due in range(4)]
        await store.deliveries.plan(slots)
        for turn in range(3):
            posted: Queue[tuple[str, str]] = spawn.Queue()
            url = ENGINES[engine](tmp_path)
            poster = spawn.Process(target=post_for_ever, args=(url, f"{turn}", posted))
            poster.start()
            told.append(await asyncio.to_thread(posted.get, True, 60))
            await asyncio.sleep(0.2)
            if turn < 2:
                os.kill(poster.pid or 0, signal.SIGKILL)
            else:
                async with asyncio.timeout(60):
                    while await store.deliveries.claim("", EVERYWHERE, NOW, LEASE, 0) or any(
                        [await store.deliveries.open(each.target) for each in slots[::4]]
                    ):
                        await asyncio.sleep(0.1)
                poster.terminate()
            poster.join()
            with contextlib.suppress(Exception):
                while True:
                    told.append(posted.get(timeout=0.2))
            await store.deliveries.evict(f"{turn}", NOW + DAY)
        rows = await store.deliveries.recent(1_000)
        assert {row.state for row in rows} == {State.SENT}
        assert len(rows) == len(slots) * 2
        assert len(told) == len(set(told))
        for each in slots:
            assert await store.deliveries.told(each.target, [each.slot]) == {each.slot}


async def test_a_buttons_command_is_kept_once(store: Store) -> None:
    await store.commands.keep("17", "china trade skip:5", NOW)
    await store.commands.keep("17", "another", NOW)
    assert await store.commands.get("17") == "china trade skip:5"
    assert await store.commands.get("18\ud800") is None
