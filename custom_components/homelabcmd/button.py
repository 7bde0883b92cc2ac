"""Restart what is watched: there already, and to be pressed once commands exist."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import override

from homeassistant.components.button import (
    DOMAIN,
    ButtonDeviceClass,
    ButtonEntity,
    ButtonEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .core.naming import item_key
from .core.servers.watch_list import Watched
from .entities.base import ServerEntity
from .entities.dynamic_items import Place, async_follow_items
from .hub.entry import HomelabConfigEntry
from .servers.coordinator import ServerCoordinator

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class RestartDescription(ButtonEntityDescription):
    """The restart of something that is watched."""

    watched: Callable[[ServerCoordinator], tuple[Watched, ...]]


BUTTONS: tuple[RestartDescription, ...] = (
    RestartDescription(
        key="service_restart",
        translation_key="service_restart",
        device_class=ButtonDeviceClass.RESTART,
        # Below the measurements on the device's page, not above them.
        entity_category=EntityCategory.CONFIG,
        watched=lambda server: server.config.services,
    ),
    RestartDescription(
        key="container_restart",
        translation_key="container_restart",
        device_class=ButtonDeviceClass.RESTART,
        # Below the measurements on the device's page, not above them.
        entity_category=EntityCategory.CONFIG,
        watched=lambda server: server.config.containers,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: HomelabConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of every server."""
    async_follow_items(hass, entry, DOMAIN, async_add_entities, _places)


def _places(server: ServerCoordinator) -> Iterator[Place]:
    """Yield one for each watched unit and container."""
    for description in BUTTONS:
        for watched in description.watched(server):
            yield Place(
                key=item_key(description.key, watched.name),
                there=True,
                make=partial(RestartButton, server, description, watched.name),
            )


class RestartButton(ServerEntity, ButtonEntity):
    """Restarts a unit or a container."""

    entity_description: RestartDescription

    @property
    @override
    def available(self) -> bool:
        """Return False: no command can be given to an agent yet."""
        return False
