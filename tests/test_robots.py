"""What robots.txt lets us read, and what hostile ones cost."""

import asyncio
import gc
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from summaries.errors import SourceError
from summaries.robots import KEPT_FOR, KEPT_FOR_NOW, LARGEST_ROBOTS, LONGEST_DELAY, Robots

PAGE = URL("https://example.org/news/1.html?page=2")


class Web:
    """Sites with a robots.txt each, a clock that is set by hand, and a list of what was asked."""

    def __init__(self, text: bytes | str = b"", status: int = 200) -> None:
        self.body = text.encode() if isinstance(text, str) else text
        self.status = status
        self.error: SourceError | None = None
        self.asked: list[str] = []
        self.now = 0.0
        self.robots = Robots(self.ask, lambda: self.now)

    async def ask(self, url: str) -> tuple[int, bytes]:
        self.asked.append(url)
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        return self.status, self.body

    async def lets(self, url: URL = PAGE) -> bool:
        try:
            await self.robots.check(url)
        except SourceError:
            return False
        return True


@pytest.mark.parametrize(
    ("text", "lets"),
    [
        ("", True),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /", False),
        ("\ufeffUser-agent: *\r\nDisallow: /news/\r\n", False),
        ("user-agent:*\rdisallow:/news # all of it", False),
        ("User-agent: briefing-bot\nDisallow: /", False),
        ("User-agent: Briefing-Bot\nDisallow: /\nUser-agent: *\nAllow: /", False),
        ("User-agent: briefing-bot\nAllow: /\n\nUser-agent: *\nDisallow: /", True),
        ("User-agent: another\nUser-agent: briefing-bot\nDisallow: /", False),
        ("User-agent: another\nUser-agent: third\nDisallow: /", True),
        ("User-agent: another\nDisallow: /\nUser-agent: *\nDisallow: /private", True),
        ("User-agent: bot\nDisallow: /", True),
        ("User agent **\nDisallow: /", False),
        ("User-agent: briefing-bot*\nDisallow: /", False),
        ("User-agent:\nDisallow: /", True),
        ("User-agent: *\nDisallow: /news\nAllow: /news/1", True),
        ("User-agent: *\nDisallow: /*.html", False),
        ("User-agent: *\nDisallow: /*.html$", True),
        ("User-agent: *\nDisallow: /*?page=", False),
        ("<html>Not found</html>", True),
    ],
)
async def test_the_rules_for_us_are_kept(text: str, lets: bool) -> None:
    assert await Web(text).lets() == lets


async def test_a_refusal_tells_what_to_do() -> None:
    with pytest.raises(SourceError) as caught:
        await Web("User-agent: *\nDisallow: /").robots.check(PAGE)
    assert str(caught.value) == (
        "robots.txt of example.org does not want this page read: give its feed, or ask its owner"
    )


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418])
async def test_a_site_without_robots_txt_lets_everything_be_read(status: int) -> None:
    assert await Web("User-agent: *\nDisallow: /", status).lets()


async def test_what_cannot_be_read_keeps_us_out_for_a_while() -> None:
    web = Web()
    web.error = SourceError("https://example.org/robots.txt answers 503: try again later")
    for _ in range(2):
        with pytest.raises(SourceError, match=r"its robots\.txt cannot be read: .* answers 503"):
            await web.robots.check(PAGE)
    assert len(web.asked) == 1
    web.error = None
    web.now += KEPT_FOR_NOW
    assert await web.lets()


async def test_robots_txt_is_remembered_for_a_day() -> None:
    web = Web()
    for _ in range(3):
        await web.robots.check(PAGE)
        web.now += KEPT_FOR / 4
    assert len(web.asked) == 1
    web.now += KEPT_FOR / 4
    await web.robots.check(PAGE)
    assert len(web.asked) == 2


async def test_pages_of_one_site_ask_once_together() -> None:
    web = Web()
    await asyncio.gather(*(web.robots.check(PAGE / str(number)) for number in range(50)))
    assert len(web.asked) == 1


