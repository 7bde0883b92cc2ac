"""Send signed messages over one kept connection and verify the answers."""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
import http.client
import socket
import ssl
import threading

from .answers import Answer, judge
from .config import Config
from .connector import Connector
from .outcomes import NotDelivered, Outcome
from .protocol.messages import MAX_BODY
from .protocol.signing import HEADER_ID, HEADER_SERVER, signed_headers
from .reasons import explain
from .version import VERSION

TIMEOUT = 15.0
"""Seconds for a name look-up, for connecting, and for an answer."""

_NETWORK_ERRORS = (OSError, ValueError, http.client.HTTPException)
# What a kept connection raises that the hub has closed meanwhile. A timeout is not one
# of them: the hub may be working on the request.
_DROPPED = (ConnectionError, ssl.SSLError, http.client.BadStatusLine)


class _TooMuch(http.client.HTTPException):
    """The answer is larger than any of ours."""


class Transport:
    """The road to the hub."""

    def __init__(
        self,
        config: Config,
        timeout: float = TIMEOUT,
        connector: Connector | None = None,
    ) -> None:
        """Take the settings and the seconds that each step may last."""
        self._config = config
        self._timeout = timeout
        self._connector = connector or Connector(config.url, config.ca_file, timeout)
        self._connection = http.client.HTTPConnection(
            config.url.host, config.url.port, timeout=timeout
        )

    @property
    def hub_address(self) -> str | None:
        """The hub's IP address, once it has answered."""
        return self._connector.hub_address

    def close(self) -> None:
        """Close the kept connection."""
        self._connection.close()

    def send(self, body: bytes, timestamp: int) -> Outcome:
        """Send one message, signed at `timestamp` (seconds since 1970).

        Never raises for anything that the network or the hub does.
        """
        if len(body) > MAX_BODY:
            return NotDelivered(
                f"the message has {len(body)} bytes and a hub takes {MAX_BODY}; "
                "watch fewer things on this server"
            )
        try:
            message_id, answer = self._exchange_kept(body, timestamp)
        except _TooMuch:
            self.close()
            return NotDelivered(
                f"the answer is larger than {MAX_BODY} bytes, so it is not the hub's; "
                "check the url"
            )
        except _NETWORK_ERRORS as error:
            self.close()
            return NotDelivered(explain(error, self._config.url))
        except BaseException:
            # Interrupted between request and answer: the next answer on this
            # connection would belong to this request.
            self.close()
            raise
        return judge(answer, self._config.key, message_id)

    def _exchange_kept(self, body: bytes, timestamp: int) -> tuple[str, Answer]:
        if self._connection.sock is not None:
            try:
                return self._exchange(body, timestamp)
            except _DROPPED:
                self.close()
        self._connection.sock = self._connector.open()
        return self._exchange(body, timestamp)

    def _exchange(self, body: bytes, timestamp: int) -> tuple[str, Answer]:
        headers = signed_headers(self._config.key, timestamp, body)
        message_id = headers[HEADER_ID]
        headers |= {
            HEADER_SERVER: self._config.server_id,
            "Content-Type": "application/json",
            "User-Agent": f"homelab-agent/{VERSION}",
        }
        with _deadline(self._connection.sock, self._timeout):
            self._connection.request("POST", self._config.url.path, body, headers)
            response = self._connection.getresponse()
            return message_id, Answer(
                status=response.status,
                headers={name.lower(): value for name, value in response.getheaders()},
                body=_read(response),
            )


@contextlib.contextmanager
def _deadline(connected: socket.socket, seconds: float) -> Iterator[None]:
    """End an exchange that lasts too long, however busy the other side keeps it.

    The socket's own timeout starts anew with every byte; raises TimeoutError.
    """
    late = threading.Event()

    def hang_up() -> None:
        late.set()
        with contextlib.suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except _NETWORK_ERRORS as error:
        if late.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()


def _read(response: http.client.HTTPResponse) -> bytes:
    body = bytearray()
    while chunk := response.read(MAX_BODY + 1 - len(body)):
        body += chunk
        if len(body) > MAX_BODY:
            raise _TooMuch
    if response.length:
        raise http.client.IncompleteRead(bytes(body), response.length)
    return bytes(body)
