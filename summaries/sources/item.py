"""What a feed and its items say, as it is written there, whatever the format."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item of a feed; of several links or dates the one that counts most comes first.

    `title` and `bodies` may be HTML, `links` relative, and `dates` in any form.
    """

    title: str = ""
    guid: str = ""
    links: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    author: str = ""
    outlet: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed; `link` is the site that it belongs to, `language` its tag, as `en-GB`."""

    title: str = ""
    link: str = ""
    language: str = ""
    dates: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()


MOST_SEEN = 5_000
"""Items of one feed that are looked at; whoever shows more has the newest first."""
