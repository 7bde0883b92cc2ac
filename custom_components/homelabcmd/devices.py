"""The devices: the hub, and under it one for each server."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from .const import DOMAIN
from .coordinator import HomelabConfigEntry, ServerCoordinator
from .core.server import Facts

_MANUFACTURER = "HomelabCmd"


def async_register_hub(
    hass: HomeAssistant, entry: HomelabConfigEntry
) -> dr.DeviceEntry:
    """Register the device that the servers hang on."""
    return dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, entry.entry_id)},
        manufacturer=_MANUFACTURER,
        name=entry.title,
        entry_type=dr.DeviceEntryType.SERVICE,
    )


def async_register_server(
    hass: HomeAssistant, coordinator: ServerCoordinator, hub_device_id: str
) -> None:
    """Register a server's device, or bring it up to date."""
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
        new_connections=_connections(
            registry,
            coordinator.config_entry.entry_id,
            device.id,
            facts.host.mac_address,
        ),
    )


def _software(facts: Facts) -> str | None:
    """Return operating system, kernel and agent in a line."""
    parts = [
        facts.operating_system,
        facts.os_info.kernel and f"kernel {facts.os_info.kernel}",
        facts.agent.version and f"agent {facts.agent.version}",
    ]
    return ", ".join(part for part in parts if part) or None


def _connections(
    registry: dr.DeviceRegistry, entry_id: str, device_id: str, mac: str | None
) -> set[tuple[str, str]]:
    """Return the server's MAC address as a connection, unless another server has it.

    Cloned virtual machines share their address; Home Assistant refuses a connection
    that another device of the same entry has.
    """
    if mac is None:
        return set()
    connection = (dr.CONNECTION_NETWORK_MAC, dr.format_mac(mac))
    taken = any(
        connection in other.connections
        for other in dr.async_entries_for_config_entry(registry, entry_id)
        if other.id != device_id
    )
    return set() if taken else {connection}
