"""Which sensors a server has: one row each."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfDataRate,
    UnitOfInformation,
)

from ..core import deadband
from ..core.deadband import Deadband
from ..core.naming import shown
from ..core.servers.server import Facts, ServerState
from ..protocol.inventory import Disk
from .sensors import ServerSensorDescription
from .shown_values import Value

# Home Assistant 2026.5 and later; there it is shown like a timestamp, with less jitter.
_UPTIME = SensorDeviceClass.__members__.get("UPTIME", SensorDeviceClass.TIMESTAMP)


def _metric(name: str) -> Callable[[ServerState], Value]:
    def read(state: ServerState) -> Value:
        if state.heartbeat is None:
            return None
        value: float | None = getattr(state.heartbeat.metrics, name)
        return value

    return read


def _disk(name: str, held: str) -> Callable[[ServerState], Value]:
    """Read a figure of the root file system, of before its disk fell asleep."""
    metric = _metric(name)

    def read(state: ServerState) -> Value:
        root = state.inventory.root
        if (value := metric(state)) is None and root is not None and root.standby:
            asleep: float | None = getattr(root, held)
            return asleep
        return value

    return read


def _disk_free(state: ServerState) -> Value:
    root = state.inventory.root
    return root.free_gb if root else None


def health(disk: Disk | None) -> dict[str, Any]:
    """Return what a pool says of itself; other disks say nothing."""
    return {"health": shown(disk.health)} if disk and disk.health else {}


def _root_health(state: ServerState) -> Mapping[str, Any] | None:
    return health(state.inventory.root) or None


def _boot_time(state: ServerState) -> datetime | None:
    if state.heartbeat is None or state.heartbeat.metrics.boot_time is None:
        return None
    return state.heartbeat.metrics.boot_time.replace(microsecond=0)


def _percent(
    key: str,
    band: Deadband,
    value_fn: Callable[[ServerState], Value] | None = None,
    *,
    enabled: bool = True,
) -> ServerSensorDescription:
    return ServerSensorDescription(
        key=key,
        translation_key=key,
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=band.digits,
        entity_registry_enabled_default=enabled,
        value_fn=value_fn or _metric(key),
        band=band,
    )


def _size(
    key: str,
    value_fn: Callable[[ServerState], Value],
    band: Deadband,
    *,
    diagnostic: bool = False,
) -> ServerSensorDescription:
    return ServerSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.GIGABYTES,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC if diagnostic else None,
        # The percentage says it, too.
        entity_registry_enabled_default=False,
        value_fn=value_fn,
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


def _count(
    key: str, value_fn: Callable[[ServerState], Value], *, enabled: bool = True
) -> ServerSensorDescription:
    return ServerSensorDescription(
        key=key,
        translation_key=key,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=enabled,
        value_fn=value_fn,
        band=deadband.COUNT,
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
    _size("memory_used", _metric("memory_used_gb"), deadband.MEMORY_GB),
    _size(
        "memory_total",
        _metric("memory_total_gb"),
        deadband.MEMORY_GB,
        diagnostic=True,
    ),
    _percent("swap_percent", deadband.MEMORY, enabled=False),
    replace(
        _percent("disk_percent", deadband.DISK, _disk("disk_percent", "percent")),
        attributes_fn=_root_health,
    ),
    _size("disk_used", _disk("disk_used_gb", "used_gb"), deadband.DISK_GB),
    _size(
        "disk_total",
        _disk("disk_total_gb", "total_gb"),
        deadband.DISK_GB,
        diagnostic=True,
    ),
    _size("disk_free", _disk_free, deadband.DISK_GB, diagnostic=True),
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
    # What is off here is shown elsewhere: on the device's page, on the dashboard, by
    # the update entity.
    _fact("operating_system", lambda facts: facts.operating_system, enabled=False),
    _fact("kernel", lambda facts: facts.os_info.kernel, enabled=False),
    _fact("architecture", lambda facts: facts.os_info.architecture, enabled=False),
    _fact("ip_address", lambda facts: facts.host.ip_address, enabled=False),
    _fact("hostname", lambda facts: facts.host.hostname, enabled=False),
    _fact("agent_version", lambda facts: facts.agent.version, enabled=False),
    _count(
        "updates_available",
        lambda state: state.inventory.updates_available,
        enabled=False,
    ),
    _count(
        "security_updates",
        lambda state: state.inventory.security_updates,
        enabled=False,
    ),
)
