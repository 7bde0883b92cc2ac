"""One kind of HTTP/1.1 exchange: POST a body, read the answer. RFC 9112.

The standard library's client loads its mail package to read headers, an eighth of all
the memory that the agent may use.
"""

from __future__ import annotations

from collections.abc import Mapping
import re
import select
import socket
import time

_MAX_HEAD = 64 * 1024
_CHUNK = 65536
_STATUS = re.compile(r"HTTP/1\.([01]) (\d{3})(?: .*)?")
_SIZE = re.compile(r"[0-9A-Fa-f]{1,8}")
_INTERIM = range(100, 200)
_EMPTY = {204, 304}


class HttpError(Exception):
    """What came is not HTTP."""


class CutError(HttpError):
    """The answer ends before its end."""


class TooMuchError(HttpError):
    """The answer is larger than was allowed."""


class Connection:
    """A connected socket that carries exchanges one after the other."""

    def __init__(self, connected: socket.socket, max_body: int) -> None:
        """Take the bytes that an answer may have."""
        self.reusable = True
        """Whether the other side keeps the connection for another exchange."""
        self._socket = connected
        self._max_body = max_body
        self._buffer = bytearray()
        self._until = 0.0

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    @property
    def silent(self) -> bool:
        """Whether nothing has come since the last answer, not even the end.

        What comes unasked would be taken for the answer to the next request.
        """
        readable, _, _ = select.select([self._socket], [], [], 0)
        return not readable and not self._buffer

    def post(
        self, path: str, headers: Mapping[str, str], body: bytes, seconds: float
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers (names in lower case) and body of the answer.

        Raises OSError, ValueError or HttpError; TimeoutError if all of it takes longer
        than `seconds`, however busy the other side keeps the connection.
        """
        self._until = time.monotonic() + seconds
        lines = [f"POST {path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body)}", "", ""]
        # At once, so that a body never waits for the acknowledgement of the headers.
        self._socket.settimeout(seconds)
        self._socket.sendall("\r\n".join(lines).encode("ascii") + body)
        while True:
            minor, status, found = self._head()
            if status not in _INTERIM:
                break
        options = found.get("connection", "").lower()
        self.reusable = minor == "1" and "close" not in options
        return status, found, self._body(status, found)

    def _head(self) -> tuple[str, int, dict[str, str]]:
        head = self._until_mark(b"\r\n\r\n").decode("latin-1")
        first, *lines = head.split("\r\n")
        if (match := _STATUS.fullmatch(first)) is None:
            raise HttpError(first[:80])
        headers: dict[str, str] = {}
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon:
                raise HttpError(line[:80])
            headers[name.strip().lower()] = value.strip()
        return match[1], int(match[2]), headers

    def _body(self, status: int, headers: Mapping[str, str]) -> bytes:
        if status in _EMPTY:
            return b""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunks()
        if (length := headers.get("content-length")) is None:
            return self._rest()
        # Digits only: int() knows more.
        if not re.fullmatch("[0-9]{1,18}", length):
            raise HttpError(f"Content-Length: {length[:40]}")
        return self._exactly(int(length))

    def _chunks(self) -> bytes:
        body = bytearray()
        while True:
            line = self._until_mark(b"\r\n").decode("latin-1")
            if not (match := _SIZE.match(line)):
                raise HttpError(line[:80])
            if not (size := int(match[0], 16)):
                break
            if len(body) + size > self._max_body:
                raise TooMuchError
            body += self._exactly(size)
            if self._exactly(2) != b"\r\n":
                raise HttpError("a chunk does not end")
        while self._until_mark(b"\r\n"):
            continue
        return bytes(body)

    def _rest(self) -> bytes:
        self.reusable = False
        while len(self._buffer) <= self._max_body:
            if not self._more():
                return self._taken(len(self._buffer))
        raise TooMuchError

    def _exactly(self, size: int) -> bytes:
        if size > self._max_body:
            raise TooMuchError
        while len(self._buffer) < size:
            if not self._more():
                raise CutError
        return self._taken(size)

    def _until_mark(self, mark: bytes) -> bytes:
        while (end := self._buffer.find(mark)) < 0:
            if len(self._buffer) > _MAX_HEAD:
                raise HttpError("endless headers")
            started = bool(self._buffer)
            if not self._more():
                if started and not self._buffer.startswith(b"HTTP/"):
                    raise HttpError(self._buffer[:80].decode("latin-1"))
                raise ConnectionResetError
        found = self._taken(end)
        del self._buffer[: len(mark)]
        return found

    def _taken(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _more(self) -> bool:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        chunk = self._socket.recv(_CHUNK)
        self._buffer += chunk
        return bool(chunk)
