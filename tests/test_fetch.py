"""Fetching over HTTP: what is followed, what is capped, and what is said about it."""

import asyncio
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from summaries.errors import Busy, Gone, NotThere, SourceError
from summaries.fetch import LARGEST_BODY, Fetcher, shown
from tests.websites import Site, serving, website


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with website() as made:
        yield made


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(deadline=2, allow=["127.0.0.0/8"], gap=0) as made:
        yield made


async def test_gives_the_body_and_what_tells_whether_it_changed(
    site: Site, fetcher: Fetcher
) -> None:
    got = await fetcher.get(site.url("/plain"))
    assert (got.status, got.body, got.etag) == (200, b"hello", '"v1"')
    assert (got.moved_to, got.fresh_for, got.is_cut) == (None, 0, False)
    assert "briefing-bot" in site.seen[0].headers["User-Agent"]
    assert "rss" in site.seen[0].headers["Accept"]


async def test_asks_only_for_what_changed(site: Site, fetcher: Fetcher) -> None:
    date = "Sun, 19 Apr 2026 10:00:00 GMT"
    got = await fetcher.get(site.url("/known"), etag='"v1"', last_modified=date)
    assert (got.status, got.body, got.fresh_for) == (304, b"", 60)
    assert site.seen[0].headers["If-None-Match"] == '"v1"'
    assert site.seen[0].headers["If-Modified-Since"] == date


@pytest.mark.parametrize("kind", ["gzip", "deflate", "bare"])
async def test_understands_compression(site: Site, fetcher: Fetcher, kind: str) -> None:
    assert (await fetcher.get(site.url(f"/{kind}"))).body == b"hello" * 1000


@pytest.mark.parametrize("tag", ["ä" * 10, "x" * 1001])
async def test_marks_that_could_not_be_sent_back_are_dropped(
    site: Site, fetcher: Fetcher, tag: str
) -> None:
    assert (await fetcher.get(site.url(f"/headers?ETag={tag}"))).etag is None


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/loop", "redirects more than 5 times"),
        ("/away?to=file:///etc/passwd", "only http and https"),
        ("/away?to=http://[::1", "redirects to what is no web address"),
        ("/away?to=http://192.168.1.1/", "192.168.1.1 is not a public address"),
        ("/away?to=http://[::ffff:10.0.0.1]/", "10.0.0.1 is not a public address"),
        ("/large", "larger than"),
        ("/endless", "larger than"),
        ("/bomb", "larger than"),
        ("/double", "compressed as 'gzip, gzip'"),
        ("/brotli", "compressed as 'br'"),
        ("/damaged", "damaged"),
        ("/drip", "took longer than 2 s"),
        ("/known", "answers 304: it says that nothing changed, unasked"),
        ("/status?code=404", "answers 404: there is nothing at this address"),
        ("/status?code=500", "answers 500: the server has trouble"),
        ("/status?code=418", "answers 418: correct the address"),
        ("/status?code=301", "answers 301: correct the address"),
    ],
)
async def test_says_in_one_line_what_is_wrong(
    site: Site, fetcher: Fetcher, path: str, says: str
) -> None:
    with pytest.raises(SourceError) as caught:
        await fetcher.get(site.url(path))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not isinstance(caught.value, Busy | Gone)


@pytest.mark.parametrize("code", [429, 503])
async def test_a_busy_server_tells_when_to_come_back(
    site: Site, fetcher: Fetcher, code: int
) -> None:
    with pytest.raises(Busy, match=f"answers {code}") as caught:
        await fetcher.get(site.url(f"/status?code={code}"))
    assert caught.value.retry_after == 120


@pytest.mark.parametrize(("code", "error"), [(301, Gone), (308, Gone), (302, NotThere)])
async def test_an_address_is_gone_for_good_if_only_moved_ones_led_there(
    site: Site, fetcher: Fetcher, code: int, error: type[SourceError]
) -> None:
    with pytest.raises(Gone, match="answers 410: it is gone for good"):
        await fetcher.get(site.url("/status?code=410"))
    with pytest.raises(SourceError, match="answers 410") as caught:
        await fetcher.get(site.url(f"/away?code={code}&to=/status%3Fcode=410"))
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("codes", "moved"),
    [
        ((301,), "/plain"),
        ((308,), "/plain"),
        ((302,), None),
        ((307,), None),
        ((303,), None),
        ((301, 308), "/plain"),
        ((301, 302), "/away?code=302&to=/plain"),
        ((302, 301), None),
    ],
)
async def test_remembers_where_an_address_moved_for_good(
    site: Site, fetcher: Fetcher, codes: tuple[int, ...], moved: str | None
) -> None:
    path = "/plain"
    for code in reversed(codes):
        quoted = path.replace("&", "%26")
        path = f"/away?code={code}&to={quoted}"
    got = await fetcher.get(site.url(path))
    assert (got.body, got.url) == (b"hello", site.url("/plain"))
    assert got.moved_to == (moved and site.url(moved))


