"""Makes foreign text safe to show anywhere; escaping is left to each platform."""

import re
from dataclasses import replace
from urllib.parse import quote, urlsplit, urlunsplit

from bot.reply import Link, Reply, Section

_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
_BIDI_OVERRIDES = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SURROGATES = range(0xD800, 0xE000)
_UNSAFE: dict[int, str | None] = {
    **{code: None for code in _CONTROLS if not chr(code).isspace()},
    **dict.fromkeys(_BIDI_OVERRIDES),
    **dict.fromkeys(_SURROGATES, "\ufffd"),
}
_HOST = re.compile(r"[a-z0-9._-]+")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_KEPT = "%/:?#@!$&+,;="
_LONGEST_ADDRESS = 2000


def clean(text: str) -> str:
    """One line of text that is safe to encode and to print.

    White space of any kind becomes single spaces; control characters and bidirectional overrides
    are dropped; an unpaired surrogate becomes U+FFFD.
    """
    return " ".join(text.translate(_UNSAFE).split())


def address(url: str | None) -> str | None:
    """The address in ASCII without brackets, quotes or white space, or None if it is no web page's.

    Only http and https lead anywhere; user names and passwords are left out.
    """
    try:
        parts = urlsplit(clean(url or ""))
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        return None
    path, query, fragment = (_quoted(part) for part in (parts.path, parts.query, parts.fragment))
    whole = urlunsplit((parts.scheme, host + port, path, query, fragment))
    return whole if len(whole) <= _LONGEST_ADDRESS else None


def tidy(reply: Reply) -> Reply:
    """The reply with clean texts and safe addresses, and without what would show as nothing.

    Each line of `text` stays a line. A title that only repeats the heading goes, and there is
    always a heading or a text.
    """
    heading = clean(reply.heading)
    text = "\n".join(filter(None, map(clean, reply.text.split("\n"))))
    sections = (_section(section, heading) for section in reply.sections)
    buttons = {button.id: button for button in reply.buttons}.values()
    return replace(
        reply,
        heading=heading or ("" if text else "Briefing"),
        sections=tuple(s for s in sections if s.title.text or s.items or s.footer),
        text=text,
        note=clean(reply.note or "") or None,
        buttons=tuple(replace(each, label=clean(each.label) or "More") for each in buttons),
    )


def _section(section: Section, heading: str) -> Section:
    title = _link(section.title)
    items = (
        replace(item, text=clean(item.text), cites=_links(item.cites)) for item in section.items
    )
    return Section(
        title=Link("") if title == Link(heading) else title,
        items=tuple(item for item in items if item.text),
        footer=_links(section.footer),
        badge=clean(section.badge or "") or None,
    )


def _links(links: tuple[Link, ...]) -> tuple[Link, ...]:
    return tuple(link for link in map(_link, links) if link.text)


def _link(link: Link) -> Link:
    url = address(link.url)
    return Link(clean(link.text) or urlsplit(url or "").netloc, url)


def _quoted(part: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", part), safe=_KEPT)
