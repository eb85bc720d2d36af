"""How a process holds its memory: set once, at its start."""

import ctypes
import gc
import sys

COLLECTED = 50_000
"""New values between two searches for cycles; Python's 700 costs analyses a tenth of their time."""
ARENAS = 2
"""Heaps; glibc would make eight for each processor, and keep in each what its threads ever held."""

_M_ARENA_MAX = -8


def tune() -> None:
    """Suit the collector and the allocator to many small values, made in a few threads.

    https://man7.org/linux/man-pages/man3/mallopt.3.html; elsewhere only the collector is.
    """
    gc.set_threshold(COLLECTED)
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(_M_ARENA_MAX, ARENAS)
