"""Where a machine is found, and whether it is one of this home."""

import asyncio
import ipaddress
import socket

from homeassistant.components.network import async_get_adapters
from homeassistant.core import HomeAssistant

from ..core.scans.scan import Failure
from ..core.scans.targets import (
    Address,
    Network,
    Target,
    TargetError,
    as_address,
    reachable,
)
from .failures import ScanFailedError

_LOOKUP_SECONDS = 10


async def async_find(hass: HomeAssistant, target: Target) -> str:
    """Return the address to connect to; raises ScanFailedError."""
    try:
        return str(reachable(await _addresses(hass, target), await _ours(hass)))
    except TargetError as err:
        raise ScanFailedError(Failure.PUBLIC_ADDRESS, err.value) from err


async def async_check(hass: HomeAssistant, target: Target) -> None:
    """Raise TargetError for an address that is not scanned; names wait until then."""
    if (address := as_address(target.host)) is not None:
        reachable([address], await _ours(hass))


async def _addresses(hass: HomeAssistant, target: Target) -> list[Address]:
    if (address := as_address(target.host)) is not None:
        return [address]
    try:
        async with asyncio.timeout(_LOOKUP_SECONDS):
            found = await hass.loop.getaddrinfo(
                target.host, target.port, type=socket.SOCK_STREAM
            )
    except TimeoutError as err:
        raise ScanFailedError(Failure.UNKNOWN_HOST, "no answer") from err
    except OSError as err:
        raise ScanFailedError(Failure.UNKNOWN_HOST, err.strerror) from err
    # A link-local one comes with a zone; that is the resolver's, and holds here only.
    known = (as_address(str(each[4][0]).partition("%")[0]) for each in found)
    return list(dict.fromkeys(filter(None, known)))


async def _ours(hass: HomeAssistant) -> list[Network]:
    """Return the networks that Home Assistant itself is in."""
    networks: list[Network] = []
    for adapter in await async_get_adapters(hass):
        for known in (*adapter["ipv4"], *adapter["ipv6"]):
            place = f"{known['address']}/{known['network_prefix']}"
            networks.append(ipaddress.ip_network(place, strict=False))
    return networks
