"""Who waits for the writer's turn is written together with the others."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pytest

from summaries.errors import StoreError
from summaries.store.group_commit import GroupCommit


@dataclass(frozen=True)
class Letters:
    """A job whose keys are its letters."""

    keys: Collection[str]

    @property
    def size(self) -> int:
        return len(self.keys)


class Book:
    """Writes down the groups that it is given, and answers each job with its letters."""

    def __init__(self) -> None:
        self.groups: list[str] = []
        self.is_away = False
        self.writing = asyncio.Event()
        self.may_write = asyncio.Event()
        self.may_write.set()

    async def write(self, jobs: Sequence[Letters]) -> list[str]:
        self.writing.set()
        await self.may_write.wait()
        if self.is_away:
            raise StoreError("it is away")
        self.groups.append(" ".join("".join(job.keys) for job in jobs))
        return ["".join(job.keys) for job in jobs]


async def take_while_busy(
    book: Book, commits: "GroupCommit[Letters, str]", *jobs: str
) -> list[object]:
    """Take the first job, and the others while it is being written."""
    book.may_write.clear()
    tasks = [asyncio.create_task(commits.take(Letters(jobs[0])))]
    await book.writing.wait()
    tasks += [asyncio.create_task(commits.take(Letters(job))) for job in jobs[1:]]
    await asyncio.sleep(0)
    book.may_write.set()
    return [*await asyncio.gather(*tasks, return_exceptions=True)]


async def test_those_who_wait_are_written_together_and_each_has_its_own_answer() -> None:
    book = Book()
    answers = await take_while_busy(book, GroupCommit(book.write, 10), "a", "b", "cd", "e")
    assert answers == ["a", "b", "cd", "e"]
    assert book.groups == ["a", "b cd e"]


async def test_a_group_is_no_larger_than_it_may_be_unless_one_job_is() -> None:
    book = Book()
    await take_while_busy(book, GroupCommit(book.write, 3), "a", "bcdef", "gh", "i", "j")
    assert book.groups == ["a", "bcdef", "gh i", "j"]


async def test_jobs_that_share_a_key_are_written_one_after_the_other() -> None:
    book = Book()
    await take_while_busy(book, GroupCommit(book.write, 10), "a", "bc", "cd", "e")
    assert book.groups == ["a", "bc", "cd e"]


async def test_all_of_a_group_hear_that_the_store_is_away() -> None:
    book = Book()
    book.is_away = True
    answers = await take_while_busy(book, GroupCommit(book.write, 10), "a", "b", "c")
    assert [str(answer) for answer in answers] == ["it is away"] * 3
    book.is_away = False
    assert await GroupCommit(book.write, 10).take(Letters("d")) == "d"


async def test_who_is_cancelled_while_writing_takes_nobody_along() -> None:
    book = Book()
    commits: GroupCommit[Letters, str] = GroupCommit(book.write, 10)
    book.may_write.clear()
    first = asyncio.create_task(commits.take(Letters("a")))
    await book.writing.wait()
    second = asyncio.create_task(commits.take(Letters("b")))
    await asyncio.sleep(0)
    first.cancel()
    book.may_write.set()
    assert await second == "b"
    with pytest.raises(asyncio.CancelledError):
        await first
    assert book.groups == ["b"]
