"""D-Bus messages, as far as asking systemd needs them.

https://dbus.freedesktop.org/doc/dbus-specification.html, "Message Protocol". A library
would hold three megabytes for as long as the agent runs, and a program like systemctl
costs a process each minute; this is the small part that is needed: calls whose
arguments are texts, and a reader for answers.
"""

from __future__ import annotations

from dataclasses import dataclass
import struct
from typing import Any

METHOD_CALL, METHOD_RETURN, ERROR = 1, 2, 3
HEADER = 16
"""Bytes from which the length of a message is known."""
_MAX_MESSAGE = 8 * 1024 * 1024
_PATH, _INTERFACE, _MEMBER, _REPLY_SERIAL = 1, 2, 3, 5
_DESTINATION, _SIGNATURE = 6, 8
_MAX_SIGNATURE = 255
_FIXED = {
    "y": "B",
    "n": "h",
    "q": "H",
    "b": "I",
    "i": "i",
    "u": "I",
    "x": "q",
    "t": "Q",
    "d": "d",
}
_ALIGNED = {
    "y": 1,
    "g": 1,
    "v": 1,
    "n": 2,
    "q": 2,
    "b": 4,
    "i": 4,
    "u": 4,
    "s": 4,
    "o": 4,
    "a": 4,
    "x": 8,
    "t": 8,
    "d": 8,
    "(": 8,
    "{": 8,
}


class WireError(Exception):
    """The bytes are no message."""

    strerror = "its answer is not understood"


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of a method whose arguments are texts and lists of texts."""

    destination: str
    path: str
    interface: str
    member: str
    arguments: tuple[str | list[str], ...] = ()


@dataclass(frozen=True)
class Answer:
    """What came back."""

    kind: int
    reply_to: int | None
    values: tuple[Any, ...]


def dump_call(call: Call, serial: int) -> bytes:
    """Return the message of a call."""
    signature = "".join("s" if isinstance(a, str) else "as" for a in call.arguments)
    body = bytearray()
    for argument in call.arguments:
        _put(body, argument)
    fields = bytearray()
    for code, kind, value in (
        (_PATH, "o", call.path),
        (_DESTINATION, "s", call.destination),
        (_INTERFACE, "s", call.interface),
        (_MEMBER, "s", call.member),
        (_SIGNATURE, "g", signature),
    ):
        if not value:
            continue
        _pad(fields, 8)
        fields += bytes((code, 1)) + kind.encode() + b"\0"
        if kind == "g":
            fields += bytes((len(value),)) + value.encode() + b"\0"
        else:
            _put(fields, value)
    head = bytearray(b"l\x01\x00\x01" + struct.pack("<II", len(body), serial))
    head += struct.pack("<I", len(fields)) + fields
    _pad(head, 8)
    return bytes(head + body)


def _put(data: bytearray, value: str | list[str]) -> None:
    _pad(data, 4)
    if isinstance(value, str):
        raw = value.encode()
        data += struct.pack("<I", len(raw)) + raw + b"\0"
        return
    start = len(data)
    data += bytes(4)
    for item in value:
        _put(data, item)
    struct.pack_into("<I", data, start, len(data) - start - 4)


def _pad(data: bytearray, alignment: int) -> None:
    data += bytes(-len(data) % alignment)


def length_of(head: bytes) -> int:
    """Return how long the message is that starts so; raises WireError."""
    if head[0] not in b"lB" or len(head) < HEADER:
        raise WireError
    order = "<" if head[0] == ord("l") else ">"
    body, _serial, fields = struct.unpack_from(f"{order}III", head, 4)
    length = HEADER + fields + (-fields % 8) + body
    if length > _MAX_MESSAGE:
        raise WireError
    return int(length)


def parse_answer(message: bytes) -> Answer:
    """Read a whole message; raises WireError."""
    order = "<" if message[0] == ord("l") else ">"
    try:
        reader = _Reader(message, order, 12)
        fields = dict(reader.value("a(yv)"))
        signature = _signature(fields.get(_SIGNATURE, ""))
        reader.align(8)
        values = []
        while signature:
            kind, signature = _split(signature)
            values.append(reader.value(kind))
    except (struct.error, IndexError, KeyError, ValueError, RecursionError):
        raise WireError from None
    reply_to = fields.get(_REPLY_SERIAL)
    return Answer(
        message[1], reply_to if isinstance(reply_to, int) else None, tuple(values)
    )


def _signature(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MAX_SIGNATURE:
        raise ValueError
    return value


class _Reader:
    def __init__(self, data: bytes, order: str, at: int) -> None:
        self._data = data
        self._order = order
        self._at = at

    def align(self, alignment: int) -> None:
        self._at += -self._at % alignment

    def value(self, kind: str) -> Any:  # noqa: ANN401 - whatever the signature says
        first = kind[0]
        self.align(_ALIGNED[first])
        if first in _FIXED:
            return self._number(_FIXED[first])
        if first in "so":
            return self._text(self._number("I"))
        if first == "g":
            return self._text(self._number("B"))
        if first == "v":
            return self.value(self.value("g"))
        if first == "a":
            return self._array(kind[1:])
        rest, values = kind[1:-1], []
        while rest:
            part, rest = _split(rest)
            values.append(self.value(part))
        return tuple(values)

    def _array(self, kind: str) -> list[Any]:
        length = self._number("I")
        self.align(_ALIGNED[kind[0]])
        end, items = self._at + length, []
        if end > len(self._data):
            raise ValueError
        while (before := self._at) < end:
            items.append(self.value(kind))
            # What takes no bytes could be there without end.
            if self._at == before:
                raise ValueError
        if self._at != end:
            raise ValueError
        return items

    def _number(self, code: str) -> Any:  # noqa: ANN401 - a number
        (number,) = struct.unpack_from(self._order + code, self._data, self._at)
        self._at += struct.calcsize(code)
        return number

    def _text(self, length: int) -> str:
        raw = self._data[self._at : self._at + length]
        self._at += length + 1
        if self._at > len(self._data):
            raise ValueError
        return raw.decode("utf-8", "replace")


def _split(signature: str) -> tuple[str, str]:
    """Cut off the first complete type."""
    end = 0
    while signature[end] == "a":
        end += 1
    depth = 0
    while True:
        depth += (signature[end] in "({") - (signature[end] in ")}")
        end += 1
        if not depth:
            return signature[:end], signature[end:]
