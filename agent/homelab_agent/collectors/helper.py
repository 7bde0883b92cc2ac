"""Ask the root helper: the client of agent/helper."""

from __future__ import annotations

import json
from pathlib import Path
import socket
import time
from typing import Any

from ..text import clean
from .errors import CollectorError

SOCKET = "run/homelab-agent-helper.sock"
PATIENCE = 2.0
"""Seconds that a heartbeat waits for an answer. The helper takes a third of one; with
an engine that hangs it takes twenty, and its answer is read one cycle later."""
_MAX_ANSWER = 256 * 1024 + 1
NOT_INSTALLED = (
    "the root helper is not installed or not running; run the installer again"
)


class HelperError(CollectorError):
    """No answer that can be used."""


class HelperMissingError(HelperError):
    """There is nobody to ask."""


class HelperLateError(HelperError):
    """The answer is on its way: ask again."""


class Helper:
    """A request for each verb at a time, on a connection of its own."""

    def __init__(self, path: Path) -> None:
        """Take the path of its socket."""
        self._path = str(path)
        self._open: dict[str, tuple[socket.socket, bytearray]] = {}

    def ask(self, verb: str, patience: float = PATIENCE) -> dict[str, Any]:
        """Return the answer to a reading verb; raises HelperError."""
        if verb in self._open:
            connection, received = self._open.pop(verb)
        else:
            connection, received = self._send(verb)
        until = time.monotonic() + patience
        try:
            while not received.endswith(b"\n"):
                chunk = _some(connection, until)
                received += chunk
                if not chunk or len(received) > _MAX_ANSWER:
                    break
        except TimeoutError:
            self._open[verb] = connection, received
            raise HelperLateError("the root helper has not answered yet") from None
        except OSError as error:
            received.clear()
            reason = error.strerror
            connection.close()
            raise HelperError(f"the root helper hung up ({reason})") from None
        connection.close()
        return _read(bytes(received))

    def _send(self, verb: str) -> tuple[socket.socket, bytearray]:
        if not Path(self._path).exists():
            raise HelperMissingError(NOT_INSTALLED)
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(PATIENCE)
            connection.connect(self._path)
            connection.sendall(json.dumps({"verb": verb}).encode() + b"\n")
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
            raise HelperMissingError(NOT_INSTALLED) from None
        except OSError as error:
            connection.close()
            raise HelperError(
                f"the root helper can't be asked ({error.strerror}); run the "
                "installer again"
            ) from None
        return connection, bytearray()


def _some(connection: socket.socket, until: float) -> bytes:
    if (left := until - time.monotonic()) <= 0:
        raise TimeoutError
    connection.settimeout(left)
    return connection.recv(65536)


def _read(received: bytes) -> dict[str, Any]:
    if not received:
        raise HelperError("the root helper is busy")
    try:
        answer = json.loads(received)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise HelperError("the root helper's answer is not understood; update it")
    if answer.get("ok") is not True:
        why = clean(str(answer.get("message")), 200)
        raise HelperError(f"the root helper refuses: {why}")
    return answer
