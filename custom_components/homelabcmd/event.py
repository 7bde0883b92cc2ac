"""The alerts of each server, and the actions on it, as events."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entities.alert_events import AlertEvents
from .entities.base import async_add_per_server
from .entities.remediation_events import RemediationEvents
from .hub.entry import HomelabConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: HomelabConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the events of every server."""
    async_add_per_server(
        entry,
        async_add_entities,
        lambda server: [AlertEvents(server), RemediationEvents(server)],
    )
