"""Sensors: what each server measures, and the totals of the fleet."""

from typing import override

from homeassistant.components.sensor import RestoreSensor
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
    _hass: HomeAssistant,
    entry: HomelabConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of the fleet and of every server."""
    fleet = entry.runtime_data.fleet
    async_add_entities(FleetSensor(fleet, description) for description in FLEET_SENSORS)
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
        self._restored = False
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
            self._restored = True

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
        # What follows a gap or a restart is written, even that nothing is known.
        force = self._restored or self.available != self._was_available
        if not self._figure.take(value, force=force):
            return False
        self._restored = False
        self._attr_native_value = self._figure.shown
        return True


class FleetSensor(FleetEntity, RestoreSensor):
    """A total over the servers."""

    entity_description: FleetSensorDescription

    def __init__(
        self,
        coordinator: FleetCoordinator,
        description: FleetSensorDescription,
    ) -> None:
        """Start with what is known."""
        super().__init__(coordinator, description)
        self._figure = Figure(description.band)
        self._take()

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """Return the unit; that of money is what Home Assistant is set to now."""
        if self.entity_description.monetary:
            return self.hass.config.currency
        return super().native_unit_of_measurement

    @override
    async def async_added_to_hass(self) -> None:
        """Show the last total until every server has reported after a restart."""
        await super().async_added_to_hass()
        if self._attr_native_value is None and (
            last := await self.async_get_last_sensor_data()
        ):
            self._attr_native_value = last.native_value

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write what is worth a row."""
        if self._take():
            self.async_write_ha_state()

    def _take(self) -> bool:
        value = self.entity_description.value_fn(self.coordinator.data)
        if value is None and not self.coordinator.data.complete:
            # Some have not reported since the restart: the total before it stands.
            return False
        if not self._figure.take(value, force=value is None):
            return False
        self._attr_native_value = self._figure.shown
        return True
