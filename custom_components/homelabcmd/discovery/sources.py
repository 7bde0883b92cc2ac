"""What Home Assistant knows of the home network already; nothing is sent for it."""

from collections.abc import Iterable
import ipaddress
from typing import Any

from homeassistant.components.network import async_get_adapters
from homeassistant.core import HomeAssistant, callback

from ..core.discovery.device import Sighting, Source, sighting
from ..core.discovery.networks import Place, place
from . import neighbours

_ADDRESSES = frozenset({1, 28})
"""The types of DNS records with an address: A and AAAA, RFC 1035 and RFC 3596."""


async def async_places(hass: HomeAssistant) -> list[Place]:
    """Return the IPv4 networks of Home Assistant's adapters, those in use first."""
    adapters = sorted(
        await async_get_adapters(hass), key=lambda each: not each["enabled"]
    )
    found = (
        place(adapter["name"], known["address"], known["network_prefix"])
        for adapter in adapters
        for known in adapter["ipv4"]
    )
    return [each for each in found if each is not None]


async def async_known(hass: HomeAssistant) -> list[Sighting]:
    """Return what there is to know without sending anything."""
    adapters = await async_get_adapters(hass)
    used = frozenset(each["name"] for each in adapters if each["enabled"])
    ours = {
        known["address"]
        for adapter in adapters
        for known in (*adapter["ipv4"], *adapter["ipv6"])
    }
    found = [
        *_dhcp(hass),
        *_zeroconf(hass),
        *await async_neighbours(hass, used),
    ]
    # A container's engine answers on many addresses: none of them is a neighbour.
    return [each for each in found if each.address not in ours]


async def async_neighbours(
    hass: HomeAssistant, adapters: frozenset[str]
) -> list[Sighting]:
    """Return with whom the kernel of this machine has spoken over some adapters."""
    found = await hass.async_add_executor_job(neighbours.read, adapters)
    return _sightings(
        sighting(Source.NEIGHBOURS, mac=each.mac, address=each.address)
        for each in found
    )


@callback
def _dhcp(hass: HomeAssistant) -> list[Sighting]:
    """Return what Home Assistant's DHCP integration knows, where that is in use."""
    if "dhcp" not in hass.config.components:
        return []
    # Only here: what it needs is there only where it is in use.
    from homeassistant.components.dhcp.helpers import (  # noqa: PLC0415
        async_discovered_service_info,
    )

    return _sightings(
        sighting(Source.DHCP, mac=each.macaddress, address=each.ip, name=each.hostname)
        for each in async_discovered_service_info(hass)
    )


@callback
def _zeroconf(hass: HomeAssistant) -> list[Sighting]:
    """Return the machines that have announced themselves by mDNS lately."""
    if "zeroconf" not in hass.config.components:
        return []
    # Only here, as above.
    from homeassistant.components.zeroconf import (  # noqa: PLC0415
        async_get_async_zeroconf,
    )

    cache: Any = async_get_async_zeroconf(hass).zeroconf.cache
    return _sightings(
        sighting(Source.ZEROCONF, address=_text(record.address), name=name)
        for name in cache.names()
        for record in cache.entries_with_name(name)
        if record.type in _ADDRESSES
    )


def _text(packed: bytes) -> str:
    return str(ipaddress.ip_address(packed))


def _sightings(found: Iterable[Sighting | None]) -> list[Sighting]:
    return [each for each in found if each is not None]
