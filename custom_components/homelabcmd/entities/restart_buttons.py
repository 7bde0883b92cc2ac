"""Restart what is watched: for the administrator who presses, here and now."""

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

from ..core.alerts.rules import CONTAINER, SERVICE
from ..core.naming import item_key
from ..core.remediation import whitelist
from ..core.servers.watch_list import Watched
from ..remediation.requests import async_restart
from ..servers.coordinator import ServerCoordinator
from .base import ServerEntity
from .dynamic_items import Place


@dataclass(frozen=True, kw_only=True)
class RestartDescription(ButtonEntityDescription):
    """The restart of something that is watched."""

    rule: str
    """What its alerts go by."""
    watched: Callable[[ServerCoordinator], tuple[Watched, ...]]


RESTARTS: tuple[RestartDescription, ...] = (
    RestartDescription(
        key="service_restart",
        translation_key="service_restart",
        device_class=ButtonDeviceClass.RESTART,
        # Below the measurements on the device's page, not above them.
        entity_category=EntityCategory.CONFIG,
        rule=SERVICE,
        watched=lambda server: server.config.services,
    ),
    RestartDescription(
        key="container_restart",
        translation_key="container_restart",
        device_class=ButtonDeviceClass.RESTART,
        # Below the measurements on the device's page, not above them.
        entity_category=EntityCategory.CONFIG,
        rule=CONTAINER,
        watched=lambda server: server.config.containers,
    ),
)


class RestartButton(ServerEntity, ButtonEntity):
    """Restarts a unit or a container that the server lets be restarted."""

    entity_description: RestartDescription

    def __init__(
        self, coordinator: ServerCoordinator, description: RestartDescription, item: str
    ) -> None:
        """Take the name of the unit or the container."""
        super().__init__(coordinator, description, item)
        self._item = item
        self._seen: object = None
        self._allowed = False
        self.take_over()

    @property
    @override
    def available(self) -> bool:
        """Return whether the server reports and lets this be restarted."""
        return self._allowed and super().available

    @override
    def take_over(self) -> bool:
        """Write when it can be pressed, or no longer."""
        state = self.coordinator.data
        allowed = state.facts.agent.allowed
        # Nearly always the very same as with the heartbeat before.
        if (seen := (state.presence, allowed)) == self._seen:
            return False
        before, self._seen = (self._seen, self._allowed), seen
        rule = self.entity_description.rule
        self._allowed = whitelist.restart_of(allowed, rule, self._item) is not None
        return before != (seen, self._allowed)

    @override
    async def async_press(self) -> None:
        """Have it restarted; raises HomelabError if no administrator presses."""
        rule = self.entity_description.rule
        await async_restart(
            self.hass,
            self._hub.remediator,
            self.coordinator,
            rule,
            self._item,
            self.entity_id,
            self._context,
        )


def places(server: ServerCoordinator) -> Iterator[Place]:
    """Yield one for each watched unit and container."""
    for description in RESTARTS:
        for watched in description.watched(server):
            yield Place(
                key=item_key(description.key, watched.name),
                there=True,
                make=partial(RestartButton, server, description, watched.name),
            )
