"""Which ports of 127.0.0.1 are free."""

import secrets
import socket
from typing import Final

LOCALHOST: Final = "127.0.0.1"
# Below the ports of outgoing connections, on Linux (32,768) and macOS (49,152).
OF_SERVERS: Final = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Servers set this too: without it a port counts as taken while old connections time out.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port that nobody listens on at this moment.

    It is none of those that the system gives to outgoing connections, so that until a server
    listens there nobody takes it by accident.
    """
    while True:
        port = secrets.choice(OF_SERVERS)
        if is_free(port):
            return port
