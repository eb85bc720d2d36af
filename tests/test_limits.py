"""How often one person may ask."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Rate
from bot.limits import Limiter
from summaries.errors import UserError
from tests.stores import NOW

SECOND = timedelta(seconds=1)
TEN_A_MINUTE = Rate(10, 60.0)


def admitted(limiter: Limiter, person: str, seconds: float = 0) -> bool:
    try:
        limiter.admit(person, NOW + seconds * SECOND)
    except UserError:
        return False
    return True


def test_so_many_are_let_through_at_once_and_no_more() -> None:
    limiter = Limiter(TEN_A_MINUTE)
    assert [admitted(limiter, "anna") for _ in range(12)] == [True] * 10 + [False] * 2


@pytest.mark.parametrize("after", [0, 0.6, 40, 59.9])
def test_a_refusal_says_how_long_to_wait(after: float) -> None:
    limiter = Limiter(Rate(1, 60.0))
    limiter.admit("anna", NOW)
    with pytest.raises(UserError) as caught:
        limiter.admit("anna", NOW + after * SECOND)
    told = re.search(r"please wait (\d+) s and ask again", str(caught.value))
    assert told
    assert 0 <= after + int(told[1]) - 60 <= 1
    assert admitted(limiter, "anna", after + int(told[1]))


def test_after_the_wait_one_more_is_let_through() -> None:
    limiter = Limiter(TEN_A_MINUTE)
    for _ in range(10):
        limiter.admit("anna", NOW)
    assert not admitted(limiter, "anna", 5)
    assert admitted(limiter, "anna", 6)
    assert not admitted(limiter, "anna", 6)


def test_a_refused_question_does_not_count() -> None:
    limiter = Limiter(Rate(1, 60.0))
    assert admitted(limiter, "anna")
    assert not any(admitted(limiter, "anna", seconds) for seconds in range(60))
    assert admitted(limiter, "anna", 60)


def test_one_person_does_not_wait_for_another() -> None:
    limiter = Limiter(Rate(1, 60.0))
    assert admitted(limiter, "anna")
    assert admitted(limiter, "boris")
    assert not admitted(limiter, "anna")


def test_a_long_silence_saves_up_no_more_than_the_limit() -> None:
    limiter = Limiter(TEN_A_MINUTE)
    assert admitted(limiter, "anna")
    assert sum(admitted(limiter, "anna", 86_400) for _ in range(50)) == 10


def test_among_very_many_people_nobody_gets_more() -> None:
    limiter = Limiter(Rate(1, 60.0))
    assert admitted(limiter, "anna")
    assert all(admitted(limiter, str(number), 30) for number in range(10_001))
    assert not admitted(limiter, "anna", 30)
    assert not admitted(limiter, "7", 60)


@given(st.integers(1, 20), st.lists(st.floats(0, 30), min_size=1, max_size=100))
def test_in_no_minute_are_there_more_than_a_full_bucket_and_what_refills_it(
    count: int, pauses: list[float]
) -> None:
    limiter, at, times = Limiter(Rate(count, 60.0)), 0.0, []
    for pause in pauses:
        at += pause
        if admitted(limiter, "anna", at):
            times.append(at)
    assert all(sum(start <= t < start + 60 for t in times) <= 2 * count for start in times)
