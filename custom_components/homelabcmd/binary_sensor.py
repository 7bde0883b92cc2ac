"""Is the server reporting, is what matters on it running, and is all well with it?"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, override

from homeassistant.components.binary_sensor import (
    DOMAIN,
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import HomelabConfigEntry, ServerCoordinator
from .core import troubles
from .core.alert import Alert, Status, worst
from .core.naming import item_key, shown
from .core.server import Presence, ServerState
from .core.watching import Watched, problem
from .entity import ServerEntity, async_add_per_server
from .figure import Item, Usage
from .items import Place, async_follow_items

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ServerBinarySensorDescription(BinarySensorEntityDescription):
    """A yes or no about a server."""

    value_fn: Callable[[ServerState], bool | None]
    attributes_fn: Callable[[ServerState], Mapping[str, Any]] | None = None
    outline_fn: Callable[[ServerState], object] | None = None
    """What of the attributes is worth a row."""
    speaks_of_silence: bool = False
    """Whether it stays available, so that automations see a server go."""


@dataclass(frozen=True, kw_only=True)
class WatchedDescription(BinarySensorEntityDescription):
    """Something on a server that is to run."""

    watched: Callable[[ServerCoordinator], tuple[Watched, ...]]
    item_fn: Callable[[ServerState, str], Item | None]
    loops_fn: Callable[[ServerState, str], bool] = lambda _state, _name: False
    """Whether it restarts again and again, which counts as not running."""


_PRESENT = {Presence.ONLINE: True, Presence.OFFLINE: False, Presence.UNKNOWN: None}
_RUNNING = {"running": True, "stopped": False, "failed": False}

BINARY_SENSORS: tuple[ServerBinarySensorDescription, ...] = (
    ServerBinarySensorDescription(
        key="connectivity",
        translation_key="connectivity",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        value_fn=lambda state: _PRESENT[state.presence],
        speaks_of_silence=True,
    ),
    ServerBinarySensorDescription(
        key="reboot_required",
        translation_key="reboot_required",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda state: state.inventory.reboot_required,
    ),
    ServerBinarySensorDescription(
        key="agent_problem",
        translation_key="agent_problem",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=troubles.has_trouble,
        attributes_fn=troubles.described,
        outline_fn=troubles.outline,
    ),
)
_MOST_LISTED = 20
ALERT = BinarySensorEntityDescription(
    key="alert",
    translation_key="alert",
    device_class=BinarySensorDeviceClass.PROBLEM,
)
WATCHED: tuple[WatchedDescription, ...] = (
    WatchedDescription(
        key="service",
        translation_key="service",
        device_class=BinarySensorDeviceClass.RUNNING,
        watched=lambda server: server.config.services,
        item_fn=lambda state, name: state.inventory.services.get(name),
    ),
    WatchedDescription(
        key="container",
        translation_key="container",
        device_class=BinarySensorDeviceClass.RUNNING,
        watched=lambda server: server.config.containers,
        item_fn=lambda state, name: state.inventory.containers.get(name),
        loops_fn=lambda state, name: state.inventory.loops(name),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HomelabConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of every server."""
    async_add_per_server(
        entry,
        async_add_entities,
        lambda server: [
            AlertSensor(server, ALERT),
            *(ServerBinarySensor(server, row) for row in BINARY_SENSORS),
        ],
    )
    async_follow_items(hass, entry, DOMAIN, async_add_entities, _places)


def _places(server: ServerCoordinator) -> Iterator[Place]:
    """Yield one for each watched unit and container."""
    for description in WATCHED:
        for watched in description.watched(server):
            yield Place(
                key=item_key(description.key, watched.name),
                there=True,
                make=partial(WatchedSensor, server, description, watched.name),
            )


