"""What a server draws, as it was measured or is taken to be."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import UnitOfPower
from homeassistant.core import callback

from ..core import deadband
from ..core.power.account import Draw
from ..servers.coordinator import ServerCoordinator
from .base import ServerEntity
from .shown_values import ShownValue

_POWER = SensorEntityDescription(
    key="power",
    translation_key="power",
    device_class=SensorDeviceClass.POWER,
    native_unit_of_measurement=UnitOfPower.WATT,
    state_class=SensorStateClass.MEASUREMENT,
    suggested_display_precision=deadband.POWER.digits,
)


class PowerSensor(ServerEntity, SensorEntity):
    """The power of a server, and where it is known from."""

    def __init__(self, coordinator: ServerCoordinator) -> None:
        """Start with nothing known."""
        super().__init__(coordinator, _POWER)
        self._shown_value = ShownValue(deadband.POWER)
        self._said: tuple[object, ...] | None = None

    @property
    @override
    def available(self) -> bool:
        """Return True: of a server that is off it is known what it draws."""
        return True

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return from where it is known, and why it is not."""
        draw = self._draw
        attributes = {"source": draw.kind.value}
        if entity_id := self.coordinator.config.power.entity_id:
            attributes["sensor"] = entity_id
        if draw.problem is not None:
            attributes["problem"] = draw.problem.value
        return attributes

    @property
    def _draw(self) -> Draw:
        return self._hub.metering.draw(self.coordinator.config.server_id)

    @override
    async def async_added_to_hass(self) -> None:
        """Show what is drawn now, and follow it."""
        await super().async_added_to_hass()
        server_id = self.coordinator.config.server_id
        self.async_on_remove(
            self._hub.metering.listeners.async_listen(self._follow, server_id)
        )
        self._take()

    @callback
    def _follow(self) -> None:
        if self._take():
            self.async_write_ha_state()

    def _take(self) -> bool:
        """Take over what is worth a row; return whether there is any."""
        draw = self._draw
        said = (draw.kind, draw.problem, self.coordinator.config.power.entity_id)
        turned, self._said = said != self._said, said
        watts = None if draw.watts is None else float(draw.watts)
        if not self._shown_value.take(watts, force=turned):
            return False
        self._attr_native_value = self._shown_value.shown
        return True