async def test_each_scheme_host_and_port_has_its_own() -> None:
    web = Web()
    for url in ("http://a.example/x", "https://u:p@a.example/y?z", "https://a.example:444/", PAGE):
        await web.robots.check(URL(url))
    assert web.asked == [
        "http://a.example/robots.txt",
        "https://a.example/robots.txt",
        "https://a.example:444/robots.txt",
        "https://example.org/robots.txt",
    ]


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 2.5", 2.5),
        ("User-agent: *\nCrawl-delay: 3600", LONGEST_DELAY),
        ("User-agent: *\nCrawl-delay: -1", 0),
        ("User-agent: *\nCrawl-delay: soon", 0),
        ("User-agent: another\nCrawl-delay: 5", 0),
    ],
)
async def test_the_pause_that_a_site_wants_is_known_once_it_was_asked(
    text: str, delay: float
) -> None:
    web = Web(text)
    assert web.robots.delay(PAGE) == 0
    await web.robots.check(PAGE)
    assert web.robots.delay(PAGE) == delay


def rules(count: int, form: str) -> str:
    return "User-agent: *\n" + "".join(form.format(number) for number in range(count))


HOSTILE = {
    "one line": "User-agent: *\nDisallow: /" + "a*" * 300_000,
    "many rules": rules(40_000, "Allow:/{}\n"),
    "many wildcards": rules(5_000, "Disallow: /" + "*a" * 45 + "{}\n"),
    "long wildcards": "User-agent: *\n" + ("Disallow: /" + "a*" * 990 + "b\n") * 256,
    "stars": "User-agent: *\n" + "Disallow: /" + "*" * 1_900 + "a\n" * 250,
    "agents and rules": "".join(f"User-agent:{n}\n" for n in range(15_000)) + "Allow:/\n" * 30_000,
    "agents, oddly": "".join(f"User agent\t{n}\r" for n in range(15_000)) + "Allow:/\v" * 30_000,
    "agents of stars": "".join(f"User-agent:{'*' * n}\n" for n in range(900)) + "Allow:/\n" * 9_000,
    "percent signs": rules(20_000, "Disallow: /{}ä%%41\n"),
    "dollars": rules(40_000, "Allow:/{}$\n"),
    "NUL bytes": "\0" * LARGEST_ROBOTS,
    "empty lines": "\n \r" * (LARGEST_ROBOTS // 3),
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_hostile_rules_cost_little(kind: str) -> None:
    web, page = (
        Web(HOSTILE[kind].encode()[:LARGEST_ROBOTS]),
        URL("https://example.org/" + "a" * 2_000),
    )
    begun = time.process_time()
    await web.lets(page)
    assert time.process_time() - begun < 1


async def test_hostile_sites_together_stay_within_their_memory() -> None:
    web = Web(HOSTILE["many wildcards"].encode()[:LARGEST_ROBOTS])
    tracemalloc.start()
    for number in range(6):
        await web.robots.check(URL(f"https://{number}.example.org/"))
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 20_000_000


async def test_only_the_last_thousand_sites_are_remembered() -> None:
    web = Web()
    for number in range(1_001):
        await web.robots.check(URL(f"https://{number}.example.org/"))
    await web.robots.check(URL("https://1000.example.org/"))
    assert len(web.asked) == 1_001
    await web.robots.check(URL("https://0.example.org/"))
    assert len(web.asked) == 1_002


line = st.sampled_from(["User-agent", "Allow", "Disallow", "Crawl-delay"]).flatmap(
    lambda field: st.text(max_size=20).map(lambda value: f"{field}:{value}")
)


@settings(max_examples=100)
@given(st.lists(line | st.text(max_size=30), max_size=10).map("\n".join) | st.binary())
def test_rubbish_is_tolerated(text: str | bytes) -> None:
    web = Web(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    asyncio.run(web.lets(URL("https://example.org/ä%zz?q=[1]&r=//x")))
    assert 0 <= web.robots.delay(PAGE) <= LONGEST_DELAY
