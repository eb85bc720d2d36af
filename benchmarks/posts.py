"""How soon ten thousand posts are out that fall due in one minute, and how long commands wait.

python benchmarks/posts.py --channels 1000 --briefings 50 --engine sqlite

One `python -m bot run` posts to the loopback Slack and Discord of tests/twins, which keep the pace
of the real ones: a message a second to a channel of Slack's; five in five seconds to one of
Discord's, and fifty requests a second in all. Each briefing is another query, goes to as many
channels as all others, and to both platforms. Meanwhile somebody asks on each platform every other
second. Prints a table in Markdown.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the bot does

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from summaries import clock
from tests.program import running, write_config
from tests.stores import own_server
from tests.twins import discord
from tests.twins.process import Twin

PATIENCE = 600.0
LEAD = timedelta(seconds=90)
TOKENS = ("--bot-token", "xoxb-t", "--app-token", "xapp-t", "--signing-secret", "secret")
TEXT = (
    "The {0} office in {1} opened its {2}th hall on Monday. It holds {2} cranes for the {0}. "
    "Nobody in {1} had seen so many of them before, its director said."
)


@dataclass(slots=True)
class Watch:
    """What was seen while the posts went out."""

    memory: list[tuple[int, float]] = field(default_factory=list)
    """How many posts had arrived, and the bot's memory in MB."""
    arrived: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    done: dict[str, float] = field(default_factory=dict)


def write_articles(folder: Path, briefings: int) -> None:
    """Three articles on each subject."""
    for subject in range(briefings):
        for place in range(3):
            words = f"subject{subject:03}", f"Town{place}", subject * 3 + place + 2
            (folder / f"{subject}-{place}.txt").write_text(
                f"Hall for {words[0]} in {words[1]}\n\n{TEXT.format(*words)}", "utf-8"
            )


def targets(channels: int) -> list[str]:
    """The channels of both platforms, by turns."""
    pairs = (
        (f"slack:C{9_000_000 + n}", f"discord:{900_000_000_000_000_000 + n}")
        for n in range(1, channels + 1)
    )
    return [each for pair in pairs for each in pair]


def configured(
    folder: Path, given: argparse.Namespace, slack: Twin, chats: Twin, due: datetime
) -> Path:
    """Briefings that are all due in one minute."""
    (folder / "news").mkdir()
    write_articles(folder / "news", given.briefings)
    everyone = targets(given.channels)
    share = len(everyone) * given.each // given.briefings
    step = len(everyone) // given.briefings
    briefings = {
        f"b{n:03}": {
            "query": f"subject{n:03}",
            "cron": f"{due.minute} {due.hour} * * *",
            "first_run": "some",
            "to": [everyone[(n * step + k) % len(everyone)] for k in range(share)],
        }
        for n in range(given.briefings)
    }
    gateway = chats.base.replace("http://", "ws://") + "/gateway"
    return write_config(
        folder,
        database=given.database or f"sqlite:///{folder}/data/bot.db",
        sources={"news": {"folder": "news"}},
        limits={"per_user": "1000/minute"},
        briefings=briefings,
        slack={"bot_token": "xoxb-t", "app_token": "xapp-t", "api_url": f"{slack.base}/api"},
        discord={
            "token": discord.TOKEN,
            "api_url": f"{chats.base}/api/v10",
            "gateway_url": gateway,
        },
    )


async def ask(slack: Twin, chats: Twin, watch: Watch) -> None:
    """Ask on both platforms, for ever."""
    seat = {"mode": "socket", "url": "", "user": "U0ANNA", "channel": "C0TRADE"}
    place = {"kind": "command", "user": discord.USER, "channel": discord.CHANNEL}
    while True:
        sent = await slack.post("/control/command", {**seat, "text": "subject001"})
        watch.waits.append(sent["acknowledged_ms"] or 3_000.0)
        asked = await chats.post("/control/interaction", {**place, "query": "subject001"})
        await asyncio.sleep(2)
        told = await chats.get(f"/control/interaction/{asked['id']}")
        watch.waits.append(told["acknowledged_ms"] or 3_000.0)


