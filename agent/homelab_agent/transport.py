"""Send signed messages over one kept connection and verify the answers."""

from __future__ import annotations

from .answers import Answer, judge
from .config import Config
from .connector import Connector, is_tls_error
from .http1 import Connection, HttpError, TooMuchError
from .outcomes import NotDelivered, Outcome
from .protocol.messages import MAX_BODY
from .protocol.signing import HEADER_ID, HEADER_SERVER, signed_headers
from .reasons import explain
from .version import VERSION

TIMEOUT = 15.0
"""Seconds for a name look-up, for connecting, and for an answer."""

_NETWORK_ERRORS = (OSError, ValueError, HttpError)


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
        self._connection: Connection | None = None

    @property
    def hub_address(self) -> str | None:
        """The hub's IP address, once it has answered."""
        return self._connector.hub_address

    def close(self) -> None:
        """Close the kept connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

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
        except TooMuchError:
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
        if self._connection is not None and not self._connection.silent:
            self.close()
        if self._connection is not None:
            try:
                return self._exchange(self._connection, body, timestamp)
            except _NETWORK_ERRORS as error:
                self.close()
                if not _dropped(error):
                    raise
        self._connection = Connection(self._connector.open(), MAX_BODY)
        return self._exchange(self._connection, body, timestamp)

    def _exchange(
        self, connection: Connection, body: bytes, timestamp: int
    ) -> tuple[str, Answer]:
        url = self._config.url
        signed = signed_headers(self._config.key, timestamp, body)
        headers = {
            "Host": url.authority,
            "Accept-Encoding": "identity",
            **signed,
            HEADER_SERVER: self._config.server_id,
            "Content-Type": "application/json",
            "User-Agent": f"homelab-agent/{VERSION}",
        }
        answer = Answer(*connection.post(url.path, headers, body, self._timeout))
        if not connection.reusable:
            self.close()
        return signed[HEADER_ID], answer


def _dropped(error: Exception) -> bool:
    """Return whether the hub had closed the kept connection before.

    A timeout is not that: the hub may be working on the request.
    """
    return isinstance(error, (ConnectionError, HttpError)) or is_tls_error(error)
