"""A helper to talk to, with a systemctl and container engines that it may meet."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import pwd
import socket
import subprocess
import sys
import threading
import time
from typing import Any
from uuid import uuid4

from helper import homelab_helper as helper

PATHS = ("whitelist", "actions", "sys", "dev", "root")
COMMAND = (sys.executable, "-I", "-S", str(Path(__file__).with_name("launcher.py")))
PATIENCE = 20.0
"""Seconds that are only waited for when something is wrong."""

FAKE_SYSTEMCTL = r"""#!/bin/sh
here=${0%/*}
for word; do printf '%s\n' "$word"; done >"$here/call.$$"
env >"$here/environment"
ls -l /proc/self/fd >"$here/descriptors"
[ ! -e "$here/output" ] || cat "$here/output"
if [ -e "$here/hang" ]; then sleep 61 & echo $! >"$here/child"; wait; fi
[ ! -e "$here/fail" ] || exit 5
"""

Reply = bytes | Callable[[socket.socket], None]


def wait_for_end(process: int) -> None:
    """Wait until a killed process is dead; whoever adopts it may bury it later."""
    stat, until = Path("/proc", str(process), "stat"), time.monotonic() + PATIENCE
    with suppress(FileNotFoundError, ProcessLookupError):
        while stat.read_text().rpartition(") ")[2][0] != "Z":
            assert time.monotonic() < until
            time.sleep(0.01)


def http_answer(body: object, status: str = "200 OK") -> bytes:
    """Return an engine's answer; bytes stay what they are."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (
        status.encode(),
        len(data),
        data,
    )


class FakeEngine:
    """A container engine on a unix socket that answers as it is told."""

    def __init__(self, path: Path, replies: dict[str, Reply]) -> None:
        self.requests: list[str] = []
        self.stopped = threading.Event()
        self._replies = replies
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        # close() makes accept() fail, which is the end.
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                thread = threading.Thread(target=self._answer, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            data = b""
            while b"\r\n\r\n" not in data:
                if not (chunk := connection.recv(65536)):
                    return
                data += chunk
            request = data.decode("latin-1").partition(" HTTP/")[0]
            self.requests.append(request)
            reply = self._replies.get(request, http_answer({}, "404 Not Found"))
            if callable(reply):
                reply(connection)
            else:
                connection.sendall(reply)

    def close(self) -> None:
        self.stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)
        self._listener.close()


@dataclass
class Conversation:
    """One connection to one process of the helper."""

    connection: socket.socket
    process: subprocess.Popen[bytes]
    stderr: str = ""
    accepted: bool = False

    def raw(self) -> bytes:
        """Return all that it answers, once it has ended by itself and in order."""
        self.connection.settimeout(PATIENCE)
        data = b""
        # It may end with parts of the request unread; that is no answer either.
        with suppress(ConnectionResetError):
            while chunk := self.connection.recv(65536):
                data += chunk
        self.connection.close()
        _, stderr = self.process.communicate(timeout=PATIENCE)
        self.stderr = stderr.decode()
        assert "Traceback" not in self.stderr
        assert self.process.returncode == 0
        return data

    def answer(self) -> dict[str, Any]:
        """Return its line of JSON, the second one if the first says that it acts."""
        data = self.raw()
        assert data.endswith(b"\n")
        assert data.isascii()
        lines = data.splitlines()
        self.accepted = lines[0] == b'{"accepted": true}'
        (line,) = lines[self.accepted :]
        parsed = json.loads(line)
        assert isinstance(parsed["ok"], bool)
        if not parsed["ok"]:
            assert isinstance(parsed["code"], str)
            assert isinstance(parsed["message"], str)
        return dict(parsed)


@dataclass
class Rig:
    """Everything around the helper, below one folder."""

    folder: Path
    engine_list: list[FakeEngine] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    changes: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("etc", "bin", "run", "sys", "dev", "actions"):
            (self.folder / name).mkdir(mode=0o755)
        self.systemctl.write_text(FAKE_SYSTEMCTL)
        self.systemctl.chmod(0o755)
        stand_in = self.folder / "bin/systemd-run"
        program = Path(__file__).with_name("systemd_run.py").read_text()
        stand_in.write_text(f"#!{sys.executable} -S\n{program}")
        stand_in.chmod(0o755)

    @property
    def systemctl(self) -> Path:
        return self.folder / "bin/systemctl"

    @property
    def zpool(self) -> Path:
        return self.folder / "bin/zpool"

    @property
    def whitelist(self) -> Path:
        return self.folder / "etc/allowed.toml"

    def settings(self) -> dict[str, Any]:
        return {
            "agent_user": pwd.getpwuid(os.getuid()).pw_name,
            "whitelist": str(self.whitelist),
            "owner": os.getuid(),
            "actions": str(self.folder / "actions"),
            "systemctl": str(self.systemctl),
            "journalctl": str(self.systemctl),
            "root": str(self.folder),
            "sys": str(self.folder / "sys"),
            "dev": str(self.folder / "dev"),
            "systemd_run": str(self.folder / "bin/systemd-run"),
            "runner": list(COMMAND),
            "zpool": [str(self.zpool)],
            "request_seconds": PATIENCE,
            "zpool_seconds": PATIENCE,
            "engine_seconds": PATIENCE,
            "restart_seconds": PATIENCE,
            "script_seconds": PATIENCE,
            "engines": [
                [name, str(self.engine_socket(name))] for name in ("docker", "podman")
            ],
            **self.changes,
        }

    def engine_socket(self, name: str) -> Path:
        return self.folder / f"run/{name}.sock"

    def engine(self, name: str, replies: dict[str, Reply]) -> FakeEngine:
        engine = FakeEngine(self.engine_socket(name), replies)
        self.engine_list.append(engine)
        return engine

    def allow(self, text: str) -> None:
        self.whitelist.write_text(text)
        self.whitelist.chmod(0o644)

    def program(self, name: str, text: str = "") -> None:
        """Have the fake systemctl print "output", "fail" or "hang"."""
        (self.systemctl.parent / name).write_text(text)

    def note(self, name: str) -> str:
        return (self.systemctl.parent / name).read_text()

    def calls(self) -> list[list[str]]:
        """Return how systemctl was called."""
        return [
            path.read_text().splitlines()
            for path in sorted(self.systemctl.parent.glob("call.*"))
        ]

    def start(
        self, pair: tuple[socket.socket, socket.socket] | None = None
    ) -> Conversation:
        """Start the helper as systemd would: the connection is its standard input."""
        ours, theirs = pair or socket.socketpair()
        with theirs:
            process = subprocess.Popen(
                [*COMMAND, json.dumps(self.settings())],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.PIPE,
            )
        self.conversations.append(Conversation(ours, process))
        return self.conversations[-1]

    def send(self, data: bytes) -> Conversation:
        conversation = self.start()
        # It need not have read everything to know that it refuses.
        with suppress(ConnectionError):
            conversation.connection.sendall(data)
        return conversation

    def request(self, verb: object, *target: object, **more: object) -> bytes:
        """Return a request; one that has a target is an action that never was."""
        named = {"target": target[0], "id": str(uuid4())} if target else {}
        return json.dumps({"verb": verb} | named | more).encode()

    def ask(self, verb: object, *target: object) -> dict[str, Any]:
        return self.send(self.request(verb, *target) + b"\n").answer()

    def hear(self, verb: object, *target: object) -> dict[str, Any]:
        """Ask as with ask(), but in this process."""
        return self.respond(self.request(verb, *target))

    def respond(self, data: bytes) -> dict[str, Any]:
        """Let the helper's functions answer in this process, which is faster."""
        values = self.settings()
        for name in PATHS:
            values[name] = Path(values[name])
        values["engines"] = tuple(map(tuple, values["engines"]))
        values["runner"] = (*COMMAND, json.dumps(self.settings()))
        ours, theirs = socket.socketpair()
        with ours, helper.DeadlineSocket(fileno=theirs.detach()) as connection:
            ours.setblocking(False)
            ours.sendall(data)
            ours.shutdown(socket.SHUT_WR)
            try:
                return helper.respond(connection, helper.Settings(**values))
            except helper.RefusedError as refusal:
                return helper.failure(*refusal.args)

    def close(self) -> None:
        for conversation in self.conversations:
            conversation.connection.close()
            if conversation.process.poll() is None:
                conversation.process.kill()
            conversation.process.communicate()
        for engine in self.engine_list:
            engine.close()
