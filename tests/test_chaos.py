"""Workers that are killed while they post: each slot arrives once, or an admin is told."""

from pathlib import Path

import pytest

from tests.chaos import Outcome, Plan, chaos_on


def is_rough(outcome: Outcome) -> bool:
    """Whether enough went wrong for the count to say something."""
    return outcome.killed > 2 and outcome.stopped > 2 and outcome.outages == 2


async def test_every_slot_is_posted_once_from_a_file(tmp_path: Path) -> None:
    outcome = await chaos_on("sqlite", tmp_path, Plan())
    assert is_rough(outcome), outcome
    assert (outcome.twice, outcome.lost, outcome.still_open) == ([], [], 0), outcome
    assert outcome.posted == 60


@pytest.mark.long
async def test_without_claims_slots_are_posted_twice(tmp_path: Path) -> None:
    plan = Plan(slots=120, unclaimed=True)
    assert (await chaos_on("sqlite", tmp_path, plan)).twice


@pytest.mark.long
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_where_nothing_can_be_looked_for_what_is_not_posted_is_reported(
    engine: str, tmp_path: Path
) -> None:
    outcome = await chaos_on(engine, tmp_path, Plan(searchable=False))
    assert is_rough(outcome), outcome
    assert (outcome.twice, outcome.lost, outcome.still_open) == ([], [], 0), outcome
    assert outcome.posted + len(outcome.reported) == 60
