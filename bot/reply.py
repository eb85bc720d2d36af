"""A request and its reply, free of any platform: plain text, to be escaped where it is rendered."""

from dataclasses import dataclass
from datetime import datetime

from summaries.ids import command_id

TERMINAL = "terminal"
"""The platform of those who sit at the machine itself."""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody typed: `text` is all that follows `/brief`; or the id of a pressed button.

    `user` is who they are to the platform, `name` what people call them, where that is told.
    """

    text: str
    user: str
    platform: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to an address, or just words where there is none."""

    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a section, with the articles that it cites.

    `when` follows the text, in its reader's own time where the platform knows that, and else in the
    zone that it has.
    """

    text: str
    cites: tuple[Link, ...] = ()
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of items, as one story; `footer` names its outlets and dates."""

    title: Link
    items: tuple[Item, ...] = ()
    footer: tuple[Link, ...] = ()
    badge: str | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A command that somebody else typed for you; it travels as a short id."""

    label: str
    command: str

    @property
    def id(self) -> str:
        """The id under which the command is stored, 16 hex digits."""
        return command_id(self.command)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command answers; a private one only its asker may see."""

    heading: str
    sections: tuple[Section, ...] = ()
    text: str = ""
    note: str | None = None
    buttons: tuple[Button, ...] = ()
    private: bool = False
