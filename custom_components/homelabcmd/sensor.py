"""Sensors: what each server measures, and the totals of the fleet."""

from typing import override

from homeassistant.components.sensor import RestoreSensor, SensorEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import FleetCoordinator, HomelabConfigEntry, ServerCoordinator
from .entity import FleetEntity, ServerEntity, async_add_per_server
from .figure import Figure
from .sensor_tables import (
    FLEET_SENSORS,
    SERVER_SENSORS,
    FleetSensorDescription,
    ServerSensorDescription,
)

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HomelabConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of the fleet and of every server."""
    fleet = entry.runtime_data.fleet
    currency = hass.config.currency
    async_add_entities(
        FleetSensor(fleet, description, currency) for description in FLEET_SENSORS
    )
    async_add_per_server(
        entry,
        async_add_entities,
        lambda server: [
            ServerSensor(server, description) for description in SERVER_SENSORS
        ],
    )


class ServerSensor(ServerEntity, RestoreSensor):
    """A figure or a fact of a server."""

    entity_description: ServerSensorDescription

    def __init__(
        self, coordinator: ServerCoordinator, description: ServerSensorDescription
    ) -> None:
        """Start with what is known."""
        super().__init__(coordinator, description)
        self._figure = Figure(description.band)
        self._was_available = self.available
        self._take()

    @property
    @override
    def available(self) -> bool:
        """Return whether the server is reporting, or the fact outlives silence."""
        return self.entity_description.outlives_silence or super().available

    @override
    async def async_added_to_hass(self) -> None:
        """Show the last value until the first heartbeat after a restart."""
        await super().async_added_to_hass()
        if self._attr_native_value is None and (
            last := await self.async_get_last_sensor_data()
        ):
            self._attr_native_value = last.native_value

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write what is worth a row, and every change of availability."""
        changed = self._take()
        if changed or self.available != self._was_available:
            self._was_available = self.available
            self.async_write_ha_state()

    def _take(self) -> bool:
        value = self.entity_description.value_fn(self.coordinator.data)
        if value is None and self.coordinator.data.heartbeat is None:
            # Nothing was heard since the restart: the restored value stands.
            return False
        if not self._figure.take(value, force=self.available != self._was_available):
            return False
        self._attr_native_value = self._figure.shown
        return True


class FleetSensor(FleetEntity, SensorEntity):
    """A total over the servers."""

    entity_description: FleetSensorDescription

    def __init__(
        self,
        coordinator: FleetCoordinator,
        description: FleetSensorDescription,
        currency: str,
    ) -> None:
        """Start with what is known."""
        super().__init__(coordinator, description)
        if description.monetary:
            self._attr_native_unit_of_measurement = currency
        self._figure = Figure(description.band)
        self._take()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write what is worth a row."""
        if self._take():
            self.async_write_ha_state()

    def _take(self) -> bool:
        value = self.entity_description.value_fn(self.coordinator.data)
        if not self._figure.take(value):
            return False
        self._attr_native_value = self._figure.shown
        return True
