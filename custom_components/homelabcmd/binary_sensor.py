"""Is the server reporting, is what matters on it running, and is all well with it?"""

from homeassistant.components.binary_sensor import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entities import watched_sensors
from .entities.alert_sensor import AlertSensor
from .entities.base import async_add_per_server
from .entities.dynamic_items import async_follow_items
from .entities.server_binary_sensors import SERVER_BINARY_SENSORS, ServerBinarySensor
from .hub.entry import HomelabConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HomelabConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of every server and of what is watched on it."""
    async_add_per_server(
        entry,
        async_add_entities,
        lambda server: [
            AlertSensor(server),
            *(ServerBinarySensor(server, row) for row in SERVER_BINARY_SENSORS),
        ],
    )
    async_follow_items(hass, entry, DOMAIN, async_add_entities, watched_sensors.places)
