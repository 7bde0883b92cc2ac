"""Is the server reporting, is what matters on it running, and is all well with it?"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, override

from homeassistant.components.binary_sensor import (
    DOMAIN,
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.alerts.alert import Alert, Status, worst
from .core.naming import item_key, shown
from .core.servers import troubles
from .core.servers.server import Presence, ServerState
from .core.servers.watch_list import Watched, outline, problem
from .entities.base import ServerEntity, async_add_per_server
from .entities.dynamic_items import Place, async_follow_items
from .entities.shown_values import Item, Usage
from .hub.entry import HomelabConfigEntry
from .servers.coordinator import ServerCoordinator

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
    def _outline(self) -> object:
        """Return what makes a row when it changes."""

    @abstractmethod
    def _show(self) -> None:
        """Show what is known now."""

    @override
    async def async_added_to_hass(self) -> None:
        """Start with what is known."""
        await super().async_added_to_hass()
        self.take_over()

    @override
    def take_over(self) -> bool:
        """Write what is worth it."""
        outline = (self.available, self._outline())
        if outline == self._written:
            return False
        self._written = outline
        self._show()
        return True


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
    def _outline(self) -> object:
        description, state = self.entity_description, self.coordinator.data
        outline = description.outline_fn(state) if description.outline_fn else None
        return description.value_fn(state), outline

    @override
    def _show(self) -> None:
        description, state = self.entity_description, self.coordinator.data
        self._attr_is_on = description.value_fn(state)
        if description.attributes_fn is not None:
            self._attr_extra_state_attributes = dict(description.attributes_fn(state))


class AlertSensor(_BinarySensor):
    """On while an alert of the server is not resolved."""

    _unrecorded_attributes = frozenset({"alerts"})
    _told: object = None
    _described: Mapping[str, Any] = MappingProxyType({})

    @property
    @override
    def available(self) -> bool:
        """Return True: that the server fell silent is an alert too."""
        return True

    @override
    def _outline(self) -> object:
        standing = self.coordinator.alerts.open
        # Their figures move with every heartbeat, and are not told here.
        told = (self.coordinator.config.name, standing)
        if told != self._told:
            self._told = told
            self._described = self._describe(standing)
        return self._described

    @override
    def _show(self) -> None:
        self._attr_is_on = bool(self.coordinator.alerts.open)
        self._attr_extra_state_attributes = dict(self._described)

    def _describe(self, standing: tuple[Alert, ...]) -> Mapping[str, Any]:
        severity = worst(standing)
        acknowledged = sum(alert.status is Status.ACKNOWLEDGED for alert in standing)
        return {
            "open": len(standing) - acknowledged,
            "acknowledged": acknowledged,
            "severity": severity and severity.value,
            "alerts": self._listed(standing),
        }

    def _listed(self, standing: tuple[Alert, ...]) -> list[dict[str, Any]]:
        """Return what the dashboard shows of the alerts, the worst first."""
        texts = self._hub.alerting.texts
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
        self._watched: tuple[Watched, ...] = ()
        self._critical = False

    def _item(self) -> Item | None:
        return self.entity_description.item_fn(self.coordinator.data, self._name)

    @override
    def take_over(self) -> bool:
        """Write a change of the state, and what it uses now and then."""
        changed = super().take_over()
        if not self._usage.take(self._item(), shown=changed):
            return False
        if not changed:
            self._show()
        return True

    @override
    def _outline(self) -> object:
        watched = self.entity_description.watched(self.coordinator)
        if watched is not self._watched:
            self._watched = watched
            self._critical = any(
                each.critical for each in watched if each.name == self._name
            )
        return self._critical, self._loops(), outline(self._item())

    def _loops(self) -> bool:
        return self.entity_description.loops_fn(self.coordinator.data, self._name)

    @override
    def _show(self) -> None:
        item = self._item()
        running = _RUNNING.get(item.status) if item else None
        loops = self._loops()
        self._attr_is_on = running and not loops
        attributes: dict[str, Any] = {
            "status": item.status if item else "unknown",
            "critical": self._critical,
            **_told(item),
        }
        if trouble := problem(item, restarting=loops):
            attributes["problem"] = trouble.value
        self._attr_extra_state_attributes = attributes


_TOLD = ("detail", "health", "image", "pid", "restarts", "memory_mb", "cpu_percent")


def _told(item: Item | None) -> dict[str, Any]:
    """Return what is told of an item, its texts as they can be shown."""
    told = {name: getattr(item, name, None) for name in _TOLD}
    return {
        name: shown(value) if isinstance(value, str) else value
        for name, value in told.items()
        if value is not None
    }
