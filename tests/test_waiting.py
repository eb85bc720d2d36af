"""Who is let in first where only a few may be in at a time."""

import asyncio

from summaries.waiting import Line


class Room:
    """A room for one, and who was in it, in order."""

    def __init__(self) -> None:
        self.line = Line(1)
        self.came: list[str] = []

    async def visit(self, name: str, can_wait: float = 0.0) -> None:
        async with self.line.place(can_wait):
            self.came.append(name)
            await asyncio.sleep(0)


async def test_who_cannot_wait_is_let_by() -> None:
    room = Room()
    await asyncio.gather(
        room.visit("in already"),
        room.visit("can wait", 9.0),
        room.visit("first"),
        room.visit("next"),
    )
    assert room.came == ["in already", "first", "next", "can wait"]


async def test_nobody_waits_for_ever() -> None:
    room = Room()
    async with room.line.place(0.0):
        patient = asyncio.create_task(room.visit("can wait", 0.05))
        await asyncio.sleep(0.1)
        late = asyncio.create_task(room.visit("late"))
        await asyncio.sleep(0)
    await asyncio.gather(patient, late)
    assert room.came == ["can wait", "late"]


async def test_whoever_gives_up_leaves_the_place_to_the_next() -> None:
    room = Room()
    async with room.line.place(0.0):
        visits = [asyncio.create_task(room.visit(name)) for name in "abc"]
        await asyncio.sleep(0)
        visits[0].cancel()
    # It is its turn by now.
    visits[1].cancel()
    await asyncio.gather(*visits, return_exceptions=True)
    await room.visit("d")
    assert room.came == ["c", "d"]
