"""Fetching over HTTP: what is refused, what is capped, and what is said about it."""

import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from summaries.addresses import AddressInfo
from summaries.errors import SourceError
from summaries.fetch import LARGEST_BODY, LARGEST_DOWNLOAD, Fetcher

STREAM = int(socket.SOCK_STREAM)


def info(address: str) -> AddressInfo:
    if ":" in address:
        return (int(socket.AF_INET6), STREAM, 6, "", (address, 80, 0, 0))
    return (int(socket.AF_INET), STREAM, 6, "", (address, 80))


class Site:
    """A loopback web site whose pages are functions, and which notes the requests it gets."""

    def __init__(self) -> None:
        self.seen: list[web.Request] = []
        self.base = ""

    def url(self, path: str) -> str:
        return f"{self.base}{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        kind = request.match_info["kind"]
        if kind == "plain":
            return web.Response(body=b"hello", headers={"ETag": '"v1"'}, content_type="text/html")
        if kind == "known":
            return web.Response(status=304, headers={"ETag": '"v1"'})
        if kind == "loop":
            return web.Response(status=302, headers={"Location": "/loop"})
        if kind == "moved":
            return web.Response(status=301, headers={"Location": "/plain"})
        if kind == "away":
            return web.Response(status=302, headers={"Location": request.query["to"]})
        if kind == "drip":
            return await self.drip(request)
        if kind == "large":
            return web.Response(body=b"x" * (LARGEST_DOWNLOAD + 1))
        if kind == "status":
            return web.Response(status=int(request.query["code"]))
        body, coding = CODED[kind]
        return web.Response(body=body, headers={"Content-Encoding": coding})

    async def drip(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b".")
            await asyncio.sleep(0.1)
        return response


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


CODED = {
    "gzip": (gzip.compress(b"hello" * 1000), "gzip"),
    "deflate": (zlib.compress(b"hello" * 1000), "deflate"),
    "bare": (bare_deflate(b"hello" * 1000), "deflate"),
    "bomb": (gzip.compress(b"\0" * (LARGEST_BODY * 20)), "gzip"),
    "double": (gzip.compress(gzip.compress(b"\0" * 1_000_000)), "gzip, gzip"),
    "brotli": (b"hello", "br"),
    "damaged": (b"\x1f\x8b\x08\x00 this is not gzip", "gzip"),
}


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    place = Site()
    app = web.Application()
    app.router.add_get("/{kind}", place.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    place.base = f"http://{host}:{port}"
    yield place
    await runner.cleanup()


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(deadline=2, allow=["127.0.0.0/8"]) as made:
        yield made


async def test_gives_the_body_and_what_tells_whether_it_changed(
    site: Site, fetcher: Fetcher
) -> None:
    got = await fetcher.get(site.url("/plain"))
    assert (got.status, got.body, got.etag) == (200, b"hello", '"v1"')
    assert "briefing-bot" in site.seen[0].headers["User-Agent"]


async def test_asks_only_for_what_changed(site: Site, fetcher: Fetcher) -> None:
    date = "Sun, 19 Apr 2026 10:00:00 GMT"
    got = await fetcher.get(site.url("/known"), etag='"v1"', last_modified=date)
    assert (got.status, got.body) == (304, b"")
    assert site.seen[0].headers["If-None-Match"] == '"v1"'
    assert site.seen[0].headers["If-Modified-Since"] == date


@pytest.mark.parametrize("kind", ["gzip", "deflate", "bare"])
async def test_understands_compression(site: Site, fetcher: Fetcher, kind: str) -> None:
    assert (await fetcher.get(site.url(f"/{kind}"))).body == b"hello" * 1000


async def test_follows_redirects_and_tells_where_it_ended(site: Site, fetcher: Fetcher) -> None:
    got = await fetcher.get(site.url("/moved"))
    assert (got.body, got.url) == (b"hello", site.url("/plain"))


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/loop", "redirects more than 5 times"),
        ("/away?to=file:///etc/passwd", "only http and https"),
        ("/away?to=http://192.168.1.1/", "192.168.1.1 is not a public address"),
        ("/away?to=http://[::ffff:10.0.0.1]/", "10.0.0.1 is not a public address"),
        ("/large", "larger than"),
        ("/bomb", "larger than"),
        ("/double", "compressed as 'gzip, gzip'"),
        ("/brotli", "compressed as 'br'"),
        ("/damaged", "damaged"),
        ("/drip", "took longer than 2 s"),
        ("/status?code=404", "answers 404: there is nothing at this address"),
        ("/status?code=503", "answers 503: the server has trouble"),
        ("/status?code=418", "answers 418: correct the address"),
    ],
)
async def test_says_in_one_line_what_is_wrong(
    site: Site, fetcher: Fetcher, path: str, says: str
) -> None:
    with pytest.raises(SourceError) as caught:
        await fetcher.get(site.url(path))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://example.org/feed", "only http and https"),
        ("feed.xml", "only http and https"),
        ("http://[::1", "no web address"),
        ("http://127.0.0.1:1/", "127.0.0.1 is not a public address"),
        ("http://localhost:1/", "is not a public address"),
        ("http://①②⑦.⓪.⓪.①:1/", "127.0.0.1 is not a public address"),
        ("http://0.0.0.0:1/", "0.0.0.0 is not a public address"),
        ("http://[::ffff:127.0.0.1]:1/", "127.0.0.1 is not a public address"),
    ],
)
async def test_does_not_even_connect_to_what_is_not_public(url: str, says: str) -> None:
    async with Fetcher(deadline=2) as careful:
        with pytest.raises(SourceError, match=says.replace(".", r"\.")):
            await careful.get(url)


async def test_nothing_listening_is_told_plainly(fetcher: Fetcher) -> None:
    with pytest.raises(SourceError, match="nothing answers there"):
        await fetcher.get("http://127.0.0.1:1/")


async def test_a_host_may_be_allowed_by_its_name(site: Site) -> None:
    async with Fetcher(deadline=2, allow=["localhost"]) as intranet:
        assert (await intranet.get(site.url("/plain").replace("127.0.0.1", "localhost"))).body
        with pytest.raises(SourceError, match="not a public address"):
            await intranet.get(site.url("/plain"))


async def test_no_proxy_is_taken_from_the_environment(
    site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert (await fetcher.get(site.url("/plain"))).body == b"hello"
