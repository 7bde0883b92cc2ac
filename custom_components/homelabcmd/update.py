"""The pending updates of a server's operating system."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entities.base import async_add_per_server
from .entities.system_update import SystemUpdate
from .hub.entry import HomelabConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: HomelabConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the updates of every server."""
    async_add_per_server(
        entry, async_add_entities, lambda server: [SystemUpdate(server)]
    )
