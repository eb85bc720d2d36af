"""Made-up feeds on every address of the loopback, and the server that hands them out.

The texts are made up as in `speed.py`: by Zipf's law, of the words of `articles/` or another
language's function words, then of pseudo-words. What a feed is like follows from its number: one of
a hundred is broken, two are slow, five careless with their XML, twenty without an ETag.
"""

import asyncio
import os
import socket
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import IPv4Address
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from speed import EXPONENT, LENGTH, PARAGRAPH, SHIFT, SHORTEST, SPREAD, VOCABULARY, vocabulary
from webpage import Site

from summaries.languages import stop_words

NEWEST = datetime(2026, 6, 1, tzinfo=UTC)
SMALLEST, LARGEST, MOST_PAGES = 5, 50, 20  # items of a feed, and of one with pages behind them
SENTENCES, SENTENCES_OF_A_PAGE = (8, 24), (30, 90)  # of an article; teasers have 200 characters
FUNCTION_WORDS = 60
LANGUAGES = ("en", "en", "en", "en", "en", "en", "de", "es", "fr", "ru")
ADDRESSES = IPv4Address("127.1.0.0")
LATE, DRIPS, DRIP = 3.0, 20, 0.2  # seconds; parts of a body and the seconds between them

_STATUS = {200: "OK", 304: "Not Modified", 404: "Not Found", 500: "Internal Server Error"}
_RSS = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>{name}</title>'
    "<link>{base}/</link>{items}</channel></rss>"
)
_RSS_ITEM = (
    "<item><title>{title}</title><link>{link}</link><guid>{link}</guid><pubDate>{rfc}</pubDate>"
    "<description>{teaser}</description>{full}</item>"
)
_ATOM = (
    '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
    "<title>{name}</title><id>{base}/</id>{items}</feed>"
)
_ATOM_ITEM = (
    '<entry><title>{title}</title><link href="{link}"/><id>{link}</id><updated>{iso}</updated>'
    "<summary>{teaser}</summary>{full}</entry>"
)


