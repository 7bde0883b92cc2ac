"""Which totals over all servers there are: one row each."""

from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription
from homeassistant.const import PERCENTAGE, UnitOfInformation

from .core import deadband
from .core.deadband import Deadband
from .core.fleet import Fleet
from .figure import Value


@dataclass(frozen=True, kw_only=True)
class FleetSensorDescription(SensorEntityDescription):
    """A total over the servers."""

    value_fn: Callable[[Fleet], Value]
    band: Deadband
    monetary: bool = False
    """Whether its unit is Home Assistant's currency."""


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
        key="cost_per_day",
        translation_key="cost_per_day",
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
        value_fn=lambda fleet: fleet.cost_per_day,
        band=deadband.COST,
        monetary=True,
    ),
)
