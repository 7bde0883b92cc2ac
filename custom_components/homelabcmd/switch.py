"""Maintenance: while it is on, nobody is told of a server's alerts."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entities.base import async_add_per_server
from .entities.maintenance_switch import MaintenanceSwitch
from .hub.entry import HomelabConfigEntry

PARALLEL_UPDATES = 1


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: HomelabConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switch of every server."""
    async_add_per_server(
        entry, async_add_entities, lambda server: [MaintenanceSwitch(server)]
    )
