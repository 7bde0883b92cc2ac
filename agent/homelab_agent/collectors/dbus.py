"""Call systemd over the system bus."""

from __future__ import annotations

import os
from pathlib import Path
import socket
import time
from typing import Any, Self

from .dbus_wire import (
    ERROR,
    HEADER,
    METHOD_RETURN,
    Answer,
    Call,
    WireError,
    dump_call,
    length_of,
    parse_answer,
)
from .errors import CollectorError

SOCKET = "run/dbus/system_bus_socket"
_SECONDS = 3.0
"""For all calls together."""
_MAX_LINE = 256
_NO_BUS = "there is no system bus; run: sudo apt-get install dbus"
_HELLO = Call(
    destination="org.freedesktop.DBus",
    path="/org/freedesktop/DBus",
    interface="org.freedesktop.DBus",
    member="Hello",
)


class BusError(CollectorError):
    """The bus, or who was called, gave no answer."""


def call(path: Path, calls: list[Call]) -> list[tuple[Any, ...] | None]:
    """Return what each call returned, None for one that was refused.

    All are sent at once, on a connection of their own. Raises BusError.
    """
    if not path.exists():
        raise BusError(_NO_BUS)
    uid = str(os.geteuid()).encode().hex()
    sent = f"\0AUTH EXTERNAL {uid}\r\nBEGIN\r\n".encode()
    sent += b"".join(dump_call(c, n) for n, c in enumerate([_HELLO, *calls], 1))
    bus = socket.socket(socket.AF_UNIX)
    try:
        with _Stream(bus) as stream:
            bus.connect(str(path))
            bus.sendall(sent)
            if not stream.line().startswith(b"OK "):
                raise BusError("the system bus does not let the agent in")
            return _answers(stream, len(calls))
    except (FileNotFoundError, ConnectionRefusedError):
        raise BusError(_NO_BUS) from None
    except (OSError, WireError) as error:
        what = getattr(error, "strerror", None) or "no answer in time"
        raise BusError(f"the system bus does not work ({what})") from None


def _answers(stream: _Stream, count: int) -> list[tuple[Any, ...] | None]:
    answers: dict[int, Answer] = {}
    while len(answers) <= count:
        answer = stream.message()
        # Signals come in between.
        if answer.kind in {METHOD_RETURN, ERROR} and answer.reply_to is not None:
            answers[answer.reply_to] = answer
    # The first is the bus's own greeting.
    found = [answers.get(number) for number in range(2, count + 2)]
    return [a.values if a and a.kind == METHOD_RETURN else None for a in found]


class _Stream:
    """Reads from a socket until a deadline."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._socket.settimeout(_SECONDS)
        self._until = time.monotonic() + _SECONDS
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            if len(self._buffer) > _MAX_LINE:
                raise WireError
            self._more()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def message(self) -> Answer:
        length = length_of(self._at_least(HEADER))
        message = self._at_least(length)[:length]
        self._buffer = self._buffer[length:]
        return parse_answer(message)

    def _at_least(self, length: int) -> bytes:
        if len(self._buffer) < length:
            parts, have = [self._buffer], len(self._buffer)
            while have < length:
                self._buffer = b""
                self._more()
                parts.append(self._buffer)
                have += len(self._buffer)
            self._buffer = b"".join(parts)
        return self._buffer

    def _more(self) -> None:
        self._socket.settimeout(max(self._until - time.monotonic(), 0.001))
        chunk = self._socket.recv(65536)
        if not chunk:
            raise WireError
        self._buffer += chunk
