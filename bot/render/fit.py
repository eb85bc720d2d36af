"""Fits text into limits: measures it, cuts it, and deals it out to as few groups as will do."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import TypeVar

T = TypeVar("T")

_LONGEST_WORD = 40


def units(text: str) -> int:
    """The length in UTF-16 code units: no platform counts more strictly."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, room: int, escape: Callable[[str], str] = str) -> str:
    """The text escaped, or, if that is longer than `room` units, its first words and "…".

    A word is cut only where it is very long, as it is in scripts without spaces. `escape` must
    never make less of a longer text.
    """

    def size(end: int) -> int:
        return units(escape(text[:end] + "…"))

    whole = escape(text)
    if units(whole) <= room:
        return whole
    end = max(bisect_right(range(len(text)), room, key=size) - 1, 0)
    space = text.rfind(" ", max(end - _LONGEST_WORD, 0), end + 1)
    return escape(text[: space if space > 0 else end] + "…")


def pack(parts: Iterable[T], fits: Callable[[Sequence[T]], bool]) -> list[list[T]]:
    """Group adjacent parts, as many to a group as fit; one that never fits stands alone."""
    groups: list[list[T]] = []
    for part in parts:
        if groups and fits([*groups[-1], part]):
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


def join(parts: Iterable[str], separator: str, room: int) -> list[str]:
    """Join adjacent parts into as few texts as `room` units each allow."""
    groups = pack(parts, lambda group: units(separator.join(group)) <= room)
    return [separator.join(group) for group in groups]


def spread(stories: Iterable[Sequence[T]], fits: Callable[[Sequence[T]], bool]) -> list[list[T]]:
    """Deal the parts of stories out to messages; a story is torn only if it fits in none."""
    pieces = [piece for story in stories for piece in pack(story, fits)]
    groups = pack(pieces, lambda group: fits([*chain.from_iterable(group)]))
    return [[*chain.from_iterable(group)] for group in groups]
