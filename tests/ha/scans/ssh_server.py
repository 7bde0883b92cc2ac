"""An SSH server on loopback, whose shell is this machine's, or misbehaves."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Self, override

import asyncssh

PASSWORD = "correct horse"

type Shell = Callable[[asyncssh.SSHServerProcess[bytes]], Coroutine[Any, Any, None]]


def mark_of(command: str) -> str:
    """Return what the answer to a command is to be marked with."""
    return command.rsplit("printf", maxsplit=1)[-1].split()[-2]


def answer(process: asyncssh.SSHServerProcess[bytes], text: str) -> None:
    """Answer as a shell does whose first way succeeds."""
    mark = mark_of(process.command or "")
    process.stdout.write(f"\n{mark} way 0\n{text}\n{mark} end 0\n".encode())
    process.exit(0)


async def real_shell(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """Run what is asked for; but apt, which takes seconds."""
    if "apt-get" in (process.command or ""):
        answer(process, "Inst bash [5.1] (5.2 Debian:12/stable [amd64])")
        return
    ran = await asyncio.create_subprocess_exec(
        *("sh", "-c", process.command or ""),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    output, _ = await ran.communicate()
    process.stdout.write(output)
    process.exit(ran.returncode or 0)


@dataclass
class SshServer:
    """A machine with an SSH server."""

    shell: Shell = real_shell
    authorized: list[str] = field(default_factory=list)
    """Lines of keys that are let in."""
    key: asyncssh.SSHKey = field(
        default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519")
    )
    compression: list[str] | None = None
    """What it wants to be spoken to in; None is whatever there is."""
    port: int = 0
    connections: int = 0
    most: int = 0
    """How many were there at once."""
    came: int = 0
    tried: list[str] = field(default_factory=list)
    """The users who tried to log in: by what, and whether that was right."""
    asked: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _acceptor: asyncssh.SSHAcceptor | None = None
    _open: list[asyncssh.SSHServerConnection] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def _listen(self) -> None:
        self._acceptor = await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_factory=lambda: _Door(self),
            server_host_keys=[self.key],
            process_factory=self._serve,
            encoding=None,
            compression_algs=self.compression or (),
        )
        self.port = self._acceptor.get_port()

    async def __aexit__(self, *_error: object) -> None:
        for connection in tuple(self._open):
            connection.abort()
        assert self._acceptor is not None
        self._acceptor.close()
        await self._acceptor.wait_closed()

    async def replace_key(self, algorithm: str = "ssh-ed25519") -> None:
        """Be another machine at the same place."""
        await self.__aexit__()
        self.key = asyncssh.generate_private_key(algorithm)
        await self._listen()

    async def _serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        self.asked.append(process.command or "")
        self.noted()
        await self.shell(process)

    def noted(self) -> None:
        """Wake whoever waits for something to happen."""
        self.changed.set()

    async def until(self, reached: Callable[[], bool]) -> None:
        """Return once something has happened here."""
        while not reached():
            self.changed.clear()
            await self.changed.wait()

    def cut(self) -> None:
        """Cut all connections."""
        for connection in tuple(self._open):
            connection.abort()

    @property
    def fingerprint(self) -> str:
        """The fingerprint of its key."""
        return self.key.get_fingerprint()


class _Door(asyncssh.SSHServer):
    """Lets in who knows the password or has an authorized key."""

    def __init__(self, server: SshServer) -> None:
        self._server = server
        self._connection: asyncssh.SSHServerConnection | None = None

    @override
    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._server._open.append(conn)
        self._server.came += 1
        self._server.connections += 1
        self._server.most = max(self._server.most, self._server.connections)
        self._server.noted()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        assert self._connection is not None
        self._server._open.remove(self._connection)
        self._server.connections -= 1
        self._server.noted()

    @override
    def begin_auth(self, username: str) -> bool:
        assert self._connection is not None
        self._server.tried.append(username)
        keys = asyncssh.import_authorized_keys("\n".join(self._server.authorized))
        self._connection.set_authorized_keys(keys)
        return True

    @override
    def password_auth_supported(self) -> bool:
        return True

    @override
    def validate_password(self, username: str, password: str) -> bool:
        self._server.tried.append(f"{username} by password")
        return password == PASSWORD
