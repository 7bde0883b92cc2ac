"""Speaks SSH to machines. The only user of asyncssh, and loaded with the first scan."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
import inspect
import os
from typing import Any, override

import asyncssh

from ..core.scans.asking import Answer, line_for
from ..core.scans.commands import Command
from ..core.scans.host_keys import HostKey, key_of
from ..core.scans.scan import Failure
from .failures import ScanFailedError
from .password import Password

LOGIN_SECONDS = 20
"""How long it may take until we are logged in, with everything before that."""
_ALIVE_SECONDS, _ALIVE_TRIES = 10, 3
"""How often a machine that says nothing is asked whether it is still there."""
_CHUNK = 64 * 1024
_WINDOW = 256 * 1024
"""Bytes that a machine may send before we have read them."""
_CLOSING_SECONDS = 3
_RSA = ("rsa-sha2-512", "rsa-sha2-256")
_ALGORITHMS = {"ssh-rsa": _RSA}
"""How keys are used to sign, where that is not what they are called."""
_PREFERRED = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    *_RSA,
)
"""Of several keys of a host the one that OpenSSH shows as well, for people to compare;
asyncssh itself asks for RSA first, which dropbear 2022.83 falls over if it has none."""
_UTF8 = "utf8_decode_errors"
_KNOWN = inspect.signature(asyncssh.SSHClientConnectionOptions.prepare).parameters
_TOLERANT: dict[str, Any] = {_UTF8: "replace"} if _UTF8 in _KNOWN else {}
"""Greetings may be in any encoding; asyncssh before 2.22 can't be told so."""

type Accept = Callable[[HostKey], bool]


@dataclass(frozen=True, kw_only=True)
class Login:
    """Where to log in, and how."""

    address: str
    port: int
    username: str
    password: Password | None = None
    private_key: str | None = field(default=None, repr=False)
    """Ours; it is not shown to a machine that is given a password."""
    algorithm: str | None = None
    """Of the host's key, if it is known already: it may have several."""


class _Client(asyncssh.SSHClient):
    """Looks at the host's key, before anything else is said."""

    def __init__(self, accept: Accept) -> None:
        self._accept = accept
        self.refused = False

    @override
    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        self.refused = not self._accept(key_of(key.export_public_key().decode()))
        return not self.refused


class Machine:
    """A machine that we are logged in to."""

    def __init__(self, connection: asyncssh.SSHClientConnection) -> None:
        """Take the connection."""
        self._connection = connection

    async def ask(self, command: Command, token: str) -> Answer:
        """Ask something; raises ScanFailedError if the machine is gone."""
        try:
            process = await self._connection.create_process(
                line_for(command, token),
                encoding=None,
                stdin=asyncssh.DEVNULL,
                stderr=asyncssh.DEVNULL,
                window=_WINDOW,
            )
        except asyncssh.ChannelOpenError:
            # It lets us in and does nothing for us.
            self._check()
            return Answer(output=b"")
        except (asyncssh.Error, OSError) as err:
            raise _lost(err) from err
        ended = False
        try:
            answer = await self._read(process, command)
            ended = not (answer.too_long or answer.timed_out)
            return answer
        finally:
            await _end(process, ended=ended)

    async def _read(
        self, process: asyncssh.SSHClientProcess[bytes], command: Command
    ) -> Answer:
        output = bytearray()
        too_long = timed_out = False
        try:
            async with asyncio.timeout(command.seconds):
                while chunk := await process.stdout.read(_CHUNK):
                    output += chunk
                    if too_long := len(output) > command.limit:
                        break
        except TimeoutError:
            timed_out = True
        except (asyncssh.Error, OSError) as err:
            raise _lost(err) from err
        if not (too_long or timed_out):
            self._check()
        return Answer(
            output=bytes(output[: command.limit]),
            too_long=too_long,
            timed_out=timed_out,
        )

    def _check(self) -> None:
        """Raise ScanFailedError if the machine is gone: it looks like an end."""
        if self._connection.is_closed():
            raise ScanFailedError(Failure.CONNECTION_LOST)


async def _end(process: asyncssh.SSHClientProcess[bytes], *, ended: bool) -> None:
    """End a command, so that nothing of it goes on running on the machine."""
    if not ended:
        with suppress(OSError):
            process.kill()
    process.close()
    with suppress(TimeoutError, asyncssh.Error, OSError):
        async with asyncio.timeout(_CLOSING_SECONDS):
            await process.wait_closed()


@asynccontextmanager
async def logged_in(login: Login, accept: Accept) -> AsyncIterator[Machine]:
    """Log in to a machine whose key is accepted; raises ScanFailedError."""
    connection = await _connect(login, accept)
    try:
        yield Machine(connection)
    finally:
        connection.abort()
        with suppress(TimeoutError, asyncssh.Error, OSError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                await connection.wait_closed()


async def _connect(login: Login, accept: Accept) -> asyncssh.SSHClientConnection:
    client = _Client(accept)
    try:
        connection, _ = await asyncssh.create_connection(
            lambda: client,
            login.address,
            login.port,
            # None of this user's own settings, keys and agents are ours to use.
            config=None,
            agent_path=None,
            gss_auth=False,
            gss_kex=False,
            host_based_auth=False,
            # Empty, so that the client above is asked.
            known_hosts=([], [], []),
            x509_trusted_certs=None,
            server_host_key_algs=_host_key_algorithms(login),
            username=login.username,
            client_keys=_keys(login),
            password=login.password and login.password.reveal(),
            # A little of it would unpack to more than there is memory.
            compression_algs=None,
            connect_timeout=LOGIN_SECONDS,
            login_timeout=LOGIN_SECONDS,
            keepalive_interval=_ALIVE_SECONDS,
            keepalive_count_max=_ALIVE_TRIES,
            **_TOLERANT,
        )
    except asyncssh.PermissionDenied as err:
        raise ScanFailedError(Failure.LOGIN_REFUSED) from err
    except asyncssh.HostKeyNotVerifiable as err:
        # Whoever refused it knows more of why.
        raise ScanFailedError(Failure.HOST_KEY_UNKNOWN) from err
    except asyncssh.KeyExchangeFailed as err:
        if login.algorithm is None:
            raise ScanFailedError(Failure.NOT_SSH, str(err)) from err
        # It no longer has a key of the kind that it had: see which one it has.
        return await _connect(_any_key(login), accept)
    except TimeoutError as err:
        raise ScanFailedError(Failure.UNREACHABLE, "no answer") from err
    except (ConnectionResetError, BrokenPipeError, asyncssh.ConnectionLost) as err:
        raise _lost(err) from err
    except OSError as err:
        # asyncio's own text says where it was to go, which is known, and not why.
        detail = os.strerror(err.errno) if err.errno else str(err)
        raise ScanFailedError(Failure.UNREACHABLE, detail) from err
    except (asyncssh.Error, ValueError) as err:
        raise ScanFailedError(Failure.NOT_SSH, str(err)) from err
    return connection


def _any_key(login: Login) -> Login:
    return Login(
        address=login.address,
        port=login.port,
        username=login.username,
        password=login.password,
        private_key=login.private_key,
    )


def _host_key_algorithms(login: Login) -> list[str]:
    if login.algorithm is None:
        return [*_PREFERRED]
    return [*_ALGORITHMS.get(login.algorithm, (login.algorithm,))]


def _keys(login: Login) -> list[asyncssh.SSHKey] | None:
    if login.password is not None or login.private_key is None:
        return None
    return [asyncssh.import_private_key(login.private_key)]


def _lost(error: Exception) -> ScanFailedError:
    return ScanFailedError(Failure.CONNECTION_LOST, str(error))
