"""Puts servers on Home Assistant's Energy dashboard, as individual devices."""

from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..core.power.source import WHOLE, Kind
from ..errors import HomelabError
from ..servers.coordinator import ServerCoordinator

_ENERGY = "energy"


@dataclass(frozen=True, kw_only=True)
class EnergyDevice:
    """A server as the Energy dashboard has it."""

    server_id: str
    name: str
    energy: str
    """The entity that counts its energy."""
    power: str | None
    """The entity of its power, if there is one."""
    upstream: str | None = None
    """A device on the dashboard that has counted this one's energy already."""


async def async_add(
    hass: HomeAssistant, servers: list[ServerCoordinator]
) -> list[EnergyDevice]:
    """Add the servers that are not there yet; return which were added.

    Nothing that is there is changed. If the counter that a server goes by is there
    already, the server is left out, or, with a share of it, put behind it: else it
    would be counted twice. Raises HomelabError if there is no Energy dashboard.
    """
    if _ENERGY not in hass.config.components:
        raise HomelabError("no_energy_dashboard")
    # Only who asks for it needs it: it brings the recorder along.
    from homeassistant.components.energy.data import (  # noqa: PLC0415
        async_get_manager,
    )

    manager = await async_get_manager(hass)
    # From here to the update nobody else runs.
    there = list((manager.data or manager.default_preferences())["device_consumption"])
    counted = {device["stat_consumption"] for device in there}
    added = [
        device
        for server in servers
        if (device := _device(hass, server, counted)) is not None
        and device.energy not in counted
    ]
    if added:
        devices = [*there, *map(_consumption, added)]
        # Of the preferences only what is given is changed, whatever its type says.
        update: Any = {"device_consumption": devices}
        await manager.async_update(update)
    return added


def _device(
    hass: HomeAssistant, server: ServerCoordinator, counted: set[str]
) -> EnergyDevice | None:
    """Return a server as it is to be added; None if it is not."""
    energy = _enabled(hass, server, "energy")
    source = server.config.power
    behind = source.kind is Kind.SENSOR and source.entity_id in counted
    if energy is None or (behind and source.share == WHOLE):
        return None
    return EnergyDevice(
        server_id=server.config.server_id,
        name=server.config.name,
        energy=energy,
        power=_enabled(hass, server, "power"),
        upstream=source.entity_id if behind else None,
    )


def _consumption(device: EnergyDevice) -> dict[str, str]:
    consumption = {"stat_consumption": device.energy, "name": device.name}
    if device.power is not None:
        consumption["stat_rate"] = device.power
    if device.upstream is not None:
        consumption["included_in_stat"] = device.upstream
    return consumption


def _enabled(hass: HomeAssistant, server: ServerCoordinator, key: str) -> str | None:
    registry = er.async_get(hass)
    entity_id = registry.async_get_entity_id(
        "sensor", DOMAIN, f"{server.config.server_id}_{key}"
    )
    entry = registry.async_get(entity_id) if entity_id else None
    return None if entry is None or entry.disabled else entry.entity_id
