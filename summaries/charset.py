"""Bytes of unknown encoding -> text."""

import codecs
import re

from charset_normalizer import from_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_SAMPLE = 100_000


def decode(raw: bytes) -> str:
    """The text of a file: by its mark, as UTF-8, as it declares, or as it looks; never raises."""
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return raw.decode(name, "replace")
    declared = _DECLARED.search(raw[:2048])
    for encoding in ("utf-8", declared[1].decode("ascii", "ignore") if declared else ""):
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
