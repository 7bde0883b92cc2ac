"""What the actions answer about devices."""

from homeassistant.util.json import JsonObjectType

from ..core.discovery.device import Device
from ..core.discovery.networks import Place
from ..servers.coordinator import ServerCoordinator


def device_response(
    device: Device, vendor: str | None, server: ServerCoordinator | None
) -> JsonObjectType:
    """Return what is said of a device."""
    return {
        "device": device.device_id,
        "name": device.name,
        "mac": device.mac,
        "addresses": list(device.addresses),
        "vendor": vendor,
        "ssh": device.ssh,
        "server": None
        if server is None
        else {"server_id": server.config.server_id, "name": server.config.name},
        "sources": [source.value for source in device.sources],
        "first_seen": device.first_seen.isoformat(),
        "last_seen": device.last_seen.isoformat(),
    }


def place_response(place: Place) -> JsonObjectType:
    """Return what is said of a network."""
    why = place.why
    return {
        "network": str(place.network),
        "adapter": place.adapter,
        "addresses": len(place.others) if why is None else None,
        "probe": why is None,
        "why": why and why.value,
    }
