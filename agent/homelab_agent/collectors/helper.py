"""Ask the root helper: the client of agent/helper."""

from __future__ import annotations

import json
from pathlib import Path
import socket
import time
from typing import Any, BinaryIO, NoReturn

from ..text import clean
from .errors import CollectorError

SOCKET = "run/homelab-agent-helper.sock"
PATIENCE = 2.0
"""Seconds that a heartbeat waits for an answer. The helper takes a third of one; with
an engine that hangs it takes twenty, and its answer is read one cycle later."""
ACTION_PATIENCE = 305.0
"""The same for each line of an action's answer. The helper ends by itself before."""
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


class ActionNotStartedError(HelperError):
    """Nothing was begun; the same action may be asked for again."""


class ActionRefusedError(HelperError):
    """Nothing was begun, and to ask again would not change that."""


class ActionKnownError(HelperError):
    """It was asked for before, and is not begun again.

    It may run, or have ended: the verb "outcome" tells what becomes of it.
    """


class ActionInterruptedError(HelperError):
    """It was begun, or may have been, and how it ended is not known.

    Never ask for it again. The verb "outcome" tells what becomes of it.
    """


_REFUSALS: dict[str, type[HelperError]] = {
    "known_action": ActionKnownError,
    "not_started": ActionNotStartedError,
}
"""What a refused action means by its code; else it is ActionRefusedError."""


class Helper:
    """Each request on a connection of its own, and the same one only once at a time."""

    def __init__(self, path: Path) -> None:
        """Take the path of its socket."""
        self._path = str(path)
        self._open: dict[str, tuple[socket.socket, bytearray]] = {}

    def ask(self, verb: str, patience: float = PATIENCE, **more: str) -> dict[str, Any]:
        """Return the answer to a reading verb; raises HelperError.

        The verb "outcome" takes the `id` of an action.
        """
        request = json.dumps({"verb": verb, **more})
        if request in self._open:
            connection, received = self._open.pop(request)
        else:
            connection, received = self._send(request), bytearray()
        until = time.monotonic() + patience
        try:
            while not received.endswith(b"\n"):
                chunk = _some(connection, until)
                received += chunk
                if not chunk or len(received) > _MAX_ANSWER:
                    break
        except TimeoutError:
            self._open[request] = connection, received
            raise HelperLateError("the root helper has not answered yet") from None
        except OSError as error:
            received.clear()
            reason = error.strerror
            connection.close()
            raise HelperError(f"the root helper hung up ({reason})") from None
        connection.close()
        return _read(bytes(received))

    def act(self, verb: str, target: str, action_id: str) -> dict[str, Any]:
        """Have a managed action done and return how it ended, well or badly.

        Raises ActionNotStartedError, ActionRefusedError, ActionKnownError or
        ActionInterruptedError.
        """
        request = {"verb": verb, "target": target, "id": action_id}
        try:
            connection = self._send(json.dumps(request))
        except HelperError as error:
            raise ActionNotStartedError(str(error)) from None
        with connection, connection.makefile("rb") as lines:
            connection.settimeout(ACTION_PATIENCE)
            first = _line(lines)
            if not first:
                raise ActionNotStartedError("the root helper is busy; nothing was done")
            if _object(first) == {"accepted": True}:
                return _object(_line(lines)) or _interrupted()
        answer = _object(first) or _interrupted()
        why = clean(str(answer.get("message")), 200)
        kind = _REFUSALS.get(str(answer.get("code")), ActionRefusedError)
        raise kind(f"the root helper refuses: {why}")

    def _send(self, request: str) -> socket.socket:
        if not Path(self._path).exists():
            raise HelperMissingError(NOT_INSTALLED)
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(PATIENCE)
            connection.connect(self._path)
            connection.sendall(request.encode() + b"\n")
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
            raise HelperMissingError(NOT_INSTALLED) from None
        except OSError as error:
            connection.close()
            raise HelperError(
                f"the root helper can't be asked ({error.strerror}); run the "
                "installer again"
            ) from None
        return connection


def _line(lines: BinaryIO) -> bytes:
    """Return the next line, or what there is of it at the end; b"" if nothing is."""
    try:
        return lines.readline(_MAX_ANSWER)
    except TimeoutError:
        # It may have been begun since.
        _interrupted()
    except OSError:
        return b""


def _interrupted() -> NoReturn:
    raise ActionInterruptedError(
        "the root helper ended before the action did; how that ends is not known yet"
    )


def _object(line: bytes) -> dict[str, Any] | None:
    """Return the object of JSON that a whole line holds."""
    try:
        found = json.loads(line) if line.endswith(b"\n") else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _some(connection: socket.socket, until: float) -> bytes:
    if (left := until - time.monotonic()) <= 0:
        raise TimeoutError
    connection.settimeout(left)
    return connection.recv(65536)


def _read(received: bytes) -> dict[str, Any]:
    if not received:
        raise HelperError("the root helper is busy")
    if (answer := _object(received)) is None:
        raise HelperError("the root helper's answer is not understood; update it")
    if answer.get("ok") is not True:
        why = clean(str(answer.get("message")), 200)
        raise HelperError(f"the root helper refuses: {why}")
    return answer
