"""Sensors: what each server measures, and the totals of the fleet."""

from homeassistant.components.sensor import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entities import item_sensors
from .entities.base import async_add_per_server
from .entities.book_sensors import BOOK_SENSORS, FLEET_BOOK, FleetBook, ServerBook
from .entities.dynamic_items import async_follow_items
from .entities.fleet_sensors import FLEET_SENSORS, FleetSensor
from .entities.power_sensor import PowerSensor
from .entities.sensors import ServerSensor
from .entities.server_sensors import SERVER_SENSORS
from .hub.entry import HomelabConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HomelabConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of the fleet, of every server and of what is in it."""
    fleet = entry.runtime_data.fleet
    async_add_entities(FleetSensor(fleet, row) for row in FLEET_SENSORS)
    async_add_entities([FleetBook(fleet, FLEET_BOOK)])
    async_add_per_server(
        entry,
        async_add_entities,
        lambda server: [
            *(ServerSensor(server, row) for row in SERVER_SENSORS),
            PowerSensor(server),
            *(ServerBook(server, row) for row in BOOK_SENSORS),
        ],
    )
    async_follow_items(hass, entry, DOMAIN, async_add_entities, item_sensors.places)
