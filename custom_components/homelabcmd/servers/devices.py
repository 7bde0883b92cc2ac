"""The devices: the hub, and under it one for each server."""

import contextlib

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr

from ..const import DOMAIN
from ..core.servers.server import Facts
from .coordinator import ServerCoordinator

_MANUFACTURER = "HomelabCmd"


def async_register_hub(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Register the device that the servers hang on, and return its id."""
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, entry.entry_id)},
        manufacturer=_MANUFACTURER,
        name=entry.title,
        entry_type=dr.DeviceEntryType.SERVICE,
    )
    return device.id


def async_register_server(
    hass: HomeAssistant, coordinator: ServerCoordinator, hub_device_id: str
) -> str:
    """Register a server's device, or bring it up to date; return its id."""
    registry = dr.async_get(hass)
    config, facts = coordinator.config, coordinator.data.facts
    device = registry.async_get_or_create(
        config_entry_id=coordinator.config_entry.entry_id,
        config_subentry_id=coordinator.subentry_id,
        identifiers={(DOMAIN, config.server_id)},
        name=config.name,
        suggested_area=config.location,
    )
    registry.async_update_device(
        device.id,
        name=config.name,
        model=facts.host.cpu_model,
        hw_version=facts.os_info.architecture,
        sw_version=_software(facts),
        via_device_id=hub_device_id,
    )
    _connect(registry, coordinator, device.id)
    return device.id


def async_move_server(
    hass: HomeAssistant, coordinator: ServerCoordinator, before: str | None
) -> None:
    """Let the device follow the server's location, unless the user has placed it."""
    location = coordinator.config.location
    areas = ar.async_get(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=coordinator.config_entry.entry_id,
        config_subentry_id=coordinator.subentry_id,
        identifiers={(DOMAIN, coordinator.config.server_id)},
    )
    old = areas.async_get_area_by_name(before) if before else None
    if location and device.area_id in (None, old.id if old else None):
        dr.async_get(hass).async_update_device(
            device.id, area_id=areas.async_get_or_create(location).id
        )


def _software(facts: Facts) -> str | None:
    """Return operating system, kernel and agent in a line."""
    parts = [
        facts.operating_system,
        facts.os_info.kernel and f"kernel {facts.os_info.kernel}",
        facts.agent.version and f"agent {facts.agent.version}",
    ]
    return ", ".join(part for part in parts if part) or None


def _connect(
    registry: dr.DeviceRegistry, coordinator: ServerCoordinator, device_id: str
) -> None:
    """Give the device its MAC address, unless another server's device has it.

    Cloned virtual machines share their address. Before Home Assistant 2026.8 an
    address belonged to one device of all integrations: a router may have it.
    """
    mac = coordinator.data.facts.host.mac_address
    if mac is None:
        return
    connection = (dr.CONNECTION_NETWORK_MAC, dr.format_mac(mac))
    entry_id = coordinator.config_entry.entry_id
    for other in dr.async_entries_for_config_entry(registry, entry_id):
        if other.id != device_id and connection in other.connections:
            return
    with contextlib.suppress(dr.DeviceConnectionCollisionError):
        registry.async_update_device(device_id, new_connections={connection})
