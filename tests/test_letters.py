"""Mail in a folder: messages, and texts that begin with the headers of one."""

import base64
import contextlib
import quopri
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.errors import SourceError
from summaries.sources.files import read_file
from summaries.sources.letters import take_headers

STORY = "The river rose on Sunday. Two villages were cut off."
RUSSIAN = "Река поднялась в воскресенье, и две деревни были отрезаны от дороги."
HEAD = """Received: from mail.example.org (mail.example.org [192.0.2.1])
\tby example.com; Sun, 19 Apr 2026 16:00:00 +0400
Message-ID: <1234@example.org>
Date: Sun, 19 Apr 2026 15:28:00 +0400
From: "Jane Doe" <jane@example.org>
To: news@example.com
Subject: River rises:
 two villages cut off
"""


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.eml"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_headers_say_what_they_say_and_are_no_text(name: str, ends: str) -> None:
    draft = read_file(f"{HEAD}\n{STORY}\n".replace("\n", ends).encode(), name)
    assert draft.text == STORY
    assert draft.title == "River rises: two villages cut off"
    assert draft.author == "Jane Doe"
    assert draft.published
    assert draft.published.isoformat() == "2026-04-19T15:28:00+04:00"


@pytest.mark.parametrize("name", ["a.txt", "a.eml"])
@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("=?utf-8?B?0KDQtdC60LAg0L/QvtC00L3Rj9C70LDRgdGM?=", "Река поднялась"),
        ("=?utf-8?Q?R=C3=ADo?= =?utf-8?Q?_sube?=", "Río sube"),
        ("Re: Fwd: River rises", "River rises"),
        ("=?no-such?B?0KDQtdC60LA=?=", "=?no-such?B?0KDQtdC60LA=?="),
        ("=?utf-8?B?%%%?=", "The river rose on Sunday."),
        ("", "The river rose on Sunday."),
    ],
)
def test_encoded_words_are_decoded(name: str, subject: str, title: str) -> None:
    raw = f"Subject: {subject}\nMessage-ID: <1@example.org>\n\n{STORY}".encode()
    assert read_file(raw, name).title == title


@pytest.mark.parametrize(
    ("sender", "outlet", "author"),
    [
        ("Jane Doe <jane@example.org>", None, "Jane Doe"),
        ("jane@example.org", None, None),
        ("Jane Doe", None, "Jane Doe"),
        ("Caspian News <news@example.org>", "Caspian News", None),
    ],
)
def test_a_sender_is_an_author_or_an_outlet(
    sender: str, outlet: str | None, author: str | None
) -> None:
    draft = read_file(f"From: {sender}\nSubject: River\n\n{STORY}".encode(), "a.txt")
    assert (draft.outlet, draft.author) == (outlet, author)


def test_what_is_no_header_of_mail_is_understood_beside_it() -> None:
    head = "Subject: River\nURL: https://example.org/river\nSource: Caspian Ledger\nX-Id: 7"
    draft = read_file(f"{head}\n\n{STORY}".encode(), "a.txt")
    assert (draft.url, draft.outlet) == ("https://example.org/river", "Caspian Ledger")
    assert (draft.title, draft.text) == ("River", STORY)


@pytest.mark.parametrize(
    "text", [f"Baku: {STORY}", f"Note: this\nAnd: that\n\n{STORY}", f"Subject: x\n{STORY}", "", ":"]
)
def test_other_texts_are_left_as_they_are(text: str) -> None:
    assert take_headers(text)[1] == text


def message(**how: str) -> EmailMessage:
    made = EmailMessage()
    made["Subject"], made["From"] = "River", "Jane Doe <jane@example.org>"
    made.set_content(RUSSIAN, **how)
    return made


@pytest.mark.parametrize("cte", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "koi8-r", "windows-1251"])
@pytest.mark.parametrize("name", ["a.eml", "a.txt"])
def test_a_body_is_decoded(name: str, charset: str, cte: str) -> None:
    assert read_file(bytes(message(charset=charset, cte=cte)), name).text == RUSSIAN


def test_a_wrong_charset_is_guessed() -> None:
    raw = bytes(message(cte="8bit")).replace(b'charset="utf-8"', b'charset="no-such"')
    assert read_file(raw, "a.eml").text == RUSSIAN


def test_the_plain_part_is_read_and_attachments_are_not() -> None:
    made = message()
    made.add_alternative("<p>Something else, which is in HTML.</p>", subtype="html")
    made.add_attachment("A long annex, in plain text.", filename="annex.txt")
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    assert read_file(bytes(made), "a.eml").text == RUSSIAN


def test_html_is_read_where_there_is_nothing_else() -> None:
    made = EmailMessage()
    made["Subject"] = "River"
    made.set_content(f"<html><body><p>{STORY}</p></body></html>", subtype="html", cte="base64")
    draft = read_file(bytes(made), "a.eml")
    assert (draft.title, draft.text) == ("River", STORY)


def test_a_signature_is_no_text() -> None:
    assert read_file(f"{HEAD}\n{STORY}\n\n-- \nJane Doe\n".encode(), "a.eml").text == STORY


def test_a_message_of_attachments_alone_is_told() -> None:
    made = EmailMessage()
    made["Subject"] = "River"
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    with pytest.raises(SourceError, match="no article text"):
        read_file(bytes(made), "a.eml")


def test_headers_in_an_old_encoding_are_guessed() -> None:
    raw = f"Subject: {RUSSIAN}\nContent-Type: text/plain; charset=windows-1251\n\n{RUSSIAN}"
    draft = read_file(raw.encode("windows-1251"), "a.eml")
    assert (draft.title, draft.text) == (RUSSIAN, RUSSIAN)


@given(st.binary(max_size=300), st.sampled_from(["a.eml", "a.txt", "a.md"]))
@settings(max_examples=150, deadline=None)
def test_any_bytes_below_any_headers_are_read_or_refused(body: bytes, name: str) -> None:
    coded = (body, base64.b64encode(body), quopri.encodestring(body))
    for each, cte in zip(coded, ("8bit", "base64", "quoted-printable"), strict=True):
        raw = f"{HEAD}Content-Transfer-Encoding: {cte}\n\n".encode() + each
        for broken in (raw, raw.replace(b"\n\n", b"\n", 1), body + raw):
            with contextlib.suppress(SourceError):
                assert read_file(broken, name).text
