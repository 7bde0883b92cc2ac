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
_AT_ONCE = 50
"""Calls that wait for an answer: of 128 on, the bus refuses more."""
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

    Many are sent at once, on a connection of their own. Raises BusError.
    """
    if not path.exists():
        raise BusError(_NO_BUS)
    uid = str(os.geteuid()).encode().hex()
    sent = f"\0AUTH EXTERNAL {uid}\r\nBEGIN\r\n".encode()
    try:
        with _Stream(socket.socket(socket.AF_UNIX)) as stream:
            stream.connect(path)
            # Together with the first calls, for each turn of talk takes its time.
            found = _some(stream, sent, [_HELLO, *calls[:_AT_ONCE]], 1)
            for start in range(_AT_ONCE, len(calls), _AT_ONCE):
                found += _some(stream, b"", calls[start : start + _AT_ONCE], start + 2)
            # The first is the bus's own greeting.
            return found[1:]
    except (FileNotFoundError, ConnectionRefusedError):
        raise BusError(_NO_BUS) from None
    except (OSError, WireError) as error:
        what = getattr(error, "strerror", None) or "no answer in time"
        raise BusError(
            f"the system bus does not work ({what}); look at: systemctl status dbus"
        ) from None


def _some(
    stream: _Stream, before: bytes, calls: list[Call], first: int
) -> list[tuple[Any, ...] | None]:
    """Make a few calls, numbered from `first` on, and wait for their answers."""
    numbers = range(first, first + len(calls))
    sent = (dump_call(call, n) for n, call in zip(numbers, calls, strict=True))
    stream.send(before + b"".join(sent))
    if before and not stream.line().startswith(b"OK "):
        raise BusError("the system bus does not let the agent in")
    answers: dict[int, Answer] = {}
    while len(answers) < len(calls):
        answer = stream.message()
        to = answer.reply_to
        # Signals come in between.
        if answer.kind in {METHOD_RETURN, ERROR} and to is not None and to in numbers:
            answers[to] = answer
    found = (answers[number] for number in numbers)
    return [a.values if a.kind == METHOD_RETURN else None for a in found]


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

    def connect(self, path: Path) -> None:
        self._socket.connect(str(path))

    def send(self, data: bytes) -> None:
        self._socket.settimeout(self._left())
        self._socket.sendall(data)

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

    def _left(self) -> float:
        if (left := self._until - time.monotonic()) <= 0:
            raise TimeoutError
        return left

    def _more(self) -> None:
        self._socket.settimeout(self._left())
        chunk = self._socket.recv(65536)
        if not chunk:
            raise WireError
        self._buffer += chunk