async def weigh(pid: int, watch: Watch) -> None:
    """Look at the memory of the bot every second, for ever."""
    while True:
        memory = await asyncio.to_thread(resident, pid)
        watch.memory.append((watch.arrived.total(), memory))
        await asyncio.sleep(1)


def resident(pid: int) -> float:
    """What a process has in memory, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def arrive(twin: Twin, name: str, expected: int, key: Any, watch: Watch) -> Counter[str]:
    """Wait until so many posts are there; how often each is."""
    begun = time.monotonic()
    while True:
        await asyncio.sleep(3)
        found = Counter(
            key(message)
            for messages in (await twin.get("/control/messages")).values()
            for message in messages
        )
        del found[None]
        watch.arrived[name] = len(found)
        if len(found) >= expected or time.monotonic() - begun > PATIENCE:
            watch.done[name] = time.time()
            return found


def slack_key(message: Any) -> str | None:
    """The key of a post; None for an answer."""
    return ((message.get("metadata") or {}).get("event_payload") or {}).get("key")


def by_fifths(watch: Watch, expected: int) -> Iterator[tuple[int, float]]:
    """The most memory while each fifth of the posts arrived, under the number of its last post."""
    for fifth in range(5):
        least, most = expected * fifth // 5, expected * (fifth + 1) // 5
        found = [memory for posts, memory in watch.memory if least <= posts <= most and posts]
        yield most, max(found, default=0.0)


async def run(given: argparse.Namespace, folder: Path) -> None:
    """Start everything, wait, and report."""
    many, watch = ("--channels", str(given.channels)), Watch()
    slack = await Twin.start(
        "tests.twins.slack", folder / "slack.jsonl", *TOKENS, *many, "--pace", "on"
    )
    chats = await Twin.start(
        "tests.twins.discord", folder / "discord.jsonl", "--token", discord.TOKEN, *many
    )
    expected = given.channels * given.each
    due = (clock.now() + LEAD).replace(second=0, microsecond=0)
    async with running(configured(folder, given, slack, chats, due)) as bot:
        others = [
            asyncio.create_task(ask(slack, chats, watch)),
            asyncio.create_task(weigh(bot.process.pid, watch)),
        ]
        await asyncio.sleep((due - clock.now()).total_seconds() - 1)
        idle = max(memory for _, memory in watch.memory)
        posted = await asyncio.gather(
            arrive(slack, "Slack", expected, slack_key, watch),
            arrive(chats, "Discord", expected, lambda message: message["nonce"], watch),
        )
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
    await slack.close()
    await chats.close()
    waits = sorted(watch.waits)
    rows = {
        "posts": sum(map(len, posted)),
        "posted twice": sum(count > 1 for counts in posted for count in counts.values()),
        "seconds until Slack has all": f"{watch.done['Slack'] - due.timestamp():.0f}",
        "seconds until Discord has all": f"{watch.done['Discord'] - due.timestamp():.0f}",
        "seconds by Discord's own pace": f"{expected / 50:.0f}",
        "memory before, MB": f"{idle:.0f}",
        **{
            f"memory at the most, MB, up to post {posts:,}": f"{memory:.0f}"
            for posts, memory in by_fifths(watch, expected * 2)
        },
        "commands asked meanwhile": len(waits),
        "acknowledged after, median, ms": f"{waits[len(waits) // 2]:.0f}",
        "acknowledged after, the longest, ms": f"{waits[-1]:.0f}",
    }
    print("| | |\n|---|---|")
    for name, value in rows.items():
        print(f"| {name} | {value} |")


def main() -> None:
    """Read the arguments, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--channels", type=int, default=1_000, help="on each platform")
    parser.add_argument("--briefings", type=int, default=50)
    parser.add_argument("--each", type=int, default=5, help="posts to a channel")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    given = parser.parse_args()
    with ExitStack() as stack:
        given.database = None
        if given.engine == "postgresql":
            given.database = stack.enter_context(own_server()).get_uri()
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="posts"))
        asyncio.run(run(given, Path(folder)))


if __name__ == "__main__":
    main()
