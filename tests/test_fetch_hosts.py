"""Which hosts are asked, and when: turns, robots.txt, and what is not public."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from summaries.errors import SourceError
from summaries.fetch import Fetcher
from summaries.politeness import GAP
from tests.websites import Names, Site, serving, website


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with website() as made:
        yield made


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(deadline=2, allow=["127.0.0.0/8"], gap=0) as made:
        yield made


async def test_a_host_gets_one_request_at_a_time_with_a_gap_after_it(site: Site) -> None:
    async with Fetcher(allow=["127.0.0.0/8"]) as fetcher:
        await asyncio.gather(*(fetcher.get(site.url("/slow")) for _ in range(3)))
    assert site.most_at_once == 1
    assert min(site.gaps) >= GAP - 0.01


async def test_names_of_one_address_take_turns_and_others_do_not(site: Site) -> None:
    names = Names(a=["127.0.0.1"], b=["127.0.0.1"], c=["127.0.0.2"])
    async with Fetcher(allow=["127.0.0.0/8"], gap=0, resolver=names) as fetcher:
        asked = [fetcher.get(site.url("/slow", f"{name}.example")) for name in ("a", "b", "a")]
        await asyncio.gather(*asked)
        assert site.most_at_once == 1
        asked = [fetcher.get(site.url("/slow", f"{name}.example")) for name in ("a", "c")]
        await asyncio.gather(*asked)
        assert site.most_at_once == 2
    assert sorted(names.asked) == ["a.example", "b.example", "c.example"]


async def test_each_redirect_takes_a_turn_of_its_own(site: Site) -> None:
    async with Fetcher(allow=["127.0.0.0/8"]) as fetcher:
        await fetcher.get(site.url("/away?to=/plain"))
    assert min(site.gaps) >= GAP - 0.01


async def test_waiting_for_a_turn_does_not_count_against_the_deadline(site: Site) -> None:
    async with Fetcher(deadline=0.5, allow=["127.0.0.0/8"], gap=0) as fetcher:
        got = await asyncio.gather(*(fetcher.get(site.url("/slow")) for _ in range(10)))
    assert [each.body for each in got] == [b"slow"] * 10


async def test_giving_up_leaves_no_turn_taken(site: Site, fetcher: Fetcher) -> None:
    tasks = [asyncio.create_task(fetcher.get(site.url("/drip"))) for _ in range(5)]
    await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (await fetcher.get(site.url("/plain"))).body == b"hello"


async def test_pages_are_read_as_robots_txt_wants_it(site: Site, fetcher: Fetcher) -> None:
    site.robots = "User-agent: *\nDisallow: /gzip\n"
    for _ in range(2):
        assert (await fetcher.get(site.url("/plain"), is_page=True)).body == b"hello"
    with pytest.raises(SourceError, match="does not want this page read"):
        await fetcher.get(site.url("/gzip"), is_page=True)
    with pytest.raises(SourceError, match="does not want this page read"):
        await fetcher.get(site.url("/away?to=/gzip"), is_page=True)
    assert site.paths() == ["/robots.txt", "/plain", "/plain", "/away"]
    assert "html" in site.seen[-1].headers["Accept"]
    assert (await fetcher.get(site.url("/gzip"))).body


async def test_a_redirect_to_another_site_asks_that_one(site: Site, fetcher: Fetcher) -> None:
    there = site.url("/plain", "127.0.0.2")
    await fetcher.get(site.url(f"/away?to={there}"), is_page=True)
    assert site.paths() == ["/robots.txt", "/away", "/robots.txt", "/plain"]


async def test_the_pause_that_robots_txt_asks_for_is_kept(site: Site, fetcher: Fetcher) -> None:
    site.robots = "User-agent: *\nCrawl-delay: 0.5\n"
    for _ in range(2):
        await fetcher.get(site.url("/plain"), is_page=True)
    assert site.gaps[-1] >= 0.49


async def test_pages_wait_while_robots_txt_cannot_be_read() -> None:
    async def refuse(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with serving(refuse) as url, Fetcher(allow=["127.0.0.0/8"], gap=0) as fetcher:
        with pytest.raises(SourceError, match=r"its robots\.txt cannot be read: .* answers 500"):
            await fetcher.get(url, is_page=True)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://example.org/feed", "only http and https"),
        ("feed.xml", "only http and https"),
        ("", "only http and https"),
        ("http://[::1", "no web address"),
        ("http://example.org:99999/", "no web address"),
        (f"http://{'a' * 70}.example/", "no web address"),
        ("http://a..example/", "no web address"),
        ("http://127.0.0.1:1/", "127.0.0.1 is not a public address"),
        ("http://localhost:1/", "is not a public address"),
        ("http://①②⑦.⓪.⓪.①:1/", "127.0.0.1 is not a public address"),
        ("http://0.0.0.0:1/", "0.0.0.0 is not a public address"),
        ("http://[::ffff:127.0.0.1]:1/", "127.0.0.1 is not a public address"),
        ("http://[::1]:1/", "::1 is not a public address"),
        ("http://[fe80::1%25eth0]:1/", "fe80::1 is not a public address"),
        ("http://0x7f.1:1/", "127.0.0.1 is not a public address"),
        ("http://2130706433:1/", "no web address"),
        ("http://127.1:1/", "no web address"),
    ],
)
@pytest.mark.parametrize("is_page", [False, True])
async def test_does_not_even_connect_to_what_is_not_public(
    url: str, says: str, is_page: bool
) -> None:
    async with Fetcher(deadline=2, gap=0) as careful:
        with pytest.raises(SourceError, match=says.replace(".", r"\.")):
            await careful.get(url, is_page=is_page)


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["10.0.0.1", "192.168.0.1"], ["::1", "127.0.0.1"]]
)
async def test_a_name_of_what_is_not_public_is_refused_too(
    site: Site, addresses: list[str]
) -> None:
    async with Fetcher(deadline=2, resolver=Names(inside=addresses)) as careful:
        with pytest.raises(SourceError, match="not a public address"):
            await careful.get(site.url("/plain", "inside.example"))
    assert not site.seen


async def test_a_name_that_changes_its_mind_gains_nothing(site: Site) -> None:
    names = Names(rebound=["127.0.0.1"])
    async with Fetcher(deadline=2, allow=["127.0.0.1"], gap=0, resolver=names) as fetcher:
        url = site.url("/plain", "rebound.example")
        assert (await fetcher.get(url)).body == b"hello"
        names.table = {"rebound": ["127.0.0.2"]}
        assert (await fetcher.get(url)).body == b"hello"
    assert {request.remote for request in site.seen} == {"127.0.0.1"}


async def test_nothing_listening_is_told_plainly(fetcher: Fetcher) -> None:
    with pytest.raises(SourceError, match="nothing answers there"):
        await fetcher.get("http://127.0.0.1:1/")


async def test_a_name_that_nobody_knows_is_told_plainly() -> None:
    async with Fetcher(resolver=Names(lost=[])) as fetcher:
        with pytest.raises(SourceError, match="its host name is not known: correct it"):
            await fetcher.get("http://lost.example/")


async def test_a_host_may_be_allowed_by_its_name(site: Site) -> None:
    async with Fetcher(deadline=2, allow=["localhost"], gap=0) as intranet:
        assert (await intranet.get(site.url("/plain", "localhost"))).body
        with pytest.raises(SourceError, match="not a public address"):
            await intranet.get(site.url("/plain"))


async def test_no_proxy_is_taken_from_the_environment(
    site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert (await fetcher.get(site.url("/plain"))).body == b"hello"


async def test_many_hosts_leave_no_connection_open(site: Site, fetcher: Fetcher) -> None:
    hosts = [f"127.1.{n // 250}.{1 + n % 250}" for n in range(500)]
    before = len(list(Path("/dev/fd").iterdir()))
    for start in range(0, len(hosts), 50):
        some = hosts[start : start + 50]
        await asyncio.gather(*(fetcher.get(site.url("/plain", host)) for host in some))
    await asyncio.sleep(0.05)
    assert len(list(Path("/dev/fd").iterdir())) < before + 20