async def test_a_password_is_sent_to_its_own_host_alone(site: Site) -> None:
    async with Fetcher(allow=["127.0.0.0/8"], gap=0) as fetcher:
        for host in ("127.0.0.1", "other:word@127.0.0.2"):
            there = site.url("/plain", host)
            await fetcher.get(site.url(f"/away?code=301&to={there}", "user:pass@127.0.0.1"))
        sent = [
            (each.host.partition(":")[0], each.headers.get("Authorization")) for each in site.seen
        ]
        assert [host for host, word in sent if word] == ["127.0.0.1"] * 3
        assert sent[-1] == ("127.0.0.2", None)
        got = await fetcher.get(site.url("/plain", "user:pass@127.0.0.1"))
        assert "pass" not in got.url


async def test_a_large_feed_may_be_cut(site: Site, fetcher: Fetcher) -> None:
    got = await fetcher.get(site.url("/large"), cut=True)
    assert (got.body, got.is_cut) == (b"x" * LARGEST_BODY, True)
    got = await fetcher.get(site.url("/bomb"), cut=True)
    assert (got.body, got.is_cut) == (b"\0" * LARGEST_BODY, True)
    assert not (await fetcher.get(site.url("/gzip"), cut=True)).is_cut


async def test_nothing_more_of_an_endless_body_comes_after_the_cut(
    site: Site, fetcher: Fetcher
) -> None:
    got = await fetcher.get(site.url("/endless"), cut=True)
    assert len(got.body) == LARGEST_BODY
    async with asyncio.timeout(2):
        while site.busy:
            await asyncio.sleep(0.01)


async def test_a_gigabyte_behind_gzip_costs_little(site: Site, fetcher: Fetcher) -> None:
    tracemalloc.start()
    with pytest.raises(SourceError, match="larger than"):
        await fetcher.get(site.url("/bomb"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


async def header_bomb(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-Padding: " + b"x" * 1000 + b"\r\n")
        await writer.drain()


async def one_long_header(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Padding: ")
    while True:
        writer.write(b"x" * 10_000)
        await writer.drain()


async def endless_continues(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.001)


async def trailer_bomb(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n")
    while True:
        writer.write(b"X-Padding: " + b"x" * 1000 + b"\r\n")
        await writer.drain()


async def dripping_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X")
        await writer.drain()
        await asyncio.sleep(0.1)


async def silence(writer: asyncio.StreamWriter) -> None:
    await writer.drain()
    await asyncio.sleep(60)


async def rubbish(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\0\xff" * 500 + b"\r\n\r\n")


async def cut_short(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")


@pytest.mark.parametrize(
    "handle",
    [
        header_bomb,
        one_long_header,
        endless_continues,
        trailer_bomb,
        dripping_headers,
        silence,
        rubbish,
        cut_short,
    ],
)
async def test_servers_that_break_every_rule_are_cut_off(
    handle: Callable[[asyncio.StreamWriter], Awaitable[None]],
) -> None:
    async with serving(handle) as url, Fetcher(deadline=1, allow=["127.0.0.0/8"]) as fetcher:
        tracemalloc.start()
        begun = time.monotonic()
        with pytest.raises(SourceError) as caught:
            await fetcher.get(url)
        assert time.monotonic() - begun < 1.5
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 250
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://user:pass@example.org/feed?key=secret#top", "https://example.org/feed"),
        ("https://example.org/\n\x1b[31mred\u202e", "https://example.org/[31mred"),
        ("https://example.org/" + "x" * 1000, "https://example.org/" + "x" * 180),
    ],
)
def test_addresses_are_shown_without_secrets_and_in_one_line(url: str, text: str) -> None:
    assert shown(url) == text
