from collections.abc import Callable, Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.render import discord, slack
from bot.render.fit import cut, join, pack, spread, units

sizes = st.lists(st.integers(0, 12), max_size=12)


def at_most_ten(group: Sequence[int]) -> bool:
    return sum(group) <= 10


def test_an_emoji_counts_as_two_units() -> None:
    assert units("a🙂") == 3


def test_a_text_that_fits_is_not_cut() -> None:
    assert cut("four words are here", 19) == "four words are here"


def test_a_long_text_ends_after_a_whole_word() -> None:
    assert cut("four words are here", 15) == "four words are…"
    assert cut("four words are here", 14) == "four words…"


def test_a_script_without_spaces_is_cut_anywhere() -> None:
    assert cut("中" * 100, 10) == "中" * 9 + "…"


def test_an_escape_is_never_cut_in_two() -> None:
    assert cut("a&&&", 11, slack.escape) == "a&amp;…"


escapes = st.sampled_from([str, slack.escape, discord.escape])


@given(st.text(max_size=80) | st.text("[](<@&_ a", max_size=80), st.integers(1, 60), escapes)
def test_what_is_cut_has_room(text: str, room: int, escape: Callable[[str], str]) -> None:
    assert units(cut(text, room, escape)) <= room


def test_parts_are_joined_while_there_is_room() -> None:
    assert join(["a", "b", "c"], " · ", 5) == ["a · b", "c"]


@given(sizes)
def test_packing_keeps_all_parts_in_order_and_wastes_no_group(parts: list[int]) -> None:
    groups = pack(parts, at_most_ten)
    assert [part for group in groups for part in group] == parts
    assert all(at_most_ten(group) or len(group) == 1 for group in groups)
    assert not any(at_most_ten([*group, after[0]]) for group, after in pairwise(groups))


@given(st.lists(sizes, max_size=6))
def test_a_story_that_fits_one_message_is_in_one(stories: list[list[int]]) -> None:
    numbered = [[(at, size) for size in story] for at, story in enumerate(stories)]
    groups = spread(numbered, lambda group: sum(size for _, size in group) <= 10)
    assert [part for group in groups for part in group] == [p for story in numbered for p in story]
    for at, story in enumerate(stories):
        if at_most_ten(story):
            assert sum(any(number == at for number, _ in group) for group in groups) <= 1