class _BinarySensor(ServerEntity, BinarySensorEntity):
    """Writes its state when something of it changed."""

    _written: object = None

    @abstractmethod
    def _update(self) -> object:
        """Take over what is new; return what makes a row when it changes."""

    def _worth_writing(self, *, changed: bool) -> bool:
        """Return whether to write; `changed` if what makes a row did."""
        return changed

    @override
    async def async_added_to_hass(self) -> None:
        """Start with what is known."""
        await super().async_added_to_hass()
        self._written = (self.available, self._update())
        self._worth_writing(changed=True)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write only what is worth it."""
        current = (self.available, self._update())
        changed = current != self._written
        self._written = current
        if self._worth_writing(changed=changed):
            self.async_write_ha_state()


class ServerBinarySensor(_BinarySensor):
    """A yes or no about a server."""

    # The agent's words are long, and may be others each time.
    _unrecorded_attributes = frozenset({"collectors"})
    entity_description: ServerBinarySensorDescription

    @property
    @override
    def available(self) -> bool:
        """Return whether the server reports, unless silence is what this tells."""
        return self.entity_description.speaks_of_silence or super().available

    @override
    def _update(self) -> object:
        description, state = self.entity_description, self.coordinator.data
        self._attr_is_on = description.value_fn(state)
        if description.attributes_fn is not None:
            self._attr_extra_state_attributes = dict(description.attributes_fn(state))
        outline = description.outline_fn(state) if description.outline_fn else None
        return self._attr_is_on, outline


class AlertSensor(_BinarySensor):
    """On while an alert of the server is not resolved."""

    _unrecorded_attributes = frozenset({"alerts"})
    _told: object = None

    @property
    @override
    def available(self) -> bool:
        """Return True: that the server fell silent is an alert too."""
        return True

    @override
    def _update(self) -> object:
        standing = self.coordinator.alerts.open
        told = (self.coordinator.config.name, standing)
        if told == self._told:
            return self._attr_extra_state_attributes
        self._told = told
        severity = worst(standing)
        acknowledged = sum(alert.status is Status.ACKNOWLEDGED for alert in standing)
        self._attr_is_on = bool(standing)
        self._attr_extra_state_attributes = {
            "open": len(standing) - acknowledged,
            "acknowledged": acknowledged,
            "severity": severity and severity.value,
            "alerts": self._listed(standing),
        }
        return self._attr_extra_state_attributes

    def _listed(self, standing: tuple[Alert, ...]) -> list[dict[str, Any]]:
        """Return what the dashboard shows of the alerts, the worst first."""
        texts = self.coordinator.config_entry.runtime_data.alerting.texts
        name = self.coordinator.config.name
        by_gravity = sorted(
            standing, key=lambda alert: (-alert.severity.rank, alert.created_at)
        )
        return [
            {
                "alert_id": alert.alert_id,
                "severity": alert.severity.value,
                "title": texts.about(alert, name).title,
                "since": alert.created_at.isoformat(),
                "acknowledged": alert.status is Status.ACKNOWLEDGED,
            }
            for alert in by_gravity[:_MOST_LISTED]
        ]


class WatchedSensor(_BinarySensor):
    """Whether a unit or a container is running."""

    _unrecorded_attributes = frozenset(
        {"cpu_percent", "image", "memory_mb", "pid", "restarts"}
    )
    entity_description: WatchedDescription

    def __init__(
        self, coordinator: ServerCoordinator, description: WatchedDescription, name: str
    ) -> None:
        """Take the row of the table, and the name that is watched."""
        super().__init__(coordinator, description, name)
        self._name = name
        self._usage = Usage()

    def _item(self) -> Item | None:
        return self.entity_description.item_fn(self.coordinator.data, self._name)

    @override
    def _worth_writing(self, *, changed: bool) -> bool:
        return self._usage.take(self._item(), shown=changed)

    @override
    def _update(self) -> object:
        item = self._item()
        loops = self.entity_description.loops_fn(self.coordinator.data, self._name)
        running = _RUNNING.get(item.status) if item else None
        self._attr_is_on = running and not loops
        critical = any(
            watched.critical
            for watched in self.entity_description.watched(self.coordinator)
            if watched.name == self._name
        )
        steady: dict[str, Any] = {
            "status": item.status if item else "unknown",
            "critical": critical,
            **_told(item, _STEADY),
        }
        if trouble := problem(item, restarting=loops):
            steady["problem"] = trouble.value
        self._attr_extra_state_attributes = steady | _told(item, _USAGE)
        return steady


_STEADY = ("detail", "health")
_USAGE = ("image", "pid", "restarts", "memory_mb", "cpu_percent")


def _told(item: Item | None, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what is told of an item, its texts as they can be shown."""
    told = {name: getattr(item, name, None) for name in names}
    return {
        name: shown(value) if isinstance(value, str) else value
        for name, value in told.items()
        if value is not None
    }
