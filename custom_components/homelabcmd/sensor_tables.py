"""Which sensors exist: one row each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfDataRate,
    UnitOfInformation,
)

from .core import deadband
from .core.deadband import Deadband
from .core.fleet import Fleet
from .core.server import Facts, ServerState
from .figure import Value

# Home Assistant 2026.5 and later; there it is shown like a timestamp, with less jitter.
_UPTIME = SensorDeviceClass.__members__.get("UPTIME", SensorDeviceClass.TIMESTAMP)


@dataclass(frozen=True, kw_only=True)
class ServerSensorDescription(SensorEntityDescription):
    """A sensor of a server."""

    value_fn: Callable[[ServerState], Value]
    band: Deadband | None = None
    """None: every change is written."""
    outlives_silence: bool = False
    """Whether it says something while the server is not reporting."""


@dataclass(frozen=True, kw_only=True)
class FleetSensorDescription(SensorEntityDescription):
    """A total over the servers."""

    value_fn: Callable[[Fleet], Value]
    band: Deadband
    monetary: bool = False
    """Whether its unit is Home Assistant's currency."""


def _metric(name: str) -> Callable[[ServerState], Value]:
    def read(state: ServerState) -> Value:
        if state.heartbeat is None:
            return None
        value: float | None = getattr(state.heartbeat.metrics, name)
        return value

    return read


def _boot_time(state: ServerState) -> datetime | None:
    if state.heartbeat is None or state.heartbeat.metrics.boot_time is None:
        return None
    return state.heartbeat.metrics.boot_time.replace(microsecond=0)


def _percent(
    key: str, band: Deadband, name: str | None = None
) -> ServerSensorDescription:
    return ServerSensorDescription(
        key=key,
        translation_key=key,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=band.digits,
        value_fn=_metric(name or key),
        band=band,
    )


def _size(
    key: str, name: str, band: Deadband, *, installed: bool = False
) -> ServerSensorDescription:
    return ServerSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.GIGABYTES,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC if installed else None,
        entity_registry_enabled_default=not installed,
        value_fn=_metric(name),
        band=band,
    )


def _rate(
    key: str, value_fn: Callable[[ServerState], Value]
) -> ServerSensorDescription:
    return ServerSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.DATA_RATE,
        native_unit_of_measurement=UnitOfDataRate.BYTES_PER_SECOND,
        suggested_unit_of_measurement=UnitOfDataRate.KILOBYTES_PER_SECOND,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=value_fn,
        band=deadband.RATE,
    )


def _counter(key: str, name: str) -> ServerSensorDescription:
    return ServerSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.BYTES,
        suggested_unit_of_measurement=UnitOfInformation.GIGABYTES,
        suggested_display_precision=2,
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=_metric(name),
        band=deadband.COUNTER,
    )


def _load(key: str) -> ServerSensorDescription:
    return ServerSensorDescription(
        key=key,
        translation_key=key,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=_metric(key),
        band=deadband.LOAD,
    )


def _fact(
    key: str, read: Callable[[Facts], str | None], *, enabled: bool = True
) -> ServerSensorDescription:
    return ServerSensorDescription(
        key=key,
        translation_key=key,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=enabled,
        value_fn=lambda state: read(state.facts),
    )


SERVER_SENSORS: tuple[ServerSensorDescription, ...] = (
    _percent("cpu_percent", deadband.CPU),
    _percent("memory_percent", deadband.MEMORY),
    _size("memory_used", "memory_used_gb", deadband.MEMORY_GB),
    _size("memory_total", "memory_total_gb", deadband.MEMORY_GB, installed=True),
    _percent("disk_percent", deadband.DISK),
    _size("disk_used", "disk_used_gb", deadband.DISK_GB),
    _size("disk_total", "disk_total_gb", deadband.DISK_GB, installed=True),
    _rate("network_rx", lambda state: state.rates.network_rx),
    _rate("network_tx", lambda state: state.rates.network_tx),
    _counter("network_rx_total", "network_rx_bytes"),
    _counter("network_tx_total", "network_tx_bytes"),
    _load("load_1m"),
    _load("load_5m"),
    _load("load_15m"),
    ServerSensorDescription(
        key="boot_time",
        translation_key="boot_time",
        device_class=_UPTIME,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=_boot_time,
        band=deadband.BOOT_TIME,
    ),
    ServerSensorDescription(
        key="last_seen",
        translation_key="last_seen",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        # A new value with every heartbeat would be a row with every heartbeat.
        entity_registry_enabled_default=False,
        value_fn=lambda state: state.last_seen,
        outlives_silence=True,
    ),
    _fact("operating_system", lambda facts: facts.operating_system),
    _fact("kernel", lambda facts: facts.os_info.kernel),
    _fact("architecture", lambda facts: facts.os_info.architecture, enabled=False),
    _fact("ip_address", lambda facts: facts.host.ip_address),
    _fact("hostname", lambda facts: facts.host.hostname, enabled=False),
    _fact("agent_version", lambda facts: facts.agent.version),
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
