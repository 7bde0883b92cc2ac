"""Restart what is watched, and wake what sleeps."""

from homeassistant.components.button import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entities import restart_buttons
from .entities.base import async_add_per_server
from .entities.dynamic_items import async_follow_items
from .entities.wake_button import WAKE, WakeButton
from .hub.entry import HomelabConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HomelabConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of what is watched on every server, and of the server."""
    async_add_per_server(
        entry, async_add_entities, lambda server: [WakeButton(server, WAKE)]
    )
    async_follow_items(hass, entry, DOMAIN, async_add_entities, restart_buttons.places)
