"""The alerts of each server as events, for automations and the logbook."""

from typing import Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import callback

from ..core.alerts.alert import Kind, Record
from ..core.naming import shown
from ..servers.coordinator import ServerCoordinator
from .base import ServerEntity

ALERTS = EventEntityDescription(
    key="alerts",
    translation_key="alerts",
    # That something eased or still stands is no event: the state shows it.
    event_types=[
        Kind.OPENED.value,
        Kind.ACKNOWLEDGED.value,
        Kind.ESCALATED.value,
        Kind.RESOLVED.value,
    ],
)


class AlertEvents(ServerEntity, EventEntity):
    """What happened to the alerts of a server."""

    def __init__(self, coordinator: ServerCoordinator) -> None:
        """Start with nothing."""
        super().__init__(coordinator, ALERTS)

    @property
    @override
    def available(self) -> bool:
        """Return True: that the server fell silent is an alert too."""
        return True

    @override
    async def async_added_to_hass(self) -> None:
        """Listen for what happens from now on."""
        await super().async_added_to_hass()
        alerting = self._hub.alerting
        self.async_on_remove(
            alerting.async_listen(self._heard, self.coordinator.config.server_id)
        )

    @callback
    def _heard(self, record: Record) -> None:
        if record.kind.value not in self.event_types:
            return
        self._trigger_event(record.kind.value, self._attributes(record))
        self.async_write_ha_state()

    def _attributes(self, record: Record) -> dict[str, Any]:
        """Return what there is to say, without what is not known."""
        alert, by = record.alert, record.by
        texts = self._hub.alerting.texts
        text = texts.news(record, self.coordinator.config.name)
        attributes = {
            "alert_id": alert.alert_id,
            "type": alert.type.value,
            "severity": alert.severity.value,
            "status": alert.status.value,
            "subject": shown(alert.subject) if alert.subject else None,
            "title": text.title,
            "message": text.message,
            "metric_value": alert.metric_value,
            "threshold_value": alert.threshold_value,
            "by": by and by.name,
            "note": record.note,
        }
        return {name: value for name, value in attributes.items() if value is not None}
