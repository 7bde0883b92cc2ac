"""TCP ports of the loopback interface."""

import socket

LOOPBACK = "127.0.0.1"
_ATTEMPTS = 50


class NoPortError(Exception):
    """Nothing is free where we may look."""


def is_free(port: int) -> bool:
    """Return whether nobody listens on a port."""
    with socket.socket() as probe:
        # As Home Assistant does; else connections that just ended keep a port busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def first_free(wanted: int) -> int:
    """Return the first free port from `wanted` upwards."""
    for port in range(wanted, min(wanted + _ATTEMPTS, 65536)):
        if is_free(port):
            return port
    raise NoPortError(f"no free port from {wanted} upwards; choose another with --port")


def any_free() -> int:
    """Return some free port."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
