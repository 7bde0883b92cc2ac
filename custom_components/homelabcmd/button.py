"""Restart what is watched."""

from homeassistant.components.button import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entities import restart_buttons
from .entities.dynamic_items import async_follow_items
from .hub.entry import HomelabConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HomelabConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of what is watched on every server."""
    async_follow_items(hass, entry, DOMAIN, async_add_entities, restart_buttons.places)
