"""A loopback site that sends what no site should, and how a look at each of its paths must end."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from tests.news import RAIL

KB, MB = 1024, 1024 * 1024
FOREVER = 3600.0

Send = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Trap:
    """An answer, and what the one line about it says; `says` is empty where it is read."""

    send: Send
    says: str = ""


def bytes_of(*parts: bytes) -> Send:
    """These bytes, and then the connection is closed."""

    async def send(writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()

    return send


def answer(body: bytes, *headers: str, status: str = "200 OK") -> Send:
    """A well-formed answer around whatever that is."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers)
    return bytes_of("\r\n".join(lines).encode() + b"\r\n\r\n", body)


def page(make: Callable[[], bytes], *headers: str) -> Send:
    """An answer whose body is made when it is asked for."""

    async def send(writer: asyncio.StreamWriter) -> None:
        await answer(make(), "Content-Type: text/xml", *headers)(writer)

    return send


def redirect(to: str) -> Send:
    """A redirect."""
    return answer(b"", f"Location: {to}", status="302 Found")


async def drip(writer: asyncio.StreamWriter, head: bytes, drop: bytes) -> None:
    """Send a byte or so each second, for ever."""
    writer.write(head)
    while True:
        writer.write(drop)
        await writer.drain()
        await asyncio.sleep(1)


async def never(_writer: asyncio.StreamWriter) -> None:
    """Listen, and say nothing."""
    await asyncio.sleep(FOREVER)


def rss(items: str, head: str = "", root: str = "") -> bytes:
    """An RSS document of these items."""
    channel = f"<channel><title>Trap</title>{head}{items}</channel>"
    return f'<rss version="2.0"{root}>{channel}</rss>'.encode()


def item(**fields: str) -> str:
    """An item with a text, and these fields in their place or besides."""
    told = {"guid": "1", "title": "Rail accord", "description": RAIL} | fields
    return f"<item>{''.join(f'<{tag}>{value}</{tag}>' for tag, value in told.items())}</item>"


def as_html(markup: str) -> str:
    """Markup as feeds carry it."""
    return markup.replace("&", "&amp;").replace("<", "&lt;")


def broken(document: bytes) -> bytes:
    """A document that only a tolerant parser reads."""
    return document.replace(b"<channel>", b"<channel>&nbsp;<br>", 1)


def laughs() -> bytes:
    """Ten to the ninth laughs in a kilobyte."""
    levels = [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    kinds = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{"".join(levels)}]>'
    return kinds.encode() + rss(item(description="&l9;"))


def blown_up() -> bytes:
    """One long entity, very often."""
    return f'<!DOCTYPE rss [<!ENTITY a "{"a" * 60 * KB}">]>'.encode() + rss(
        item(description="&a;" * 60 * KB)
    )


def outside(address: str) -> bytes:
    """An entity, and a document type, that are to be fetched from elsewhere."""
    kinds = f'<!DOCTYPE rss SYSTEM "{address}" [<!ENTITY e SYSTEM "{address}">]>'
    return kinds.encode() + rss(item(description=f"{RAIL} &e;"))


