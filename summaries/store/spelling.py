"""How far apart two words are in spelling."""


def allowed(word: str) -> int:
    """How many slips a word of this length may hold and still be known for what it is."""
    return 0 if len(word) < 3 else 1 if len(word) < 7 else 2


def slips(one: str, other: str) -> int:
    """Letters to drop, add, change, or swap with their neighbour to turn one word into the other.

    The optimal string alignment distance (Damerau 1964), in O(len(one) * len(other)).
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def nearest(word: str, held: dict[str, int], limit: int) -> list[str]:
    """The held words that are allowed slips away, nearest first, then those held most often."""
    most, letters = allowed(word), set(word)
    near = []
    for other, count in held.items():
        if (
            abs(len(other) - len(word)) > most
            or len(letters.symmetric_difference(other)) > 2 * most
        ):
            continue
        if (distance := slips(word, other)) <= most:
            near.append((distance, -count, other))
    return [other for _, _, other in sorted(near)[:limit]]
