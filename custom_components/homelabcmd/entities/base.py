"""What all our entities share."""

from abc import abstractmethod
from collections.abc import Callable
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from ..const import DOMAIN
from ..core.naming import item_key, shown
from ..core.servers.server import Presence
from ..hub.entry import HomelabConfigEntry
from ..hub.hub import Hub
from ..servers.coordinator import FleetCoordinator, ServerCoordinator
from ..servers.slugs import has_slug

_TAIL = 8
"""Digits of an item's digest that stand for its name in an id."""


class ServerEntity(CoordinatorEntity[ServerCoordinator]):
    """An entity of a server: unavailable while the server is not reporting."""

    _attr_has_entity_name = True

    def __init__(
        self,
        coordinator: ServerCoordinator,
        description: EntityDescription,
        item: str | None = None,
    ) -> None:
        """Hang the entity on the server's device; `item` is what it is about there."""
        super().__init__(coordinator, context=self.take_over)
        self.entity_description = description
        server_id = coordinator.config.server_id
        key = description.key
        self._id_tail = ""
        if item is not None:
            key = item_key(key, item)
            self._attr_translation_placeholders = {"name": shown(item)}
            if not has_slug(shown(item)):
                self._id_tail = key[-_TAIL:]
        self._attr_unique_id = f"{server_id}_{key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, server_id)})
        self.when_deleted: Callable[[], None] | None = None
        """Called when the entity was taken out of the registry while it was there."""

    def take_over(self) -> bool:
        """Take over what is new; return whether it is worth writing a state.

        Asked once for each update. By default nothing of an entity changes with one.
        """
        return False

    @property
    @override
    def suggested_object_id(self) -> str | None:
        """Return what the entity's id is made of besides the device's name.

        A server or an item whose name can't be in an id goes by what it is known by:
        else all of them would have the same ids, told apart by who came first.
        """
        config = self.coordinator.config
        head = _head(self, config.name, config.server_id)
        parts = (head, super().suggested_object_id, self._id_tail)
        return " ".join(part for part in parts if part) or None

    @override
    async def async_removed_from_registry(self) -> None:
        """Tell whoever has added the entity."""
        if self.when_deleted is not None:
            self.when_deleted()

    @property
    def _hub(self) -> Hub:
        """Return the hub; coordinators do not know it."""
        entry: HomelabConfigEntry = self.coordinator.config_entry
        return entry.runtime_data

    @property
    @override
    def available(self) -> bool:
        """Return whether the server is reporting."""
        return self.coordinator.data.presence is Presence.ONLINE


class FleetEntity(CoordinatorEntity[FleetCoordinator]):
    """An entity of the hub."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: FleetCoordinator, description: EntityDescription
    ) -> None:
        """Hang the entity on the hub's device."""
        super().__init__(coordinator, context=self.take_over)
        self.entity_description = description
        entry_id = coordinator.config_entry.entry_id
        self._attr_unique_id = f"{entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry_id)})

    @abstractmethod
    def take_over(self) -> bool:
        """Take over what is new; return whether it is worth writing a state."""

    @property
    @override
    def suggested_object_id(self) -> str | None:
        """Return what the entity's id is made of besides the device's name."""
        head = _head(self, self.coordinator.config_entry.title, DOMAIN)
        parts = (head, super().suggested_object_id)
        return " ".join(part for part in parts if part) or None


def _head(entity: Entity, name: str, instead: str) -> str:
    """Return what an id begins with where the device's name can't be in it."""
    device = entity.device_entry
    name = (device and device.name_by_user) or name
    return "" if has_slug(name) else instead


@callback
def async_add_per_server(
    entry: HomelabConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: Callable[[ServerCoordinator], list[Entity]],
) -> None:
    """Add the entities of each server there is, and of each that is added later."""

    @callback
    def add(coordinator: ServerCoordinator) -> None:
        async_add_entities(
            make(coordinator), config_subentry_id=coordinator.subentry_id
        )

    entry.async_on_unload(entry.runtime_data.async_each_server(add))
