"""Stand-ins for what the agent asks on a server: the root helper, the system bus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import json
from pathlib import Path
import socket
import struct
import threading
from typing import Any

from homelab_agent.collectors.dbus_wire import HEADER, length_of, parse_answer

ROWS = "a(ssssssouso)"


def put(root: Path, name: str, text: str) -> None:
    """Write a file of a made-up machine."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@contextmanager
def listening(path: Path, serve: Callable[[socket.socket], None]) -> Iterator[None]:
    """Serve connections to a unix socket, one after the other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def run() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    serve(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        path.unlink()


class FakeHelper:
    """Answers verbs with what `answers` says, and remembers what it was asked."""

    def __init__(self) -> None:
        """Know no answer."""
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []
        self.hold = threading.Event()
        """Answers wait for it."""
        self.hold.set()

    @contextmanager
    def at(self, root: Path) -> Iterator[FakeHelper]:
        """Listen on a made-up machine."""
        path = root / "run/homelab-agent-helper.sock"
        with listening(path, self._serve):
            try:
                yield self
            finally:
                self.hold.set()

    def _serve(self, connection: socket.socket) -> None:
        line = connection.makefile("rb").readline()
        request = json.loads(line)
        assert request.keys() == {"verb"}
        self.asked.append(request["verb"])
        self.hold.wait(30)
        answer = self.answers.get(request["verb"])
        if isinstance(answer, bytes):
            connection.sendall(answer)
        elif answer is not None:
            raw = json.dumps({"ok": True} | answer).encode()
            connection.sendall(raw + b"\n")


class FakeBus:
    """The system bus with a systemd on it; units are rows of ListUnitsByNames."""

    def __init__(self) -> None:
        """Know no unit."""
        self.units: dict[str, tuple[str, str, str]] = {}
        """LoadState, ActiveState, SubState by name."""
        self.files: dict[str, str] = {}
        self.processes: dict[str, tuple[int, str]] = {}
        """Main process and control group by name."""
        self.asked: list[tuple[str, tuple[Any, ...]]] = []
        self.refuse: set[str] = set()
        """Methods."""
        self.rejected: set[str] = set()
        """Names of units."""
        self.most_at_once = 0
        """Calls that arrived together."""

    @contextmanager
    def at(self, root: Path) -> Iterator[FakeBus]:
        """Listen on a made-up machine."""
        with listening(root / "run/dbus/system_bus_socket", self._serve):
            yield self

    def _serve(self, connection: socket.socket) -> None:
        received = b""
        while b"BEGIN\r\n" not in received:
            received += connection.recv(65536)
        greeting, _, received = received.partition(b"BEGIN\r\n")
        assert greeting.startswith(b"\0AUTH EXTERNAL ")
        connection.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")
        # What comes in between is for nobody.
        connection.sendall(message(4, 99, 0, "s", (":1.7",)))
        while True:
            while len(received) < HEADER or len(received) < length_of(received):
                if not (chunk := connection.recv(65536)):
                    return
                received += chunk
            self.most_at_once = max(self.most_at_once, calls_in(received))
            length = length_of(received)
            whole, received = received[:length], received[length:]
            connection.sendall(self._answer(whole))

    def _answer(self, whole: bytes) -> bytes:
        (serial,) = struct.unpack_from("<I", whole, 8)
        call = parse_answer(whole)
        fields = header_fields(whole)
        member, path = fields[3], fields[1]
        self.asked.append((member, call.values))
        if member in self.refuse:
            return message(3, 1, serial, "s", ("No.",))
        signature, values = self._returned(member, path, call.values)
        if signature is None:
            return message(3, 1, serial, "s", ("Invalid name.",))
        return message(2, 1, serial, signature, values)

    def _returned(
        self, member: str, path: str, arguments: tuple[Any, ...]
    ) -> tuple[str | None, tuple[Any, ...]]:
        if member == "Hello":
            return "s", (":1.7",)
        if member == "ListUnitsByNames":
            if self.rejected.intersection(arguments[0]):
                return None, ()
            return ROWS, ([self._row(name) for name in arguments[0]],)
        if member == "ListUnitFiles":
            folder = "/lib/systemd/system/"
            files = [(n if "/" in n else folder + n, s) for n, s in self.files.items()]
            return "a(ss)", (files,)
        if member == "ListUnitsByPatterns":
            return ROWS, ([self._row(name) for name in self.units],)
        name = bytes.fromhex(path.rpartition("/")[2]).decode()
        pid, group = self.processes.get(name, (0, ""))
        return "v", (("u", pid) if arguments[1] == "MainPID" else ("s", group),)

    def _row(self, name: str) -> tuple[Any, ...]:
        load, active, sub = self.units.get(name, ("not-found", "inactive", "dead"))
        # Systemd escapes names in paths; any reversible way will do here.
        path = f"/org/freedesktop/systemd1/unit/{name.encode().hex()}"
        return (name, "Text", load, active, sub, "", path, 0, "", "/")


def calls_in(received: bytes) -> int:
    """Return how many messages these bytes hold, the last of which may be cut."""
    count = 0
    while len(received) >= HEADER:
        count += 1
        received = received[length_of(received) :]
    return count


def header_fields(whole: bytes) -> dict[int, Any]:
    """Return the header fields of a message of the agent's."""
    from homelab_agent.collectors.dbus_wire import _Reader  # noqa: PLC0415

    return dict(_Reader(whole, "<", 12).value("a(yv)"))


def message(
    kind: int, serial: int, reply_to: int, signature: str, values: tuple[Any, ...]
) -> bytes:
    """Write a D-Bus message, independently of the agent's own code."""
    body = bytearray()
    rest = signature
    for value in values:
        one, rest = first_type(rest)
        pack(body, one, value)
    fields = bytearray()
    entries = [(8, ("g", signature)), (5, ("u", reply_to))]
    pack(fields, "a(yv)", entries, 12)
    head = bytearray(b"l" + bytes((kind, 1, 1)) + struct.pack("<II", len(body), serial))
    head += fields
    head += bytes(-len(head) % 8)
    return bytes(head + body)


def first_type(signature: str) -> tuple[str, str]:
    """Split off the first complete type."""
    if signature[0] == "a":
        one, rest = first_type(signature[1:])
        return "a" + one, rest
    if signature[0] != "(":
        return signature[0], signature[1:]
    depth = 0
    for end, letter in enumerate(signature, 1):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return signature[:end], signature[end:]
    raise AssertionError(signature)


def pack(data: bytearray, kind: str, value: Any, base: int = 0) -> None:
    """Append a value; `base` is where the data begins in its message."""

    def align(to: int) -> None:
        data.extend(bytes(-(base + len(data)) % to))

    if kind[0] in "so":
        align(4)
        raw = value.encode()
        data.extend(struct.pack("<I", len(raw)) + raw + b"\0")
    elif kind[0] == "g":
        data.extend(bytes((len(value),)) + value.encode() + b"\0")
    elif kind[0] == "y":
        data.append(value)
    elif kind[0] == "u":
        align(4)
        data.extend(struct.pack("<I", value))
    elif kind[0] == "v":
        pack(data, "g", value[0], base)
        pack(data, value[0], value[1], base)
    elif kind[0] == "a":
        align(4)
        start = len(data)
        data.extend(bytes(4))
        align(8 if kind[1] == "(" else 4)
        begin = len(data)
        for item in value:
            pack(data, kind[1:], item, base)
        struct.pack_into("<I", data, start, len(data) - begin)
    else:
        align(8)
        rest = kind[1:-1]
        for item in value:
            one, rest = first_type(rest)
            pack(data, one, item, base)
