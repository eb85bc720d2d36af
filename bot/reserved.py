"""Which texts are commands and not queries, and who may use them."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from bot.fields import RESERVED
from bot.reply import TERMINAL, Request
from bot.settings import Admins
from summaries.errors import UserError

OF_ADMINS = frozenset({"pause", "resume", "again"})
"""The words that only admins may use, and behind which the name of a briefing may stand."""

NEARLY = 0.75
"""How much of a name must be there, as difflib counts, not to be taken for news."""

NAMING = frozenset({"pause", "resume"})
"""The words behind which it must stand."""


@dataclass(frozen=True, slots=True)
class Command:
    """A reserved word, and the briefing that it is about, if it is about one.

    `meant` is a briefing whose name is nearly what stands there.
    """

    word: str
    briefing: str = ""
    meant: str = ""


def command(text: str, briefings: Iterable[str]) -> Command | None:
    """The command that a text is as a whole, in capitals or not; None where it is a query."""
    names = {name.casefold(): name for name in briefings}
    word, _, name = text.casefold().partition(" ")
    if name and word in OF_ADMINS:
        if name in names:
            return Command(word, names[name])
        near = get_close_matches(name, names, n=1, cutoff=NEARLY)
        return Command(word, meant=names[near[0]]) if near else None
    if name:
        return None
    return Command(word) if word in RESERVED and (names or word not in NAMING) else None


def permit(asked: Command, request: Request, admins: Admins, briefings: Iterable[str]) -> None:
    """Raise UserError where the asker may not do that, or has not said to which briefing."""
    if asked.meant:
        raise UserError(
            f"No briefing has that name; did you mean `/brief {asked.word} {asked.meant}`?"
        )
    if asked.word in OF_ADMINS and not is_admin(request, admins):
        raise UserError(
            "Only admins may do that. An admin can add you under `admins:` in config.yaml; "
            f"your id is {request.user}."
        )
    if asked.word in NAMING and not asked.briefing:
        names = ", ".join(briefings)
        raise UserError(f"Write `/brief {asked.word} NAME`; the briefings are: {names}.")


def is_admin(request: Request, admins: Admins) -> bool:
    """Whether the asker is named under `admins:`, or sits at the machine itself."""
    named = {"slack": admins.slack, "discord": admins.discord}
    return request.platform == TERMINAL or request.user in named[request.platform]
