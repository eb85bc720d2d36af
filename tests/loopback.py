"""A socket that every address of loopback leads to, and nothing else."""

import socket
import sys


def listening() -> socket.socket:
    """A socket that listens on 127.0.0.0/8 and no other network; outside Linux on 127.0.0.1."""
    made = socket.socket()
    if sys.platform == "linux":
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        made.bind(("0.0.0.0", 0))
    else:
        made.bind(("127.0.0.1", 0))
    made.listen(128)
    return made
