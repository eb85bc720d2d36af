"""What becomes of many slots while workers are killed, chats fail, and the database is restarted.

python benchmarks/chaos.py --engine sqlite --slots 300 --seconds 180

See tests/chaos.py. Prints a table in Markdown.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the bot does

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.chaos import Outcome, Plan, chaos_on


def report(runs: Sequence[tuple[str, Outcome]]) -> None:
    """Print what came of it, a column for each run."""
    rows = {
        "slots": lambda o: o.expected,
        "posted": lambda o: o.posted,
        "posted twice": lambda o: len(o.twice),
        "lost": lambda o: len(o.lost),
        "not posted, and reported": lambda o: len(o.reported),
        "workers killed": lambda o: o.killed,
        "workers stopped for a while": lambda o: o.stopped,
        "outages of the database": lambda o: o.outages,
        "posts refused": lambda o: _faults(o, "refused"),
        "answers lost": lambda o: _faults(o, "lost"),
        "answers too late": lambda o: _faults(o, "slow"),
        "posts lost on the way": lambda o: _faults(o, "dropped"),
    }
    print(f"| | {' | '.join(name for name, _ in runs)} |\n|{'---|' * (len(runs) + 1)}")
    for name, of in rows.items():
        print(f"| {name} | {' | '.join(str(of(outcome)) for _, outcome in runs)} |")


def _faults(outcome: Outcome, kind: str) -> int:
    return sum(int(counts[kind]) for counts in outcome.faults.values())


async def run(given: argparse.Namespace) -> list[tuple[str, Outcome]]:
    """Chaos as it is, where nothing may be looked for, and without claims."""
    runs = []
    for name, searchable, unclaimed in (
        ("as it is", True, False),
        ("no history", False, False),
        ("no claims", True, True),
    ):
        plan = Plan(
            slots=given.slots,
            channels=given.channels,
            workers=given.workers,
            seconds=given.seconds,
            searchable=searchable,
            unclaimed=unclaimed,
            seed=given.seed,
        )
        with tempfile.TemporaryDirectory(prefix="chaos") as folder:
            runs.append((name, await chaos_on(given.engine, Path(folder), plan)))
    return runs


def main() -> None:
    """Read the arguments, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--slots", type=int, default=300)
    parser.add_argument("--channels", type=int, default=10, help="on each of the two platforms")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=1)
    report(asyncio.run(run(parser.parse_args())))


if __name__ == "__main__":
    main()
