"""Sources of a loopback site, looked at whenever they are due."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries import clock
from summaries.cadence import Bounds
from summaries.dispatch import LEASE, Dispatcher, Turns, host_of
from summaries.fetch import Fetcher
from summaries.ingest import ingest
from summaries.look import Outcome
from summaries.model import Source, SourceKind
from summaries.polling import poll
from summaries.sources import Tools
from summaries.store import Store
from summaries.workers import Workers
from tests.news import DAY, HOUR, QUAKE, RAIL
from tests.program import until
from tests.sites import Site, served
from tests.stores import ENGINES, opened

BOUNDS = Bounds(HOUR, DAY)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=ENGINES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(request.param, tmp_path) as store:
        yield store


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with served() as made:
        yield made


def feed(name: str, url: str, every: timedelta | None = None) -> Source:
    return Source(name, SourceKind.FEED, url, every=every)


def many(site: Site, count: int, path: str = "/feed") -> list[Source]:
    """So many feeds, each on an address of its own."""
    return [feed(f"wire{n}", site.at(f"127.0.1.{n + 1}", path)) for n in range(count)]


@dataclass(slots=True)
class Seen:
    """The outcomes of a polling that goes on."""

    outcomes: list[Outcome] = field(default_factory=list)

    def count(self) -> Counter[str]:
        return Counter(outcome.source for outcome in self.outcomes)

    def after(self, count: int) -> Callable[[], Awaitable[bool]]:
        async def came() -> bool:
            return len(self.outcomes) >= count

        return came


@asynccontextmanager
async def polling(
    sources: Sequence[Source], store: Store, tools: Tools, bounds: Bounds = BOUNDS
) -> AsyncIterator[Seen]:
    seen = Seen()

    async def collect() -> None:
        async for outcome in poll(sources, store, tools, bounds):
            seen.outcomes.append(outcome)

    task = asyncio.create_task(collect())
    try:
        yield seen
        if task.done():
            await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_source_is_looked_at_whenever_it_is_due(
    store: Store, tools: Tools, site: Site, tmp_path: Path
) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "rail.txt").write_text(f"Rail accord signed\n\n{RAIL}", "utf-8")
    folder = Source("samples", SourceKind.FOLDER, str(tmp_path / "news"), every=SECOND)
    async with polling([folder, feed("gazette", site.at("127.0.0.1"))], store, tools) as seen:
        await until(seen.after(3))
        (tmp_path / "news" / "quake.txt").write_text(f"Quake shakes coast\n\n{QUAKE}", "utf-8")
        await until(seen.after(6))
    new = Counter[str]()
    for outcome in seen.outcomes:
        new[outcome.source] += outcome.new
    assert new == {"samples": 2, "gazette": 1}
    assert site.asked["/feed"] == 1


async def test_sources_that_hang_or_fail_delay_no_other(
    store: Store, workers: Workers, site: Site
) -> None:
    bad = [
        feed("hangs", site.at("127.0.2.1", "/hangs")),
        feed("hangs2", site.at("127.0.2.1", "/hangs2")),
        feed("busy", site.at("127.0.2.2", "/busy")),
        feed("broken", site.at("127.0.2.3", "/broken")),
        feed("gone", site.at("127.0.2.4", "/gone")),
        feed("moved", site.at("127.0.2.5", "/moved")),
    ]
    async with Fetcher(deadline=4, allow=["127.0.0.0/8"]) as fetcher:
        tools = Tools(fetcher, workers, ZoneInfo("UTC"))
        async with polling([*bad, *many(site, 30)], store, tools) as seen:
            begun = time.monotonic()
            await until(seen.after(34))
            assert time.monotonic() - begun < 4
            assert "hangs" not in seen.count()
            await until(seen.after(36))
    states = await store.sources.all()
    now = clock.now()
    assert {name for name, state in states.items() if state.errors_in_a_row} == {
        "hangs",
        "hangs2",
        "busy",
        "broken",
        "gone",
    }
    assert states["gone"].retired
    assert states["moved"].last_success
    waits = {name: state.next_poll - now for name, state in states.items() if state.next_poll}
    assert waits["busy"] > 1.9 * HOUR
    assert 0.9 * HOUR < waits["broken"] < 1.3 * HOUR
    assert 0.9 * HOUR < waits["wire7"] < 1.3 * HOUR


async def test_processes_share_what_is_due(
    store: Store, tools: Tools, site: Site, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    sources = many(site, 60)
    engine = request.node.callspec.params["store"]
    async with (
        opened(engine, tmp_path) as other,
        polling(sources, store, tools) as one,
        polling(sources, other, tools) as two,
    ):

        async def all_came() -> bool:
            return len(one.outcomes) + len(two.outcomes) >= 60

        await until(all_came)
        await asyncio.sleep(1.2)
    assert one.count() + two.count() == Counter(source.name for source in sources)
    assert site.asked["/feed"] == 60


async def test_after_a_restart_nothing_is_looked_at_that_is_not_due(
    store: Store, tools: Tools, site: Site
) -> None:
    first, late = many(site, 5), feed("late", site.at("127.0.3.1"))
    async with polling(first, store, tools) as seen:
        await until(seen.after(5))
    async with polling([*first, late], store, tools) as seen:
        await until(seen.after(1))
        await asyncio.sleep(1.2)
    assert seen.count() == {"late": 1}


async def test_what_was_under_way_when_polling_ended_is_due_at_once(
    store: Store, tools: Tools, site: Site
) -> None:
    async with polling([feed("hangs", site.at("127.0.0.1", "/hangs"))], store, tools):

        async def is_under_way() -> bool:
            return site.under_way == 1

        await until(is_under_way)
        assert await store.sources.due(clock.now()) == []
    assert await store.sources.due(clock.now()) == ["hangs"]


async def test_what_a_process_claimed_that_was_killed_is_due_after_its_lease(
    store: Store, tools: Tools, site: Site
) -> None:
    source, now = feed("wire", site.at("127.0.0.1")), clock.now()
    await store.sources.enrol([source], now)
    await store.sources.claim(["wire"], now + LEASE, due_by=now)
    assert await store.sources.due(now + LEASE - SECOND) == []
    assert await store.sources.due(now + LEASE + SECOND) == ["wire"]
    # Whoever is asked to look at everything does not wait for that.
    assert [o.new async for o in ingest([source], store, tools)] == [1]


async def test_what_is_not_configured_any_more_is_left_alone(
    store: Store, tools: Tools, site: Site
) -> None:
    await store.sources.enrol(many(site, 3), clock.now())
    async with polling(many(site, 1), store, tools) as seen:
        await until(seen.after(1))
        await asyncio.sleep(1.2)
    assert seen.count() == {"wire0": 1}


async def test_one_host_is_asked_once_at_a_time_and_the_hosts_take_turns(
    store: Store, tools: Tools, site: Site
) -> None:
    same = [feed(f"same{n}", site.at("127.0.0.1", f"/slow?{n}")) for n in range(4)]
    last = feed("other", site.at("127.0.4.1"))
    names = [outcome.source async for outcome in ingest([*same, last], store, tools)]
    assert names == ["other", "same0", "same1", "same2", "same3"]
    assert site.most <= 2


async def test_a_dispatcher_that_is_left_early_gives_back_what_it_claimed(
    store: Store, tools: Tools, site: Site
) -> None:
    sources = many(site, 3, "/hangs")
    await store.sources.enrol(sources, clock.now())
    async with Dispatcher(store, tools, BOUNDS, only_due=True) as dispatcher:
        dispatcher.add(sources)
        assert await dispatcher.step() == []
        assert await store.sources.due(clock.now()) == []
    assert not dispatcher.busy
    assert len(await store.sources.due(clock.now())) == 3


def test_a_folder_waits_for_no_host() -> None:
    folder = Source("news", SourceKind.FOLDER, "/news")
    assert host_of(folder) != host_of(replace(folder, name="more"))
    assert host_of(feed("a", "https://A.example/x")) == host_of(feed("b", "http://a.example:81/"))


HOSTS = st.lists(st.integers(0, 5), min_size=1, max_size=40)


@settings(max_examples=80, deadline=None)
@given(HOSTS, st.integers(1, 4), st.randoms(use_true_random=False))
def test_whatever_ends_when_each_source_has_its_turn_and_no_host_has_two(
    hosts: list[int], at_once: int, chance: st.DrawFn
) -> None:
    turns, under_way, order = Turns(at_once), list[Source](), list[Source]()
    sources = [feed(f"s{n}", f"https://h{host}.example/") for n, host in enumerate(hosts)]
    turns.add(sources)
    turns.add(sources)
    while turns:
        taken = turns.take()
        under_way += taken
        order += taken
        assert len(under_way) <= at_once
        assert len({host_of(source) for source in under_way}) == len(under_way)
        ended = under_way.pop(chance.randrange(len(under_way)))
        turns.done(ended)
    assert Counter(order) == Counter(sources)
    for host in set(hosts):
        mine = [source for source in order if source.location == f"https://h{host}.example/"]
        assert mine == [source for source in sources if source in mine]