@dataclass(frozen=True, slots=True)
class Stand:
    """So many feeds in a folder; of a hundred, `pages` have teasers with pages behind them."""

    folder: Path
    feeds: int
    pages: int
    port: int

    def base(self, number: int) -> str:
        """Where a feed and its pages are: each has a host of its own."""
        return f"http://{ADDRESSES + number}:{self.port}/{number}"

    def file(self, number: int) -> Path:
        """The file of a feed; its pages have its name and theirs."""
        return self.folder / f"{number}.xml"

    def build(self) -> Iterable[int]:
        """Write all files, and yield after each feed how many articles it has."""
        self.folder.mkdir(parents=True)
        wires = {language: Newswire(language) for language in LANGUAGES}
        for number in range(self.feeds):
            language = LANGUAGES[number // 3 % len(LANGUAGES)]
            yield self._write(number, language, wires[language])

    def _write(self, number: int, language: str, wire: "Newswire") -> int:
        has_pages = number % 100 >= 100 - self.pages
        chance = np.random.default_rng(number)
        size = SMALLEST + int((LARGEST - SMALLEST) * chance.random() ** 3)
        size = min(size, MOST_PAGES) if has_pages else size
        base, is_atom = self.base(number), number % 2 == 1
        site = Site.made_up(language, wire.words, chance) if has_pages else None
        items = []
        for item in range(size):
            when = NEWEST - timedelta(minutes=int(chance.integers(40_000)))
            title, paragraphs = wire.article(chance, SENTENCES_OF_A_PAGE if site else SENTENCES)
            body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
            fields = {
                "title": title,
                "link": f"{base}/{item}.html",
                "iso": when.isoformat(),
                "rfc": format_datetime(when),
                "teaser": " ".join(paragraphs)[:200].rpartition(" ")[0],
                "full": "",
            }
            if site:
                page = site.page(title, fields["link"], fields["iso"], body)
                (self.folder / f"{number}-{item}.html").write_text(page, "utf-8")
            elif is_atom:
                fields["full"] = f'<content type="html"><![CDATA[{body}]]></content>'
            else:
                fields["full"] = f"<content:encoded><![CDATA[{body}]]></content:encoded>"
            items.append((_ATOM_ITEM if is_atom else _RSS_ITEM).format(**fields))
        name = f"Feed {number}" + (" & more" if is_careless(number) else "")
        feed = (_ATOM if is_atom else _RSS).format(name=name, base=base, items="".join(items))
        if ailment(number) == "no XML":
            feed, items = "The feed is being mended.", []
        self.file(number).write_text(feed, "utf-8")
        return 0 if ailment(number) in BROKEN else len(items)


BROKEN = ("500", "silent", "no XML", "404")
SLOW = ("drips", "late")


def ailment(number: int) -> str:
    """What is the matter with a feed: one of BROKEN or SLOW, or nothing."""
    rest = number % 100
    return BROKEN[number // 100 % 4] if rest == 0 else SLOW[rest - 1] if rest <= 2 else ""


def is_careless(number: int) -> bool:
    """Whether a feed has a bare ampersand."""
    return number % 20 == 4


def has_etag(number: int) -> bool:
    """Whether a feed can be asked for what is new only; a slow one is slow each time."""
    return number % 5 != 3 and ailment(number) not in SLOW


class Newswire:
    """Articles of one language whose words are as frequent as Zipf's law says."""

    def __init__(self, language: str) -> None:
        weights = (np.arange(1, VOCABULARY + 1) + SHIFT) ** -EXPONENT
        self._cumulated = np.cumsum(weights / weights.sum())
        own = [] if language == "en" else sorted(stop_words(language))[:FUNCTION_WORDS]
        self.words = [*own, *vocabulary()[2_000 if own else 0 :]]
        self._words = np.array(self.words, dtype=object)

    def article(
        self, chance: np.random.Generator, sentences_of: tuple[int, int]
    ) -> tuple[str, list[str]]:
        """A title and paragraphs, of so many sentences together."""
        count = int(chance.integers(*sentences_of))
        lengths = np.maximum(SHORTEST, chance.normal(LENGTH, SPREAD, count + 1).astype(int))
        ranks = np.searchsorted(self._cumulated, chance.random(int(lengths.sum())))
        words = self._words[np.minimum(ranks, len(self._words) - 1)].tolist()
        sentences, start = [], 0
        for length in lengths.tolist():
            sentences.append(" ".join(words[start : start + length]).capitalize())
            start += length
        title, body = sentences[0][:80].rpartition(" ")[0], [f"{s}." for s in sentences[1:]]
        return title, [" ".join(body[i : i + PARAGRAPH]) for i in range(0, count, PARAGRAPH)]


def serve(stand: Stand, told: Connection) -> None:
    """Hand out the files until the other end is closed; tell how often what was asked for.

    Bound to the loopback's device, one socket hears all of its addresses and nothing else.
    """
    asyncio.run(_serve(stand, told))


async def _serve(stand: Stand, told: Connection) -> None:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
    listener.bind(("", stand.port))
    asked: Counter[str] = Counter()
    loop, closed = asyncio.get_running_loop(), asyncio.Event()

    def tell() -> None:
        try:
            told.recv()
        except EOFError:
            closed.set()
            loop.remove_reader(told)
        else:
            told.send(dict(asked))
            asked.clear()

    async with await loop.create_server(
        lambda: _Answering(stand, asked), sock=listener, backlog=4096
    ):
        loop.add_reader(told, tell)
        told.send({})
        await closed.wait()
        os._exit(0)  # connections that are silent on purpose would be waited for


class _Answering(asyncio.Protocol):
    """HTTP/1.1 as far as a client of feeds needs it: GET, one after the other."""

    def __init__(self, stand: Stand, asked: Counter[str]) -> None:
        self._stand, self._asked, self._head = stand, asked, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._head += data
        while b"\r\n\r\n" in self._head:
            head, _, self._head = self._head.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            self._asked[path] += 1
            number, _, page = path.removeprefix("/").partition("/")
            if page or not number.isdigit():
                self._page(f"{number}-{page}")
            else:
                self._feed(int(number), head)

    def _page(self, name: str) -> None:
        try:
            self._answer(200, (self._stand.folder / name).read_bytes(), "text/html")
        except FileNotFoundError:
            self._answer(404)

    def _feed(self, number: int, head: bytes) -> None:
        tag, what = f'"{number}"', ailment(number)
        if what == "silent":
            return
        if what in ("500", "404"):
            self._answer(int(what))
        elif has_etag(number) and f"If-None-Match: {tag}".encode() in head:
            self._answer(304, tag=tag)
        else:
            body = self._stand.file(number).read_bytes()
            answer = (200, body, "text/xml", tag if has_etag(number) else "")
            loop = asyncio.get_running_loop()
            if what == "late":
                loop.call_later(LATE, self._answer, *answer)
            else:
                self._answer(*answer, parts=DRIPS if what == "drips" else 1)

    def _answer(
        self,
        status: int,
        body: bytes = b"",
        kind: str = "text/plain",
        tag: str = "",
        parts: int = 1,
    ) -> None:
        head = f"HTTP/1.1 {status} {_STATUS[status]}\r\nContent-Length: {len(body)}\r\n"
        head += f"Content-Type: {kind}; charset=utf-8\r\n{f'ETag: {tag}' if tag else 'Age: 0'}\r\n"
        if parts == 1:
            self._write(f"{head}\r\n".encode() + body)
            return
        self._write(f"{head}\r\n".encode())
        step, loop = len(body) // parts + 1, asyncio.get_running_loop()
        for part in range(parts):
            loop.call_later(part * DRIP, self._write, body[part * step : (part + 1) * step])

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)
