"""Restart what is watched: there already, and to be pressed once commands exist."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import override

from homeassistant.components.button import (
    ButtonDeviceClass,
    ButtonEntity,
    ButtonEntityDescription,
)
from homeassistant.const import EntityCategory

from ..core.naming import item_key
from ..core.servers.watch_list import Watched
from ..servers.coordinator import ServerCoordinator
from .base import ServerEntity
from .dynamic_items import Place


@dataclass(frozen=True, kw_only=True)
class RestartDescription(ButtonEntityDescription):
    """The restart of something that is watched."""

    watched: Callable[[ServerCoordinator], tuple[Watched, ...]]


RESTARTS: tuple[RestartDescription, ...] = (
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


class RestartButton(ServerEntity, ButtonEntity):
    """Restarts a unit or a container."""

    entity_description: RestartDescription

    @property
    @override
    def available(self) -> bool:
        """Return False: no command can be given to an agent yet."""
        return False


def places(server: ServerCoordinator) -> Iterator[Place]:
    """Yield one for each watched unit and container."""
    for description in RESTARTS:
        for watched in description.watched(server):
            yield Place(
                key=item_key(description.key, watched.name),
                there=True,
                make=partial(RestartButton, server, description, watched.name),
            )
