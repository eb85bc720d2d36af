"""What the program reads and writes as a process: odd bytes, interrupts, escape sequences."""

import asyncio
import signal
import sys
from pathlib import Path

from tests.program import ROOT, bot
from tests.test_bad_input import newsroom


async def test_bytes_that_are_not_utf8_are_no_fault_of_ours(tmp_path: Path) -> None:
    strict = {"folder": newsroom(tmp_path), "PYTHONIOENCODING": "utf-8:strict"}
    asked = await bot("brief", "trade \udcff", "--as", "json", **strict)
    narrow = await bot("brief", "trade", folder=tmp_path, PYTHONIOENCODING="latin-1")
    assert (asked.status, narrow.status) == (0, 0)


async def test_an_interrupt_ends_the_prompt(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "chat"),
        cwd=newsroom(tmp_path),
        env={"PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # Where the tests run in a shell's background, interrupts are ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    await process.stdout.readuntil(b"/brief ")
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 20) == 130


async def test_check_shows_no_escape_sequence_of_a_file_name(tmp_path: Path) -> None:
    (newsroom(tmp_path) / "news" / "\x1b[31mred.txt").touch()
    assert "\x1b" not in (await bot("check", folder=tmp_path)).out


async def test_reindex_counts_what_it_analysed(tmp_path: Path) -> None:
    await bot("fetch", folder=newsroom(tmp_path))
    assert (await bot("reindex", folder=tmp_path)).out.startswith("0 of ")
