"""What Home Assistant knows of the home network already; nothing is sent for it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
import ipaddress
from typing import Any

from homeassistant.components.network import async_get_adapters
from homeassistant.core import HomeAssistant, callback

from ..const import LOGGER
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


class Known:
    """What there is to know without sending anything."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without having looked."""
        self._hass = hass
        self._leases: dict[str, tuple[str, str]] = {}
        # What is in its table by now may be as old as Home Assistant's start.
        self._catching_up = hass.is_running

    async def async_look(self, wall: datetime) -> list[Sighting]:
        """Return who is known."""
        adapters = await async_get_adapters(self._hass)
        used = frozenset(each["name"] for each in adapters if each["enabled"])
        ours = {
            known["address"]
            for adapter in adapters
            for known in (*adapter["ipv4"], *adapter["ipv6"])
        }
        found = [
            *self._dhcp(wall),
            *_zeroconf(self._hass, wall),
            *await async_neighbours(self._hass, used, wall),
        ]
        # A container's engine answers on many addresses: none of them is a neighbour.
        return [each for each in found if ours.isdisjoint(each.addresses)]

    @callback
    def _dhcp(self, wall: datetime) -> list[Sighting]:
        """Return what Home Assistant's DHCP integration knows, where that is in use.

        It forgets nobody until it stops: only who is new in it was there just now.
        """
        if "dhcp" not in self._hass.config.components:
            return []
        try:
            # Only here: what it needs is there only where it is in use.
            from homeassistant.components.dhcp.helpers import (  # noqa: PLC0415
                async_discovered_service_info,
            )
        except ImportError:
            # Not for others in Home Assistant 2026.3.
            return []
        found: list[Sighting | None] = []
        for each in async_discovered_service_info(self._hass):
            lease = (each.ip, each.hostname)
            new = self._leases.get(each.macaddress) != lease
            self._leases[each.macaddress] = lease
            found.append(
                sighting(
                    Source.DHCP,
                    each.ip,
                    mac=each.macaddress,
                    name=each.hostname,
                    seen=wall if new and not self._catching_up else None,
                )
            )
        self._catching_up = False
        return _sightings(found)


async def async_neighbours(
    hass: HomeAssistant, adapters: frozenset[str], wall: datetime
) -> list[Sighting]:
    """Return with whom the kernel of this machine has spoken over some adapters."""
    try:
        found = await hass.async_add_executor_job(neighbours.read, adapters)
    except OSError as err:
        # A sandbox may keep the kernel's tables to itself.
        LOGGER.debug("The table of neighbours can't be read: %s", err)
        return []
    return _sightings(
        sighting(
            Source.NEIGHBOURS,
            each.address,
            mac=each.mac,
            seen=wall - timedelta(seconds=each.age),
        )
        for each in found
    )


@callback
def _zeroconf(hass: HomeAssistant, wall: datetime) -> list[Sighting]:
    """Return the machines that have announced themselves by mDNS lately."""
    if "zeroconf" not in hass.config.components:
        return []
    # Only here, as above.
    from homeassistant.components.zeroconf import (  # noqa: PLC0415
        async_get_async_zeroconf,
    )
    from zeroconf import current_time_millis  # noqa: PLC0415

    cache: Any = async_get_async_zeroconf(hass).zeroconf.cache
    now = current_time_millis()
    found: list[Sighting | None] = []
    for name in cache.names():
        records = [
            record
            for record in cache.entries_with_name(name)
            if record.type in _ADDRESSES and not record.is_expired(now)
        ]
        if records:
            age = now - max(record.created for record in records)
            found.append(
                sighting(
                    Source.ZEROCONF,
                    *sorted(_text(record.address) for record in records),
                    name=name,
                    seen=wall - timedelta(milliseconds=age),
                )
            )
    return _sightings(found)


def _text(packed: bytes) -> str:
    return str(ipaddress.ip_address(packed))


def _sightings(found: Iterable[Sighting | None]) -> list[Sighting]:
    return [each for each in found if each is not None]
