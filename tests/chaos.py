"""Workers that are killed and stopped while they post, to chats that fail, from a store that does.

What is counted is what the chats hold at the end: each briefing of each channel once.
"""

import asyncio
import random
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.editions import shown
from summaries import clock
from summaries.errors import StoreError
from summaries.ids import fingerprint
from summaries.store import OPEN, Delivery, Planned, Store
from tests.program import ROOT, write_config
from tests.stores import own_server
from tests.twins import discord
from tests.twins.process import Twin

TERMS = {"deadline": 1.0, "lease": 4.0, "settle": 1.0}
FAULTS = {
    "refused": 0.05,
    "lost": 0.05,
    "slow": 0.02,
    "dropped": 0.03,
    "slow_seconds": 1.5,
    "latency": 0.8,
}
AT_ONCE, IN_TURN = "at-once", "in-turn"
LEAD = 10.0
"""Seconds before the slots are due in which the workers start."""

LOCKED = 6.0
"""Seconds for which another program has the file: longer than a writer of rows waits."""

Trouble = Callable[[], Awaitable[None]]
"""Takes the database away, and gives it back."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is posted, by how many, and how rough the weather is.

    There are so many channels on each of two platforms. One slot falls due for all of them at once;
    the other slots are written down one after the other, for as long as the storm lasts.
    """

    slots: int = 60
    channels: int = 6
    workers: int = 4
    seconds: float = 30.0
    searchable: bool = True
    unclaimed: bool = False
    seed: int = 1


@dataclass(slots=True)
class Outcome:
    """What came of it; `twice` and `lost` are keys of posts."""

    expected: int
    posted: int = 0
    twice: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    reported: list[str] = field(default_factory=list)
    still_open: int = 0
    killed: int = 0
    stopped: int = 0
    outages: int = 0
    faults: dict[str, Any] = field(default_factory=dict)


class Worker:
    """One worker process, started again whenever it was killed."""

    def __init__(self, config: Path, log: Path, words: Sequence[str]) -> None:
        self._config = config
        self._log = log
        self._words = words
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        terms = [word for name, value in TERMS.items() for word in (f"--{name}", str(value))]
        command = (sys.executable, "-m", "tests.worker", str(self._config), *terms, *self._words)
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, cwd=ROOT, stdout=log, stderr=log
            )

    async def kill(self) -> None:
        """SIGKILL, and start anew."""
        await self.end(signal.SIGKILL)
        await self.start()

    async def stop_for(self, seconds: float) -> None:
        """SIGSTOP, and wake it later."""
        if self._send(signal.SIGSTOP):
            await asyncio.sleep(seconds)
            self._send(signal.SIGCONT)

    async def end(self, number: signal.Signals) -> None:
        """End it for good."""
        self._send(signal.SIGCONT)
        if self._send(number) and self._process:
            await self._process.wait()

    def _send(self, number: signal.Signals) -> bool:
        process = self._process
        if process is None or process.returncode is not None:
            return False
        with suppress(ProcessLookupError):
            process.send_signal(number)
        return True


async def chaos(
    folder: Path, database: str, plan: Plan, trouble: Trouble, outages: int = 2
) -> Outcome:
    """Have everything go wrong for a while, let it settle, and count."""
    chance = random.Random(plan.seed)
    outcome = Outcome(plan.slots)
    async with twins(folder, plan) as (slack, chats), AsyncExitStack() as ending:
        store = await Store.open(database)
        ending.push_async_callback(store.close)
        due = clock.now() + timedelta(seconds=LEAD + 60)
        due = due.replace(second=0, microsecond=0)
        config = _config(folder, database, plan, slack, chats, f"{due.minute} {due.hour} * * *")
        words = ["--unclaimed"] if plan.unclaimed else []
        workers = [Worker(config, folder / f"{n}.log", words) for n in range(plan.workers)]
        for worker in workers:
            await worker.start()
            ending.push_async_callback(worker.end, signal.SIGKILL)
        for seed, twin in enumerate((slack, chats)):
            await twin.post("/control/chaos", {"seed": plan.seed + seed, **FAULTS})
            if not plan.searchable:
                await twin.post("/control/permissions", {"history": False})
        await asyncio.sleep((due - clock.now()).total_seconds() - 1)
        writing = asyncio.create_task(_write(store, plan))
        await _storm(workers, plan, chance, outcome, trouble, outages)
        await writing
        rows = await _settled(store, plan)
        for name, twin in (("slack", slack), ("discord", chats)):
            outcome.faults[name] = await twin.get("/control/chaos")
        alerts = await slack.get("/control/messages?channel=C0TRADE")
        _count(outcome, plan, rows, await _keys(slack, chats), alerts)
    return outcome


async def chaos_on(engine: str, folder: Path, plan: Plan) -> Outcome:
    """Chaos on an engine whose server is restarted, or whose file another program locks."""
    if engine == "sqlite":
        file = folder / "data" / "bot.db"

        async def locked() -> None:
            with closing(sqlite3.connect(file)) as other:
                other.execute("BEGIN IMMEDIATE")
                await asyncio.sleep(LOCKED)

        return await chaos(folder, f"sqlite:///{file}", plan, locked)
    with own_server() as server:

        async def restarted() -> None:
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.ensure_postgres_running)

        return await chaos(folder, server.get_uri(), plan, restarted)


