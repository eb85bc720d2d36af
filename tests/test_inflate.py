"""Unpacking in pieces: whatever the pieces, the same; and never more than asked for."""

import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.inflate import Inflater

ROOM = 1 << 20


def bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def unpacked(coding: str, packed: bytes, piece: int = 7, room: int = ROOM) -> bytes:
    inflater, body = Inflater(coding), b""
    for start in range(0, len(packed), piece):
        body += inflater.unpack(packed[start : start + piece], room - len(body))
    return body


@settings(max_examples=100)
@given(st.binary(max_size=3000), st.integers(1, 500))
def test_pieces_of_any_size_unpack_to_the_same(data: bytes, piece: int) -> None:
    assert unpacked("gzip", gzip.compress(data), piece) == data
    assert unpacked("deflate", zlib.compress(data), piece) == data
    assert unpacked("deflate", bare(data), piece) == data


@settings(max_examples=100)
@given(st.integers(1, 5000), st.integers(1, 100))
def test_never_gives_more_than_there_is_room_for(room: int, piece: int) -> None:
    assert unpacked("gzip", gzip.compress(b"\0" * 4000), piece, room) == b"\0" * min(room, 4000)


@pytest.mark.parametrize("piece", range(1, 70))
def test_several_members_of_gzip_follow_one_another(piece: int) -> None:
    members = gzip.compress(b"one ") + gzip.compress(b"two ") + gzip.compress(b"three")
    assert unpacked("gzip", members, piece) == b"one two three"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_follows_the_end_is_passed_over(coding: str) -> None:
    packed = (gzip.compress if coding == "gzip" else zlib.compress)(b"hello")
    assert unpacked(coding, packed + b"\0\0 padding", 100) == b"hello"


def test_damaged_data_is_told() -> None:
    with pytest.raises(zlib.error):
        unpacked("gzip", b"\x1f\x8b\x08\x00 this is not gzip", 100)
