"""Open a connection to the hub: name, address, TLS."""

from __future__ import annotations

import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from .config import Url
from .reasons import CaFileError

if TYPE_CHECKING:
    import ssl

_AddressInfo = tuple[Any, ...]


def resolve(host: str, port: int, timeout: float) -> list[_AddressInfo]:
    """Return the addresses of a host as getaddrinfo does; raises OSError or ValueError.

    The system's resolver can't be interrupted and may hang for a minute, so a thread of
    its own asks it: SIGTERM and `timeout` (seconds) end the wait.
    """
    try:
        return _ask(host, port, socket.AI_NUMERICHOST)
    except socket.gaierror:
        pass
    answers: list[list[_AddressInfo] | Exception] = []
    answered = threading.Event()

    def ask() -> None:
        try:
            answers.append(_ask(host, port, 0))
        except (OSError, ValueError) as error:
            answers.append(error)
        answered.set()

    threading.Thread(target=ask, daemon=True).start()
    if not answered.wait(timeout):
        raise socket.gaierror(socket.EAI_AGAIN, "the name server does not answer")
    if isinstance(answer := answers[0], Exception):
        raise answer
    return answer


def _ask(host: str, port: int, flags: int) -> list[_AddressInfo]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags))


def is_tls_error(error: Exception) -> bool:
    """Return whether TLS raised this."""
    # Where it was never loaded it can't have.
    loaded = sys.modules.get("ssl")
    return loaded is not None and isinstance(error, loaded.SSLError)


class Connector:
    """Opens sockets to one URL."""

    def __init__(self, url: Url, ca_file: str | None, timeout: float) -> None:
        """Take the seconds that each step may last."""
        self.hub_address: str | None = None
        """The IP address that answered last."""
        self._url = url
        self._ca_file = ca_file
        self._timeout = timeout
        self._tls: ssl.SSLContext | None = None

    def open(self) -> socket.socket:
        """Return a connected socket, verified if the URL is https.

        Raises OSError or ValueError.
        """
        addresses = resolve(self._url.host, self._url.port, self._timeout)
        return self.secure(self.connect(addresses))

    def connect(self, addresses: list[_AddressInfo]) -> socket.socket:
        """Connect to the first address that answers; raises OSError."""
        deadline = time.monotonic() + self._timeout
        failure: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
        for family, kind, protocol, _, address in addresses:
            connection = socket.socket(family, kind, protocol)
            try:
                connection.settimeout(max(1.0, deadline - time.monotonic()))
                connection.connect(address)
            except OSError as error:
                connection.close()
                failure = error
            except BaseException:
                connection.close()
                raise
            else:
                connection.settimeout(self._timeout)
                # Headers and body leave in two writes; without this, the second would
                # wait for the answer to the first.
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.hub_address = address[0]
                return connection
        raise failure

    def secure(self, connection: socket.socket) -> socket.socket:
        """Put TLS around the socket if the URL asks for it; raises OSError."""
        if self._url.scheme != "https":
            return connection
        try:
            if self._tls is None:
                self._tls = self._tls_context()
            return self._tls.wrap_socket(connection, server_hostname=self._url.host)
        except BaseException:
            # The file with the authorities may be repaired meanwhile: read it again.
            self._tls = None
            connection.close()
            raise

    def _tls_context(self) -> ssl.SSLContext:
        # Only here: it takes a megabyte, and many a home has no use for it.
        import ssl  # noqa: PLC0415

        try:
            return ssl.create_default_context(cafile=self._ca_file)
        except OSError as error:
            raise CaFileError(error.errno, "unusable ca_file") from None
