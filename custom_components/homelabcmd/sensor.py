"""Sensors: what each server measures, and the totals of the fleet."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, override

from homeassistant.components.sensor import (
    DOMAIN,
    RestoreSensor,
    SensorEntityDescription,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.deadband import Deadband
from .core.naming import item_key
from .core.servers.inventory import Kept
from .entities.base import FleetEntity, ServerEntity, async_add_per_server
from .entities.dynamic_items import Place, async_follow_items
from .entities.fleet_sensors import FLEET_SENSORS, FleetSensorDescription
from .entities.item_sensors import ITEM_SENSORS, MAIN_TEMPERATURE
from .entities.server_sensors import (
    SERVER_SENSORS,
    ItemSensorDescription,
    ServerSensorDescription,
)
from .entities.shown_values import ShownValue, Value
from .hub.entry import HomelabConfigEntry
from .servers.coordinator import FleetCoordinator, ServerCoordinator

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
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
    async_follow_items(hass, entry, DOMAIN, async_add_entities, _places)


def _places(server: ServerCoordinator) -> Iterator[Place]:
    """Yield the sensors of what is in a server."""
    inventory = server.data.inventory
    if inventory.temperatures:
        yield Place(
            key=MAIN_TEMPERATURE.key,
            there=inventory.main_temperature is not None,
            make=partial(ServerSensor, server, MAIN_TEMPERATURE),
        )
    for description in ITEM_SENSORS:
        kept_items = description.kept(inventory)
        for place, name in enumerate(description.order(kept_items)):
            yield Place(
                key=item_key(description.key, name),
                there=not kept_items[name].gone,
                make=partial(
                    ItemSensor,
                    server,
                    description,
                    name,
                    enabled=place < description.enabled,
                ),
            )


class _Sensor(ServerEntity, RestoreSensor):
    """A figure that passes its deadband."""

    def __init__(
        self,
        coordinator: ServerCoordinator,
        description: SensorEntityDescription,
        band: Deadband | None,
        item: str | None = None,
    ) -> None:
        """Prepare; the figure is taken when the entity is added."""
        super().__init__(coordinator, description, item)
        self._shown_value = ShownValue(band)
        self._restored = False
        self._was_available: bool | None = None
        self._attributes: Mapping[str, Any] | None = None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return what else is to be said of the figure."""
        return self._attributes

    def _told(self) -> Mapping[str, Any] | None:
        """Return what else was reported."""
        return None

    @abstractmethod
    def _value(self) -> Value:
        """Return the figure as it was reported."""

    @override
    async def async_added_to_hass(self) -> None:
        """Show the last value until the first heartbeat after a restart."""
        await super().async_added_to_hass()
        self.take_over()
        if self._attr_native_value is None and (
            last := await self.async_get_last_sensor_data()
        ):
            self._attr_native_value = last.native_value
            self._restored = True

    @override
    def take_over(self) -> bool:
        """Write what is worth a row, and every change of availability."""
        before, self._attributes = self._attributes, self._told()
        return self._take_figure() or self._attributes != before

    def _take_figure(self) -> bool:
        available = self.available
        turned, self._was_available = available != self._was_available, available
        value = self._value()
        if value is None and self.coordinator.data.heartbeat is None:
            # Nothing was heard since the restart: the restored value stands.
            return turned
        # What follows a gap or a restart is written, even that nothing is known.
        if not self._shown_value.take(value, force=turned or self._restored):
            return turned
        self._restored = False
        self._attr_native_value = self._shown_value.shown
        return True


class ServerSensor(_Sensor):
    """A figure or a fact of a server."""

    entity_description: ServerSensorDescription

    def __init__(
        self, coordinator: ServerCoordinator, description: ServerSensorDescription
    ) -> None:
        """Take the row of the table."""
        super().__init__(coordinator, description, description.band)

    @property
    @override
    def available(self) -> bool:
        """Return whether the server is reporting, or the fact outlives silence."""
        return self.entity_description.outlives_silence or super().available

    @override
    def _value(self) -> Value:
        return self.entity_description.value_fn(self.coordinator.data)

    @override
    def _told(self) -> Mapping[str, Any] | None:
        return self.entity_description.attributes_fn(self.coordinator.data)


class ItemSensor(_Sensor):
    """A figure of a mount, an interface or a temperature sensor."""

    entity_description: ItemSensorDescription

    def __init__(
        self,
        coordinator: ServerCoordinator,
        description: ItemSensorDescription,
        item: str,
        *,
        enabled: bool,
    ) -> None:
        """Take the row of the table, and which one of the items it is."""
        super().__init__(coordinator, description, description.band, item)
        self._item = item
        self._attr_entity_registry_enabled_default = enabled

    @property
    @override
    def available(self) -> bool:
        """Return whether the last heartbeat had the item."""
        kept = self._kept()
        return super().available and kept is not None and kept.present

    def _kept(self) -> Kept[Any] | None:
        inventory = self.coordinator.data.inventory
        return self.entity_description.kept(inventory).get(self._item)

    @override
    def _value(self) -> Value:
        description, state = self.entity_description, self.coordinator.data
        return description.value_fn(state, self._item) if self._kept() else None

    @override
    def _told(self) -> Mapping[str, Any] | None:
        description, state = self.entity_description, self.coordinator.data
        return description.attributes_fn(state, self._item) if self._kept() else None


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
        self._shown_value = ShownValue(description.band)
        self.take_over()

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

    @override
    def take_over(self) -> bool:
        """Write what is worth a row."""
        value = self.entity_description.value_fn(self.coordinator.data)
        if value is None and not self.coordinator.data.complete:
            # Some have not reported since the restart: the total before it stands.
            return False
        if not self._shown_value.take(value, force=value is None):
            return False
        self._attr_native_value = self._shown_value.shown
        return True
