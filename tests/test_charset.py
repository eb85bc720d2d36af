"""Bytes of unknown encoding become text, and what is no text is refused."""

import random
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.charset import decode
from summaries.errors import SourceError

RUSSIAN = "Река поднялась в воскресенье. Две деревни отрезаны от дороги, сообщили власти. " * 3


@pytest.mark.parametrize(
    "raw",
    [
        "naïve café".encode(),
        "\ufeffnaïve café".encode(),
        "naïve café".encode("utf-16"),
        b'<?xml encoding="iso-8859-1"?>' + "naïve café".encode("latin-1"),
        ("It is a naïve idea to open a café there. " * 5).encode("latin-1"),
    ],
)
def test_bytes_are_decoded_by_mark_declaration_or_looks(raw: bytes) -> None:
    assert "café" in decode(raw)


@pytest.mark.parametrize("encoding", ["euc-jp", "shift_jis", "iso-2022-jp"])
def test_japanese_is_read_as_it_is_declared(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>東京で雪が降りました。'
    assert decode(text.encode(encoding)) == text


def test_a_false_declaration_does_no_harm() -> None:
    assert isinstance(decode(b"charset=no-such"), str)
    assert isinstance(decode(b"charset=idna \xff\xfe\xfd"), str)


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1251", "koi8-r"],
)
def test_cyrillic_is_read_in_its_encoding(encoding: str) -> None:
    assert decode(RUSSIAN.encode(encoding)) == RUSSIAN


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16", "utf-16-le"])
def test_accents_are_read_in_their_encoding(encoding: str) -> None:
    plain = ("The ferry sails from the quay of the old town at dawn. " * 3) + "Café, naïve, “été”."
    assert decode(plain.encode(encoding)) == plain


@pytest.mark.parametrize(
    "raw",
    [
        random.Random(1).randbytes(5_000),
        b"\xff\xfe" + random.Random(2).randbytes(5_000),
        zlib.compress("\n".join(map(str, range(3_000))).encode()),
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 4,
        bytes(200),
    ],
    ids=["noise", "noise-with-a-mark", "compressed", "picture", "zeros"],
)
def test_what_is_no_text_is_refused(raw: bytes) -> None:
    with pytest.raises(SourceError, match="it is not text: save it as plain text in UTF-8"):
        decode(raw)


def test_a_stray_control_character_does_no_harm() -> None:
    assert decode(b"It rained\0 on Sunday, and the ferry stayed.\x0c") == (
        "It rained\0 on Sunday, and the ferry stayed.\x0c"
    )


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(SourceError):
        assert isinstance(decode(raw), str)