def zeros(size: int) -> bytes:
    """So many zeros behind gzip, though nobody ever packed or held them all."""
    pack = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = pack.compress(bytes(MB)) + pack.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + packed * (size // MB)


GZIP = "Content-Encoding: gzip"
NO_FEED = "is no feed"
TOO_MUCH = r"longer than 3 s to read|too much memory|could not be read|is no feed|larger than"
LARGER = "larger than"
SLOW = "took longer than 2 s"
CUT = "connection was cut or is no HTTP"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n"

FEEDS: dict[str, Trap] = {
    # Regular expressions and parsers that take the square of their input.
    "author": Trap(page(lambda: broken(rss(item(author="a" * 64 * KB)))), TOO_MUCH),
    "authors": Trap(page(lambda: rss(item(author="a" * 64 * KB)))),
    "deep-xml": Trap(page(lambda: rss("<a>" * 100_000 + "</a>" * 100_000))),
    "deep-json": Trap(page(lambda: b'{"items":' + b"[" * 100_000 + b"]" * 100_000), NO_FEED),
    "deep-html": Trap(
        page(lambda: rss(item(description=as_html("<div>" * 100_000 + RAIL)))), "have no text"
    ),
    "laughs": Trap(page(laughs), "XML entities"),
    "blown-up": Trap(page(blown_up), "XML entities"),
    "file-entity": Trap(page(lambda: outside("file:///etc/passwd")), "XML entities"),
    "namespaces": Trap(
        page(lambda: rss(item(), root="".join(f' xmlns:n{n}="urn:{n}"' for n in range(100_000)))),
        TOO_MUCH,
    ),
    "attributes": Trap(
        page(lambda: rss(item(), root="".join(f' a{n}="{n}"' for n in range(100_000))))
    ),
    "markup-declarations": Trap(page(lambda: b"<!ENTITY " * 100_000), TOO_MUCH),
    "comment": Trap(page(lambda: rss(item(), "<!--" + "- " * 500_000))),
    "cdata": Trap(page(lambda: rss("<item><description><![CDATA[" + "]] " * 200_000)), "neither"),
    # A great deal of everything.
    "items": Trap(
        page(
            lambda: rss("".join(item(guid=str(n), description=RAIL[:90]) for n in range(100_000)))
        ),
    ),
    "small-items": Trap(
        page(lambda: rss("<item><title>a</title></item>" * 60_000)), "have no text"
    ),
    "small-items-broken": Trap(
        page(lambda: broken(rss("<item><title>a</title></item>" * 60_000))),
        f"have no text|{TOO_MUCH}",
    ),
    "json-items": Trap(
        page(lambda: json.dumps({"version": "1", "items": [{"id": "1"}] * 100_000}).encode()),
        NO_FEED,
    ),
    "line": Trap(page(lambda: rss(item(description="word " * MB)))),
    "title": Trap(page(lambda: rss(item(title="Rail " * (MB // 5))))),
    "link": Trap(page(lambda: rss(item(link="https://example.org/" + "a" * MB)))),
    "links": Trap(
        page(lambda: rss(item(description=as_html(f'<p>{RAIL}<a href="/a">b</a></p>' * 5_000))))
    ),
    "unclosed": Trap(page(lambda: rss(item(description=as_html(RAIL + "<b>a" * 100_000))))),
    "inline-image": Trap(
        page(
            lambda: rss(
                item(description=as_html(f'<img src="data:image/png;base64,{"A" * MB}"><p>{RAIL}'))
            )
        )
    ),
    "author-of-each": Trap(page(lambda: rss(item(author="a@" * 500_000)))),
    "date": Trap(page(lambda: rss(item(pubDate="1" * MB)))),
    "broken-date": Trap(page(lambda: broken(rss(item(pubDate="1, " * 300_000))))),
    "categories": Trap(page(lambda: rss(item(category="</category><category>" * 50_000)))),
    # Text that our own regular expressions might choke on.
    **{
        f"bait-{name}": Trap(page(partial(lambda bait: rss(item(description=bait)), bait)))
        for name, bait in {
            "spaces": RAIL + " " * 500_000 + "x",
            "dashes": "- " * 100_000 + RAIL,
            "capitals": "BAKU " * 50_000 + RAIL,
            "digits": "1" * 500_000 + RAIL,
            "quotes": '"' * 500_000 + RAIL,
            "days": "On Monday, " * 50_000 + RAIL,
            "datelines": "BAKU, Jan 1 (Wire) - " * 20_000 + RAIL,
            "stops": "U.S. " * 100_000 + RAIL,
            "lines": "a\n" * 50_000 + RAIL,
            "letters": "a" * 500_000 + RAIL,
            "brackets": "(" * 300_000 + RAIL,
        }.items()
    },
    "marks": Trap(page(lambda: rss(item(description=RAIL + "a" + "\u0301" * 300_000)))),
    "right-to-left": Trap(page(lambda: rss(item(description="\u202e\u05d0 " * 200_000 + RAIL)))),
    "emoji": Trap(page(lambda: rss(item(description="👩‍👩‍👧 " * 50_000 + RAIL)))),
    "surrogates": Trap(page(lambda: rss(item(description="&#xD800;" * 10_000 + RAIL)))),
    "surrogates-html": Trap(
        page(lambda: rss(item(title="&amp;#xD800;", description="&amp;#xD800; " * 10_000 + RAIL)))
    ),
    "nul": Trap(
        page(lambda: rss(item(title="\0" * 1000, description="\0" * 100_000 + RAIL))), NO_FEED
    ),
    "nul-alone": Trap(page(lambda: bytes(MB)), NO_FEED),
    "escapes": Trap(page(lambda: rss(item(title="\x1b[31m\x07 Rail", author="\x1b]0;x\x07")))),
    "empty": Trap(page(lambda: b""), NO_FEED),
    "noise": Trap(page(lambda: bytes(range(1, 256)) * 4000), NO_FEED),
    # Codings that are not what they are called.
    "utf16-not": Trap(
        page(lambda: b'<?xml version="1.0" encoding="UTF-16"?>' + rss(item()), "X-Note: ascii")
    ),
    "utf7": Trap(page(lambda: b'<?xml version="1.0" encoding="UTF-7"?>' + rss(item()))),
    "made-up": Trap(page(lambda: b'<?xml version="1.0" encoding="x-moon"?>' + rss(item()))),
    "codec": Trap(page(lambda: b'<?xml version="1.0" encoding="zlib_codec"?>' + rss(item()))),
    "utf16": Trap(
        page(
            lambda: ('<?xml version="1.0" encoding="UTF-16"?>' + rss(item()).decode()).encode(
                "utf-16"
            )
        )
    ),
    # Packed bodies.
    "gzip": Trap(page(lambda: zeros(1024 * MB), GZIP), NO_FEED),
    "gzip-gzip": Trap(page(lambda: gzip.compress(zeros(1024 * MB)), GZIP), NO_FEED),
    "gzip-listed": Trap(
        page(lambda: gzip.compress(zeros(1024 * MB)), f"{GZIP}, gzip"), "not understood"
    ),
    "deflate": Trap(page(lambda: zeros(1024 * MB)[10:], "Content-Encoding: deflate"), NO_FEED),
    "gzip-not": Trap(page(lambda: rss(item()), GZIP), "damaged data"),
    "gzip-cut": Trap(page(lambda: gzip.compress(rss(item()))[:60], GZIP), f"{NO_FEED}|damaged"),
    "moon": Trap(page(lambda: rss(item()), "Content-Encoding: moon"), "not understood"),
    # Servers.
    "drip": Trap(partial(drip, head=HEAD + b"\r\n<rss>", drop=b" "), SLOW),
    "drip-head": Trap(partial(drip, head=HEAD, drop=b"X"), SLOW),
    "drip-headers": Trap(partial(drip, head=HEAD, drop=b"X-A: b\r\n"), SLOW),
    "never": Trap(never, SLOW),
    "hang-up": Trap(bytes_of(b""), CUT),
    "one-byte": Trap(bytes_of(b"H"), CUT),
    "http09": Trap(bytes_of(rss(item())), CUT),
    "short": Trap(bytes_of(HEAD + b"Content-Length: 9999\r\n\r\n", rss(item())), CUT),
    "long": Trap(bytes_of(HEAD + b"Content-Length: 10\r\n\r\n", rss(item())), f"{CUT}|{NO_FEED}"),
    "negative": Trap(bytes_of(HEAD + b"Content-Length: -5\r\n\r\n", rss(item())), CUT),
    "two-lengths": Trap(
        bytes_of(HEAD + b"Content-Length: 5\r\nContent-Length: 9\r\n\r\n", rss(item())), CUT
    ),
    "chunks": Trap(bytes_of(CHUNKED, b"zz\r\n<rss>\r\n"), CUT),
    "chunk-size": Trap(bytes_of(CHUNKED, b"f" * 40 + b"\r\n<rss>"), CUT),
    "header": Trap(bytes_of(HEAD + b"X-A: " + b"a" * MB + b"\r\n\r\n", rss(item())), CUT),
    "headers": Trap(bytes_of(HEAD + b"X-A: b\r\n" * 100_000 + b"\r\n", rss(item())), CUT),
    "header-bytes": Trap(bytes_of(HEAD + b"X-A: \x00\x1b\r\n\r\n", rss(item())), CUT),
    "etag": Trap(answer(rss(item()), f'ETag: "{"e" * 4000}"')),
    "204": Trap(bytes_of(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"), NO_FEED),
    "206": Trap(answer(rss(item())[:40], status="206 Partial Content")),
    "continue": Trap(bytes_of(b"HTTP/1.1 100 Continue\r\n\r\n", HEAD + b"\r\n", rss(item()))),
    "status": Trap(answer(b"", status="999 \x1b[31mOdd"), "answers 999|no HTTP"),
    "304": Trap(answer(b"", status="304 Not Modified"), "unasked"),
    # Redirects.
    "round": Trap(redirect("/round"), "redirects more than"),
    "to-private": Trap(redirect("http://10.0.0.1/feed"), "not a public address"),
    "to-wrapped": Trap(redirect("http://[::ffff:10.0.0.1]/feed"), "not a public address"),
    "to-file": Trap(redirect("file:///etc/passwd"), "only http and https"),
    "to-script": Trap(redirect("javascript:alert(1)"), "only http and https"),
    "to-nowhere": Trap(redirect("http://"), "redirects more than"),
    "to-long": Trap(redirect("/" + "a" * 6000), "404"),
}


PAGES: dict[str, Callable[[], str]] = {
    "deep": lambda: "<div>" * 100_000 + f"<p>{RAIL}",
    "tables": lambda: "<table><tr><td>" * 10_000 + f"<p>{RAIL}",
    "lists": lambda: "<ul><li>" * 50_000 + RAIL,
    "unclosed": lambda: f"<p>{RAIL}" + "<b>a" * 100_000,
    "paragraphs": lambda: "<p>a" * 500_000,
    "links": lambda: f'<p>{RAIL} <a href="/a">b</a>' * 5_000,
    "drawing": lambda: f'<svg><path d="{"M0 0 " * 200_000}"/></svg><p>{RAIL}',
    "image": lambda: f'<img src="data:image/png;base64,{"A" * MB}"><p>{RAIL}',
    "comment": lambda: f"<p>{RAIL}<!-- " + "-- " * 500_000,
    "script": lambda: f'<script type="application/ld+json">{"{" * 500_000}</script><p>{RAIL}',
    "dated": lambda: (
        '<script type="application/ld+json">' + '"datePublished" : "' * 50_000 + f"</script>{RAIL}"
    ),
    "attributes": lambda: f"<p {' '.join(f'a{n}=1' for n in range(100_000))}>{RAIL}",
    "classes": lambda: f'<p class="{"article " * 100_000}">{RAIL}',
    "metadata": lambda: '<meta name="author" content="a">' * 50_000 + f"<p>{RAIL}",
    "authors": lambda: f'<meta name="author" content="{"a, " * 100_000}"><p>{RAIL}',
    "title": lambda: f"<title>{'Rail - ' * 150_000}</title><p>{RAIL}",
    "line": lambda: "word " * 400_000,
    "spaces": lambda: f"<p>{RAIL}{' ' * MB}x",
    "breaks": lambda: f"<p>{RAIL}{'<br>' * 300_000}x",
    "entities": lambda: f"<p>{RAIL}{'&amp;lt;&#xD800;&#0;&bogus;' * 50_000}",
    "nul": lambda: f"<p>{RAIL}" + "\0" * MB,
    "framesets": lambda: "<frameset>" * 100_000 + RAIL,
    "xml": lambda: '<?xml version="1.0" encoding="UTF-32"?>' + f"<p>{RAIL}",
    "file": lambda: f'<base href="file:///etc/"><iframe src="passwd"></iframe><p>{RAIL}',
}
"""Web pages; each is read, or refused in a line."""


@dataclass(frozen=True, slots=True)
class Site:
    """The site: each of its paths has an address of its own, as if they were many servers.

    `asked` lists the paths that were asked for.
    """

    bases: dict[str, str]
    asked: list[str]

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"{self.bases[path]}/{path}"


@asynccontextmanager
async def served(goods: int = 5) -> AsyncIterator[Site]:
    """Serve the traps, some good feeds, as `good-0`, and `secret`, which nobody may ask for."""
    site = Site({}, [])
    answers = {path: trap.send for path, trap in FEEDS.items()}
    for path in (f"good-{n}" for n in range(goods)):
        answers[path] = answer(rss(item(guid=path, title=path)))
    answers["web-entity"] = page(lambda: outside(site.url("secret")))
    answers["secret"] = answer(b"<rss><channel><title>secret</title></channel></rss>")
    busy: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        busy.add(task)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode().lstrip("/")
            site.asked.append(path)
            await answers.get(path, answer(b"", status="404 Not Found"))(writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            busy.discard(task)
            writer.close()

    async with AsyncExitStack() as stack:
        for number, path in enumerate(answers):
            address = f"127.0.{1 + number // 200}.{1 + number % 200}"
            server = await stack.enter_async_context(await asyncio.start_server(serve, address, 0))
            site.bases[path] = f"http://{address}:{server.sockets[0].getsockname()[1]}"
        yield site
        for task in busy:
            task.cancel()
