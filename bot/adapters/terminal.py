"""The terminal: a prompt that takes the same slash commands as chat, buttons as numbers."""

import asyncio
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from bot.commands import Newsroom
from bot.render.clean import clean
from bot.reply import TERMINAL, Button, Reply, Request
from summaries.errors import UserError

PROMPT = "/brief "
WELCOME = "Type what you want to know, as `china trade`, or `help`; an empty line ends.\n"


async def chat(newsroom: Newsroom, show: Callable[[Reply], None]) -> None:
    """Take commands until an empty line or the end of input."""
    print(WELCOME)
    buttons: tuple[Button, ...] = ()
    while line := (await _typed()).strip():
        try:
            reply = await newsroom.answer(newsroom.parse(request(_command(line, buttons))))
        except UserError as error:
            reply = Reply("", text=str(error), private=True)
        else:
            buttons = reply.buttons
        show(reply)
        for number, button in enumerate(reply.buttons, start=1):
            print(f"  [{number}] {clean(button.label)}")


def request(text: str) -> Request:
    """A command of whoever sits at the terminal."""
    return Request(text, "", TERMINAL, "somebody at the terminal")


async def _typed() -> str:
    """The next line, read in a thread that nothing waits for, so that Ctrl-C ends the program."""
    print(PROMPT, end="", flush=True)
    loop, line = asyncio.get_running_loop(), asyncio.Future[str]()

    def settle(text: str) -> None:
        if not line.done():
            line.set_result(text)

    def read() -> None:
        try:
            text = sys.stdin.readline()
        except (OSError, ValueError):
            text = ""
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, text)

    threading.Thread(target=read, daemon=True).start()
    return await line


def _command(line: str, buttons: tuple[Button, ...]) -> str:
    """What a line asks for: the command of a button's number, or itself without its slash."""
    if line.isdecimal() and 1 <= int(line) <= len(buttons):
        return buttons[int(line) - 1].command
    return line.removeprefix("/brief").strip()
