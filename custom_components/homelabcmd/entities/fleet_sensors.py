"""Which totals over all servers there are: one row each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, UnitOfInformation, UnitOfPower

from ..core import deadband
from ..core.alerts.rules import Severity
from ..core.deadband import Deadband
from ..core.hub.fleet import Fleet
from ..servers.coordinator import FleetCoordinator
from .base import FleetEntity
from .money import MoneySensor
from .shown_values import ShownValue, Value


@dataclass(frozen=True, kw_only=True)
class FleetSensorDescription(SensorEntityDescription):
    """A total over the servers."""

    value_fn: Callable[[Fleet], Value]
    band: Deadband


def _cost(key: str, value_fn: Callable[[Fleet], Value]) -> FleetSensorDescription:
    return FleetSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
        value_fn=value_fn,
        band=deadband.COST,
    )


FLEET_SENSORS: tuple[FleetSensorDescription, ...] = (
    FleetSensorDescription(
        key="servers_online",
        translation_key="servers_online",
        value_fn=lambda fleet: fleet.online,
        band=deadband.COUNT,
    ),
    FleetSensorDescription(
        key="servers_offline",
        translation_key="servers_offline",
        value_fn=lambda fleet: fleet.offline,
        band=deadband.COUNT,
    ),
    FleetSensorDescription(
        key="servers_with_alert",
        translation_key="servers_with_alert",
        value_fn=lambda fleet: fleet.servers_with_alert,
        band=deadband.COUNT,
    ),
    FleetSensorDescription(
        key="alerts_critical",
        translation_key="alerts_critical",
        value_fn=lambda fleet: fleet.alerts.get(Severity.CRITICAL, 0),
        band=deadband.COUNT,
    ),
    FleetSensorDescription(
        key="alerts_high",
        translation_key="alerts_high",
        value_fn=lambda fleet: fleet.alerts.get(Severity.HIGH, 0),
        band=deadband.COUNT,
    ),
    FleetSensorDescription(
        key="alerts_medium",
        translation_key="alerts_medium",
        value_fn=lambda fleet: fleet.alerts.get(Severity.MEDIUM, 0),
        band=deadband.COUNT,
    ),
    FleetSensorDescription(
        key="alerts_low",
        translation_key="alerts_low",
        value_fn=lambda fleet: fleet.alerts.get(Severity.LOW, 0),
        band=deadband.COUNT,
    ),
    FleetSensorDescription(
        key="pending_actions",
        translation_key="pending_actions",
        value_fn=lambda fleet: fleet.pending_actions,
        band=deadband.COUNT,
    ),
    FleetSensorDescription(
        key="devices",
        translation_key="devices",
        value_fn=lambda fleet: fleet.devices,
        band=deadband.COUNT,
    ),
    FleetSensorDescription(
        key="fleet_cpu",
        translation_key="fleet_cpu",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        value_fn=lambda fleet: fleet.cpu_percent,
        band=deadband.CPU,
    ),
    FleetSensorDescription(
        key="fleet_memory",
        translation_key="fleet_memory",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=1,
        value_fn=lambda fleet: fleet.memory_percent,
        band=deadband.MEMORY,
    ),
    FleetSensorDescription(
        key="fleet_disk_used",
        translation_key="fleet_disk_used",
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.GIGABYTES,
        suggested_display_precision=0,
        value_fn=lambda fleet: fleet.disk_used_gb,
        band=deadband.DISK_GB,
    ),
    FleetSensorDescription(
        key="fleet_disk_total",
        translation_key="fleet_disk_total",
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.GIGABYTES,
        suggested_display_precision=0,
        value_fn=lambda fleet: fleet.disk_total_gb,
        band=deadband.DISK_GB,
    ),
    FleetSensorDescription(
        key="fleet_power",
        translation_key="fleet_power",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda fleet: fleet.power_watts,
        band=deadband.POWER_SUM,
    ),
    _cost("cost_per_day", lambda fleet: fleet.cost_per_day),
    _cost("cost_per_month", lambda fleet: fleet.cost_per_month),
    _cost("cost_per_year", lambda fleet: fleet.cost_per_year),
)


class FleetSensor(FleetEntity, MoneySensor):
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
