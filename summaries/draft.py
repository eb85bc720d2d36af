"""What one file, page or feed item says of an article, before it is given a place and a zone."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An article as it was read; the paragraphs of `text` are joined by one blank line.

    `published` is naive where no zone was named.
    """

    text: str
    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    published: datetime | None = None
    url: str | None = None
    tags: tuple[str, ...] = ()


def web_address(link: str | None, base: str | None = None) -> str | None:
    """The link made whole against the page where it stood; None unless it leads to the web."""
    if not link or not link.strip():
        return None
    try:
        address = urljoin(base or "", link.strip())
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname else None
