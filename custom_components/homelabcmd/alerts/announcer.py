"""Passes every record of an alert on: to our own listeners, and to Home Assistant."""

from collections.abc import Callable, Iterable
from typing import Any

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant
from homeassistant.util.event_type import EventType

from ..const import DOMAIN, LOGGER
from ..core.alerts.alert import Kind, Record
from ..core.naming import shown
from .texts import AlertTexts

EVENT_ALERT: EventType[dict[str, Any]] = EventType(f"{DOMAIN}_alert")
"""Fired with every change of an alert, for triggers and the logbook."""

type Listener = Callable[[Record], None]


class Announcer:
    """Knows who wants to hear of alerts."""

    def __init__(self, hass: HomeAssistant, texts: AlertTexts) -> None:
        """Start with nobody."""
        self._hass = hass
        self._texts = texts
        self._listeners: dict[str | None, list[Listener]] = {}

    def listen(self, listener: Listener, server_id: str | None) -> CALLBACK_TYPE:
        """Call `listener` with each record, of one server or, with None, of all."""
        listeners = self._listeners.setdefault(server_id, [])
        listeners.append(listener)

        def unsubscribe() -> None:
            if listener in listeners:
                listeners.remove(listener)

        return unsubscribe

    def drop(self, server_id: str) -> None:
        """Forget who listens for a server that was removed."""
        self._listeners.pop(server_id, None)

    def tell(
        self,
        records: Iterable[Record],
        name: str,
        device_id: str | None,
        context: Context | None = None,
    ) -> None:
        """Tell everybody; `name` is how the server is called."""
        for record in records:
            server_id = record.alert.server_id
            for listener in (
                *self._listeners.get(server_id, ()),
                *self._listeners.get(None, ()),
            ):
                try:
                    listener(record)
                except Exception:  # noqa: BLE001
                    # What fails to take it must not cost the others, nor a heartbeat.
                    LOGGER.exception("An alert could not be passed on")
            # It changes nothing, and is for those who deliver messages.
            if record.kind is not Kind.REPEATED:
                self._hass.bus.async_fire(
                    EVENT_ALERT, self._data(record, name, device_id), context=context
                )

    def _data(self, record: Record, name: str, device_id: str | None) -> dict[str, Any]:
        alert, by, text = record.alert, record.by, self._texts.news(record, name)
        return {
            "kind": record.kind.value,
            "alert_id": alert.alert_id,
            "server_id": alert.server_id,
            "device_id": device_id,
            "name": shown(name),
            "type": alert.type.value,
            "severity": alert.severity.value,
            "subject": shown(alert.subject) if alert.subject else "",
            "status": alert.status.value,
            "title": text.title,
            "message": text.message,
            "metric_value": alert.metric_value,
            "threshold_value": alert.threshold_value,
            "tell": record.tell,
            "told": record.told,
            "user_id": by and by.user_id,
            "by": by and by.name,
            "note": record.note,
        }
