"""Asks each address of one network whether somebody is there: bounded and slowly.

A TCP connection to the port of SSH is all that is sent. Whoever is there must answer
the kernel's ARP request first, so the table of neighbours tells about everybody, also
about those who drop the connection.
"""

import asyncio
import contextlib
import ipaddress
import socket

from homeassistant.util import dt as dt_util

from ..core.discovery.device import Sighting, Source, sighting
from ..core.discovery.networks import Place

SSH_PORT = 22
AT_ONCE = 128
PER_SECOND = 256
SECONDS = 1.0
"""How long an address has to answer."""
_BANNER = b"SSH-"
"""What a server says first, RFC 4253, 4.2."""


def check(place: Place) -> None:
    """Raise OSError if Home Assistant has its address in a network no more."""
    _socket(place).close()


async def async_probe(place: Place) -> list[Sighting]:
    """Return who answers in a network."""
    turns = asyncio.Semaphore(AT_ONCE)
    started = asyncio.get_running_loop().time()

    async def ask(number: int, address: ipaddress.IPv4Address) -> Sighting | None:
        async with turns:
            due = started + number / PER_SECOND
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            ssh = await _async_ssh(place, str(address))
        if ssh is None:
            return None
        return sighting(Source.PROBE, str(address), ssh=ssh, seen=dt_util.utcnow())

    found = await asyncio.gather(
        *(ask(number, address) for number, address in enumerate(place.others))
    )
    return [each for each in found if each is not None]


async def _async_ssh(place: Place, address: str) -> bool | None:
    """Return whether an SSH server answers; None if nobody does."""
    loop = asyncio.get_running_loop()
    try:
        with _socket(place) as connection:
            async with asyncio.timeout(SECONDS):
                await loop.sock_connect(connection, (address, SSH_PORT))
            return await _async_greeted(connection)
    except ConnectionRefusedError:
        return False
    except OSError:
        return None


async def _async_greeted(connection: socket.socket) -> bool:
    """Return whether somebody says what an SSH server says."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(SECONDS):
            return (await loop.sock_recv(connection, 64)).startswith(_BANNER)
    except OSError:
        return False


def _socket(place: Place) -> socket.socket:
    """Return a socket whose packets stay in the network of one adapter."""
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        # No router gets any of it, whatever the routes say.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)
        # Not everybody may say so; the address says nearly the same.
        with contextlib.suppress(PermissionError):
            name = place.adapter.encode()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name)
        connection.bind((str(place.address), 0))
    except BaseException:
        connection.close()
        raise
    return connection
