"""Is the server reporting?"""

from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import HomelabConfigEntry, ServerCoordinator
from .core.server import Presence
from .entity import ServerEntity, async_add_per_server

PARALLEL_UPDATES = 0

CONNECTIVITY = BinarySensorEntityDescription(
    key="connectivity",
    translation_key="connectivity",
    device_class=BinarySensorDeviceClass.CONNECTIVITY,
)
_IS_ON = {Presence.ONLINE: True, Presence.OFFLINE: False, Presence.UNKNOWN: None}


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: HomelabConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of every server."""
    async_add_per_server(
        entry, async_add_entities, lambda server: [ConnectivitySensor(server)]
    )


class ConnectivitySensor(ServerEntity, BinarySensorEntity):
    """On while heartbeats come; it stays available, so that automations see it go."""

    def __init__(self, coordinator: ServerCoordinator) -> None:
        """Start with what is known."""
        super().__init__(coordinator, CONNECTIVITY)
        self._attr_is_on = _IS_ON[coordinator.data.presence]

    @property
    @override
    def available(self) -> bool:
        """Return True: silence is what this entity tells."""
        return True

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write only what changed."""
        is_on = _IS_ON[self.coordinator.data.presence]
        if is_on is not self._attr_is_on:
            self._attr_is_on = is_on
            self.async_write_ha_state()
