"""Bytes of unknown encoding -> text."""

import codecs
import re

from charset_normalizer import from_bytes

from summaries.errors import SourceError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_SHIFT = b"\x1b$"
_SAMPLE = 100_000
_FOREIGN = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ue000-\uf8ff\ufffd-\uffff]")
"""What no text holds many of: control characters, private ones, and replaced bytes."""
_MOST_FOREIGN = 0.05


def decode(raw: bytes) -> str:
    """The text of a file: by its mark, as UTF-8, as it declares, or as it looks.

    Raises SourceError when it is no text, as a picture under a wrong name is not.
    """
    text = _decoded(raw)
    sample = text[:_SAMPLE]
    if len(_FOREIGN.findall(sample)) > _MOST_FOREIGN * len(sample):
        raise SourceError("it is not text: save it as plain text in UTF-8, or remove it")
    return text


def _decoded(raw: bytes) -> str:
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return raw.decode(name, "replace")
    # UTF-16 without a mark: every other byte of ASCII's characters is zero.
    sample = raw[:_SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) > len(sample) / 20 and min(even, odd) < max(even, odd) / 10:
        return raw.decode("utf-16-le" if odd > even else "utf-16-be", "replace")
    declared = _DECLARED.search(raw[:2048])
    names = ["utf-8", declared[1].decode("ascii", "ignore") if declared else ""]
    # Japanese that is written in the bytes of ASCII is valid UTF-8, too.
    if _SHIFT in raw and names[1].lower().startswith("iso-2022-jp"):
        names.reverse()
    for encoding in names:
        try:
            return raw.decode(encoding)
        except (UnicodeError, LookupError, ValueError):
            continue
    return _guessed(raw)


def _guessed(raw: bytes) -> str:
    sample = raw[:_SAMPLE]
    # A few accents tell a guesser too little; the web's default is right for western Europe.
    if sum(byte > 127 for byte in sample) < len(sample) / 20:
        return raw.decode("cp1252", "replace")
    best = from_bytes(sample).best()
    return raw.decode(best.encoding if best else "latin-1", "replace")
