"""Which sensors the items of a server have: one row for each kind."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfDataRate,
    UnitOfInformation,
    UnitOfTemperature,
)

from ..core import deadband
from ..core.naming import item_key
from ..core.servers.inventory import ROOT, Inventory
from ..core.servers.kept import Kept
from ..core.servers.rates import Traffic
from ..core.servers.server import ServerState
from ..protocol.inventory import Disk
from ..servers.coordinator import ServerCoordinator
from .dynamic_items import Place
from .sensors import (
    ItemSensor,
    ItemSensorDescription,
    ServerSensor,
    ServerSensorDescription,
)
from .server_sensors import health
from .shown_values import Value

_MOUNTS_ENABLED = 2
"""With them a server has at most 20 entities that are enabled by default."""


def _mounts(inventory: Inventory) -> Mapping[str, Kept[Disk]]:
    return inventory.disks


def _largest_first(mounts: Mapping[str, Kept[Disk]]) -> list[str]:
    """Return the mounts besides the root, whose sensors every server has."""
    names = [name for name in mounts if name != ROOT]
    names.sort(key=lambda name: (-(mounts[name].item.total_gb or 0), name))
    return names


def _of_disk(name: str) -> Callable[[ServerState, str], Any]:
    def read(state: ServerState, mount: str) -> Any:  # noqa: ANN401 - a field of any type
        return getattr(state.inventory.disks[mount].item, name)

    return read


def _traffic(
    read: Callable[[Traffic], float | None],
) -> Callable[[ServerState, str], Value]:
    def rate(state: ServerState, interface: str) -> Value:
        traffic = state.rates.interfaces.get(interface)
        return read(traffic) if traffic else None

    return rate


def _rest_and_health(state: ServerState, mount: str) -> Mapping[str, Any]:
    disk = state.inventory.disks[mount].item
    return {"standby": disk.standby is True, **health(disk)}


def _size(key: str, name: str) -> ItemSensorDescription:
    return ItemSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.GIGABYTES,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        kept=_mounts,
        order=_largest_first,
        value_fn=_of_disk(name),
        band=deadband.DISK_GB,
    )


def _rate(key: str, read: Callable[[Traffic], float | None]) -> ItemSensorDescription:
    return ItemSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.DATA_RATE,
        native_unit_of_measurement=UnitOfDataRate.BYTES_PER_SECOND,
        suggested_unit_of_measurement=UnitOfDataRate.KILOBYTES_PER_SECOND,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
        kept=lambda inventory: inventory.networks,
        value_fn=_traffic(read),
        band=deadband.RATE,
    )


ITEM_SENSORS: tuple[ItemSensorDescription, ...] = (
    ItemSensorDescription(
        key="mount_percent",
        translation_key="mount_percent",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=deadband.DISK.digits,
        kept=_mounts,
        order=_largest_first,
        value_fn=_of_disk("percent"),
        band=deadband.DISK,
        attributes_fn=_rest_and_health,
        enabled=_MOUNTS_ENABLED,
    ),
    _size("mount_size", "total_gb"),
    _size("mount_free", "free_gb"),
    _rate("interface_rx", lambda traffic: traffic.rx),
    _rate("interface_tx", lambda traffic: traffic.tx),
    ItemSensorDescription(
        key="item_temperature",
        translation_key="item_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        suggested_display_precision=deadband.TEMPERATURE.digits,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        kept=lambda inventory: inventory.temperatures,
        value_fn=lambda state, name: state.inventory.temperatures[name].item.celsius,
        band=deadband.TEMPERATURE,
    ),
)


def _main_temperature(state: ServerState) -> Value:
    name = state.inventory.main_temperature
    kept = state.inventory.temperatures.get(name) if name else None
    return kept.item.celsius if kept and kept.present else None


MAIN_TEMPERATURE = ServerSensorDescription(
    key="temperature",
    translation_key="main_temperature",
    device_class=SensorDeviceClass.TEMPERATURE,
    native_unit_of_measurement=UnitOfTemperature.CELSIUS,
    suggested_display_precision=deadband.TEMPERATURE.digits,
    state_class=SensorStateClass.MEASUREMENT,
    value_fn=_main_temperature,
    band=deadband.TEMPERATURE,
)
"""Of servers that report any."""


def places(server: ServerCoordinator) -> Iterator[Place]:
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
