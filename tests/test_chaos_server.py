"""Workers that are killed while they post, on a server that is stopped and started."""

from pathlib import Path

from tests.chaos import Plan, chaos_on
from tests.test_chaos import is_rough


async def test_every_slot_is_posted_once_from_a_server(tmp_path: Path) -> None:
    outcome = await chaos_on("postgresql", tmp_path, Plan())
    assert is_rough(outcome), outcome
    assert (outcome.twice, outcome.lost, outcome.still_open) == ([], [], 0), outcome
    assert outcome.posted == 60
