"""Mail: the headers that a text may begin with, and messages with their parts."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import HeaderParser
from email.utils import parseaddr

from summaries.charset import decode
from summaries.dates import find_date
from summaries.draft import Draft
from summaries.errors import NotThere
from summaries.extract import extract_html, paragraphs
from summaries.furniture import is_outlet
from summaries.plain import read_plain

_HEAD = re.compile(
    r"\s*(?:From [^\n]*\n)?((?:[A-Za-z][\w-]{0,60}[ \t]*:[^\n]*(?:\n[ \t]+\S[^\n]*)*(?:\n|\Z))+)"
    r"(?:[ \t]*\n|\Z)",
    re.ASCII,
)
_TELLING = frozenset({"subject", "from", "message-id"})
_MIME = frozenset({"mime-version", "content-type", "content-transfer-encoding"})
_LEFT = frozenset("title headline published author source outlet publisher url link tags".split())
_ANSWER = re.compile(r"((re|fwd?|aw|wg)\s*:\s*)+", re.IGNORECASE)
_LONGEST_HEAD, _LONGEST_SENDER = 100_000, 500
_SIGNATURE = re.compile(r"^-- $", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Headers:
    """What the headers of a message say of the article in it; `is_mime` if they say how it is kept.

    What is no header of mail, as `URL:`, is left in the text.
    """

    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    published: datetime | None = None
    is_mime: bool = False

    def over(self, draft: Draft) -> Draft:
        """The draft, with what the headers say put in its place."""
        return replace(
            draft,
            title=self.title or draft.title,
            outlet=self.outlet or draft.outlet,
            author=self.author or draft.author,
            published=self.published or draft.published,
        )


def read_letter(raw: bytes, month: date | None) -> Draft:
    """The text of a message, attachments left out; plain text rather than HTML."""
    head, _, _ = re.sub(rb"\r\n?", b"\n", raw[:_LONGEST_HEAD]).partition(b"\n\n")
    headers, _ = take_headers(decode(head))
    texts = dict.fromkeys(("text/plain", "text/html"), "")
    for part in message_from_bytes(raw).walk():
        kind = part.get_content_type()
        if not texts.get(kind, "full") and part.get_content_disposition() != "attachment":
            texts[kind] = _text(part)
    if texts["text/plain"]:
        return headers.over(read_plain(_SIGNATURE.split(texts["text/plain"])[0], month))
    return headers.over(_from_html(texts["text/html"]))


def read_with_headers(
    raw: bytes, month: date | None, read: Callable[[str, date | None], Draft]
) -> Draft:
    """The draft of a text file that `read` takes, or a message, that may begin with headers."""
    headers, text = take_headers(decode(raw))
    return read_letter(raw, month) if headers.is_mime else headers.over(read(text, month))


def take_headers(text: str) -> tuple[Headers, str]:
    """The headers of mail at the beginning of a text, if there are any, and the rest of it."""
    text = re.sub(r"\r\n?", "\n", text)
    head = _HEAD.match(text[:_LONGEST_HEAD])
    said = HeaderParser().parsestr(head[1]) if head else Message()
    names = {name.lower() for name in said}
    if head is None or not names & _TELLING:
        return Headers(), text
    sender = _sender((said["from"] or "")[:_LONGEST_SENDER])
    headers = Headers(
        title=_ANSWER.sub("", _decoded(said["subject"])) or None,
        outlet=sender if is_outlet(sender) else None,
        author=None if is_outlet(sender) else sender or None,
        published=find_date(_decoded(said["date"])),
        is_mime=bool(names & _MIME),
    )
    left = [f"{name}: {_decoded(value)}\n" for name, value in said.items() if name.lower() in _LEFT]
    return headers, "".join([*left, "\n", text[head.end() :]])


def _sender(value: str) -> str:
    """Who wrote, without the address; nobody where there is but an address."""
    return _decoded(parseaddr(value)[0] if "@" in value else value)


def _decoded(value: str | None) -> str:
    """A header's value on one line, encoded words (RFC 2047) as they are read."""
    text = value or ""
    with suppress(HeaderParseError, LookupError, ValueError):
        text = str(make_header(decode_header(text)))
    return " ".join(text.split())


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8").strip()
    except (LookupError, ValueError):
        return decode(payload).strip()


def _from_html(markup: str) -> Draft:
    try:
        return extract_html(markup.encode("utf-8-sig", "replace"))
    except NotThere:
        return Draft(text="\n\n".join(paragraphs(markup)))
