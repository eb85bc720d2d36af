"""A worker as `python -m bot run --only worker` is, with terms that a test can wait for.

python -m tests.worker CONFIG --deadline 1 --lease 3 --settle 1 [--unclaimed]
"""

import argparse
import asyncio
import logging
import os
from pathlib import Path

from bot import app, config
from bot.posting import Terms
from summaries import memory


def main() -> None:
    """Read the arguments, and work until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    for name in ("deadline", "lease", "settle"):
        parser.add_argument(f"--{name}", type=float, required=True)
    parser.add_argument("--unclaimed", action="store_true", help="pay no heed to other workers")
    given = parser.parse_args()
    memory.tune()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    if given.unclaimed:
        from tests import unclaimed

        unclaimed.everywhere()
    terms = Terms(given.deadline, given.lease, given.settle)
    asyncio.run(app.run(config.load(given.config, os.environ), (app.WORKER,), terms))


if __name__ == "__main__":
    main()
