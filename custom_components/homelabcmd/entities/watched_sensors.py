"""Whether what is watched on a server runs: one row for each kind."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)

from ..core.naming import item_key, shown
from ..core.servers.server import ServerState
from ..core.servers.watch_list import Watched, outline, problem, runs
from ..servers.coordinator import ServerCoordinator
from .dynamic_items import Place
from .outlined import OutlinedEntity
from .shown_values import Item, Usage

_TOLD = ("detail", "health", "image", "pid", "restarts", "memory_mb", "cpu_percent")


@dataclass(frozen=True, kw_only=True)
class WatchedDescription(BinarySensorEntityDescription):
    """Something on a server that is to run."""

    watched: Callable[[ServerCoordinator], tuple[Watched, ...]]
    item_fn: Callable[[ServerState, str], Item | None]
    loops_fn: Callable[[ServerState, str], bool] = lambda _state, _name: False
    """Whether it restarts again and again, which counts as not running."""


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


class WatchedSensor(OutlinedEntity, BinarySensorEntity):
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
        loops = self._loops()
        self._attr_is_on = runs(item, looping=loops)
        attributes: dict[str, Any] = {
            "status": item.status if item else "unknown",
            "critical": self._critical,
            **_told(item),
        }
        if trouble := problem(item, restarting=loops):
            attributes["problem"] = trouble.value
        self._attr_extra_state_attributes = attributes


def _told(item: Item | None) -> dict[str, Any]:
    """Return what is told of an item, its texts as they can be shown."""
    told = {name: getattr(item, name, None) for name in _TOLD}
    return {
        name: shown(value) if isinstance(value, str) else value
        for name, value in told.items()
        if value is not None
    }


def places(server: ServerCoordinator) -> Iterator[Place]:
    """Yield one for each watched unit and container."""
    for description in WATCHED:
        for watched in description.watched(server):
            yield Place(
                key=item_key(description.key, watched.name),
                there=True,
                make=partial(WatchedSensor, server, description, watched.name),
            )
