"""Which servers the target of a trigger or of a condition means."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)


class ServerTarget:
    """Servers by their device, an entity, area, floor or label of theirs.

    No target means all servers, and so does the hub's device. It is looked up each
    time, for devices move from area to area.
    """

    def __init__(self, hass: HomeAssistant, target: Mapping[str, Any] | None) -> None:
        """Take the target of a configuration, checked by `cv.TARGET_FIELDS`."""
        self._hass = hass
        selection = TargetSelection(dict(target or {}))
        self._selection = selection if selection.has_any_target else None

    def __contains__(self, device_id: object) -> bool:
        """Return whether the server with this device is meant."""
        if self._selection is None:
            return True
        if not isinstance(device_id, str):
            return False
        found = async_extract_referenced_entity_ids(
            self._hass, self._selection, expand_group=False
        )
        entities = er.async_get(self._hass)
        devices = set(found.referenced_devices)
        for entity_id in found.referenced | found.indirectly_referenced:
            entity = entities.async_get(entity_id)
            if entity is not None and entity.device_id is not None:
                devices.add(entity.device_id)
        server = dr.async_get(self._hass).async_get(device_id)
        # A device that is a part of another has none.
        hub = getattr(server, "via_device_id", None)
        return device_id in devices or (hub is not None and hub in devices)
