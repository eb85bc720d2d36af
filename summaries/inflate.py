"""Unpacking what a server compressed, never more at a time than there is room for."""

import zlib

CODINGS = frozenset({"gzip", "x-gzip", "deflate"})
"""The values of `Content-Encoding` that are understood, in lower case."""

_GZIP = 16 + zlib.MAX_WBITS
_GZIP_BEGINS = 0x1F


class Inflater:
    """Unpacks a body that comes in pieces."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._stream = None if coding == "deflate" else zlib.decompressobj(_GZIP)

    def unpack(self, piece: bytes, room: int) -> bytes:
        """What the next piece unpacks to, cut off after `room` bytes; raises zlib.error.

        After a cut the rest of the piece is lost. What follows the end of the data is passed over,
        as browsers do, unless more of gzip does.
        """
        unpacked = bytearray()
        while piece and len(unpacked) < room:
            if self._stream is None:
                self._stream = zlib.decompressobj(_deflate_window(piece[0]))
            if self._stream.eof:
                if self._coding == "deflate" or piece[0] != _GZIP_BEGINS:
                    break
                self._stream = zlib.decompressobj(_GZIP)
            unpacked += self._stream.decompress(piece, room - len(unpacked))
            piece = self._stream.unused_data
        return bytes(unpacked)


def _deflate_window(first: int) -> int:
    """The `wbits` for zlib; some servers mean by "deflate" the bare stream, without a header."""
    return zlib.MAX_WBITS if first & 0x0F == zlib.DEFLATED else -zlib.MAX_WBITS
