"""What becomes of the actions on a server, as events."""

from typing import Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import callback

from ..core.naming import shown
from ..core.remediation.action import ActionRecord, Status
from ..servers.coordinator import ServerCoordinator
from .base import ServerEntity

REMEDIATION = EventEntityDescription(
    key="remediation",
    translation_key="remediation",
    event_types=[status.value for status in Status],
)


class RemediationEvents(ServerEntity, EventEntity):
    """What happened to the actions on a server."""

    # Its end is in list_actions and in the logbook; it may be long.
    _unrecorded_attributes = frozenset({"output", "error"})

    def __init__(self, coordinator: ServerCoordinator) -> None:
        """Start with nothing."""
        super().__init__(coordinator, REMEDIATION)

    @property
    @override
    def available(self) -> bool:
        """Return True: an action may expire while the server is silent."""
        return True

    @override
    async def async_added_to_hass(self) -> None:
        """Listen for what happens from now on."""
        await super().async_added_to_hass()
        remediator = self._hub.remediator
        self.async_on_remove(
            remediator.async_listen(self._heard, self.coordinator.config.server_id)
        )

    @callback
    def _heard(self, record: ActionRecord) -> None:
        self._trigger_event(record.action.status.value, self._attributes(record))
        self.async_write_ha_state()

    def _attributes(self, record: ActionRecord) -> dict[str, Any]:
        """Return what there is to say, without what is not known."""
        action, by = record.action, record.by
        name = self.coordinator.config.name
        text = self._hub.remediator.texts.news(record, name)
        attributes = {
            "action_id": action.action_id,
            "action_type": action.action_type.value,
            "target": shown(action.target),
            "alert_id": action.alert_id,
            "title": text.title,
            "message": text.message,
            "by": by and by.name,
            "auto_approved": action.auto_approved,
            "exit_code": action.exit_code,
            "output": action.output,
            "error": action.error,
        }
        return {name: value for name, value in attributes.items() if value is not None}
