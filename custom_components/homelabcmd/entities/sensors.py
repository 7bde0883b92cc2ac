"""How the sensors of servers and of what is in them take over their figures."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.sensor import RestoreSensor, SensorEntityDescription

from ..core.deadband import Deadband
from ..core.servers.inventory import Inventory
from ..core.servers.kept import Kept
from ..core.servers.server import ServerState
from ..servers.coordinator import ServerCoordinator
from .base import ServerEntity
from .shown_values import ShownValue, Value


def _nothing(_state: ServerState, _name: str) -> None:
    return None


def _nothing_more(_state: ServerState) -> None:
    return None


def _as_they_are(kept: Mapping[str, Kept[Any]]) -> Iterable[str]:
    return kept


@dataclass(frozen=True, kw_only=True)
class ServerSensorDescription(SensorEntityDescription):
    """A sensor of a server."""

    value_fn: Callable[[ServerState], Value]
    attributes_fn: Callable[[ServerState], Mapping[str, Any] | None] = _nothing_more
    band: Deadband | None = None
    """None: every change is written."""
    outlives_silence: bool = False
    """Whether it says something while the server is not reporting."""


@dataclass(frozen=True, kw_only=True)
class ItemSensorDescription(SensorEntityDescription):
    """A sensor of an item that a server has none, one or many of."""

    kept: Callable[[Inventory], Mapping[str, Kept[Any]]]
    order: Callable[[Mapping[str, Kept[Any]]], Iterable[str]] = _as_they_are
    """Which of them there are sensors of, in the order in which they are enabled."""
    value_fn: Callable[[ServerState, str], Value]
    band: Deadband
    attributes_fn: Callable[[ServerState, str], Mapping[str, Any] | None] = _nothing
    enabled: int = 0
    """How many of them are enabled by default, the first ones."""


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