@asynccontextmanager
async def twins(folder: Path, plan: Plan) -> AsyncIterator[tuple[Twin, Twin]]:
    """A Slack and a Discord with so many channels more, that keep no pace."""
    many = ("--channels", str(plan.channels))
    words = ("--bot-token", "xoxb-t", "--app-token", "xapp-t", "--signing-secret", "secret")
    slack = await Twin.start("tests.twins.slack", folder / "slack.jsonl", *words, *many)
    chats = await Twin.start(
        "tests.twins.discord",
        folder / "discord.jsonl",
        "--token",
        discord.TOKEN,
        *many,
        "--no-pace",
    )
    try:
        yield slack, chats
    finally:
        await slack.close()
        await chats.close()


def targets(plan: Plan) -> list[str]:
    """The channels that the twins have more."""
    numbers = range(1, plan.channels + 1)
    return [
        *(f"slack:#c{n}" if n % 2 else f"slack:C{9_000_000 + n}" for n in numbers),
        *(f"discord:{900_000_000_000_000_000 + n}" for n in numbers),
    ]


def _config(folder: Path, database: str, plan: Plan, slack: Twin, chats: Twin, cron: str) -> Path:
    each = {"query": "", "when_empty": "say-so", "to": targets(plan)}
    gateway = chats.base.replace("http://", "ws://") + "/gateway"
    return write_config(
        folder,
        database=database,
        sources={},
        briefings={AT_ONCE: {**each, "cron": cron}, IN_TURN: {**each, "cron": "0 0 1 1 *"}},
        alerts="slack:C0TRADE",
        slack={"bot_token": "xoxb-t", "app_token": "xapp-t", "api_url": f"{slack.base}/api"},
        discord={
            "token": discord.TOKEN,
            "api_url": f"{chats.base}/api/v10",
            "gateway_url": gateway,
        },
    )


async def _write(store: Store, plan: Plan) -> None:
    """Write slots down, evenly over the time."""
    places = targets(plan)
    left = plan.slots - len(places)
    for number in range(left):
        target, now = places[number % len(places)], clock.now()
        slot = f"{now - timedelta(minutes=left - number):%Y-%m-%dT%H:%M}"
        while True:
            try:
                await store.deliveries.plan([Planned(IN_TURN, slot, target, now)])
                break
            except StoreError:
                await asyncio.sleep(0.2)
        await asyncio.sleep(plan.seconds / left)


async def _storm(
    workers: Sequence[Worker],
    plan: Plan,
    chance: random.Random,
    outcome: Outcome,
    trouble: Trouble,
    outages: int,
) -> None:
    """Kill and stop workers at random moments, and take the database away now and then."""
    loop = asyncio.get_running_loop()
    end = loop.time() + plan.seconds
    times = sorted(chance.uniform(0.1, 0.8) * plan.seconds for _ in range(outages))
    troubles = [end - plan.seconds + at for at in times]
    stops: set[asyncio.Task[None]] = set()
    while loop.time() < end:
        await asyncio.sleep(chance.uniform(0.3, 2.0))
        if troubles and loop.time() > troubles[0]:
            troubles.pop(0)
            await trouble()
            outcome.outages += 1
        worker = chance.choice(workers)
        if chance.random() < 0.5:
            await worker.kill()
            outcome.killed += 1
        else:
            seconds = TERMS["lease"] * chance.uniform(0.2, 2.0)
            stops.add(asyncio.create_task(worker.stop_for(seconds)))
            outcome.stopped += 1
    await asyncio.gather(*stops)


async def _settled(store: Store, plan: Plan) -> list[Delivery]:
    """All rows, once none is open or too much time has passed."""
    for _ in range(120):
        await asyncio.sleep(0.5)
        rows = await store.deliveries.recent(100 * plan.slots)
        planned = [row for row in rows if row.briefing in (AT_ONCE, IN_TURN)]
        if len(planned) == plan.slots and not any(row.state in OPEN for row in rows):
            break
    return rows


async def _keys(slack: Twin, chats: Twin) -> Counter[str]:
    """How often each key was posted."""
    keys: Counter[str] = Counter()
    for messages in (await slack.get("/control/messages")).values():
        for message in messages:
            keys[message["metadata"]["event_payload"]["key"]] += 1
    for messages in (await chats.get("/control/messages")).values():
        keys.update(str(message["nonce"]) for message in messages)
    return keys


def _count(
    outcome: Outcome,
    plan: Plan,
    rows: Sequence[Delivery],
    keys: Mapping[str, int],
    alerts: Sequence[Any],
) -> None:
    """Compare what the chats hold with what they should."""
    outcome.still_open = sum(row.state in OPEN for row in rows)
    planned = [row for row in rows if row.briefing in (AT_ONCE, IN_TURN)]
    outcome.lost = ["never planned"] * (plan.slots - len(planned))
    ours = {fingerprint(row.briefing, row.slot, row.target, str(row.part)) for row in planned}
    outcome.twice = [key for key, count in keys.items() if count > 1 and key in ours]
    for row in planned:
        said = f"{row.briefing} of {shown(row.slot)} "
        if keys.get(fingerprint(row.briefing, row.slot, row.target, "0")):
            outcome.posted += 1
        elif any(a["text"].startswith(said) and row.target in a["text"] for a in alerts):
            outcome.reported.append(said + row.target)
        else:
            outcome.lost.append(said + row.target)
