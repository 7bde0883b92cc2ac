"""What is a yes or no about a server: one row each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory

from ..core.servers import troubles
from ..core.servers.server import Presence, ServerState
from .outlined import OutlinedEntity

_PRESENT = {Presence.ONLINE: True, Presence.OFFLINE: False, Presence.UNKNOWN: None}


@dataclass(frozen=True, kw_only=True)
class ServerBinarySensorDescription(BinarySensorEntityDescription):
    """A yes or no about a server."""

    value_fn: Callable[[ServerState], bool | None]
    attributes_fn: Callable[[ServerState], Mapping[str, Any]] | None = None
    outline_fn: Callable[[ServerState], object] | None = None
    """What of the attributes is worth a row."""
    speaks_of_silence: bool = False
    """Whether it stays available, so that automations see a server go."""


SERVER_BINARY_SENSORS: tuple[ServerBinarySensorDescription, ...] = (
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


class ServerBinarySensor(OutlinedEntity, BinarySensorEntity):
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
