"""Passes changes of actions on: to our listeners, and to Home Assistant's bus."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant
from homeassistant.util.event_type import EventType

from ..const import DOMAIN, LOGGER
from ..core.naming import shown
from ..core.remediation.action import ActionRecord
from ..servers.coordinator import ServerCoordinator
from .texts import ActionTexts

EVENT_ACTION: EventType[dict[str, Any]] = EventType(f"{DOMAIN}_action")
"""Fired with every change of an action, for triggers and the logbook."""

type Listener = Callable[[ActionRecord], None]


class ActionAnnouncer:
    """Knows who wants to hear of actions."""

    def __init__(self, hass: HomeAssistant, texts: ActionTexts) -> None:
        """Start with nobody."""
        self._hass = hass
        self._texts = texts
        self._listeners: list[tuple[str | None, Listener]] = []

    def listen(self, listener: Listener, server_id: str | None) -> CALLBACK_TYPE:
        """Call `listener` with each record, of one server or, with None, of all."""
        entry = (server_id, listener)
        self._listeners.append(entry)

        def unsubscribe() -> None:
            if entry in self._listeners:
                self._listeners.remove(entry)

        return unsubscribe

    def drop(self, server_id: str) -> None:
        """Forget who listens for a server that was removed."""
        self._listeners = [each for each in self._listeners if each[0] != server_id]

    def tell(
        self,
        record: ActionRecord,
        server: ServerCoordinator | None,
        context: Context | None,
    ) -> None:
        """Tell everybody."""
        for server_id, listener in tuple(self._listeners):
            if server_id not in (None, record.action.server_id):
                continue
            try:
                listener(record)
            except Exception:  # noqa: BLE001
                # What fails to take it must not cost the others, nor a heartbeat.
                LOGGER.exception("A change of an action could not be passed on")
        self._hass.bus.async_fire(
            EVENT_ACTION, self._data(record, server), context=context
        )

    def _data(
        self, record: ActionRecord, server: ServerCoordinator | None
    ) -> dict[str, Any]:
        action, by = record.action, record.by
        name = server.config.name if server else action.server_id
        text = self._texts.news(record, name)
        return {
            "action_id": action.action_id,
            "server_id": action.server_id,
            "device_id": server and server.device_id,
            "name": shown(name),
            "action_type": action.action_type.value,
            "target": shown(action.target),
            "alert_id": action.alert_id,
            "status": action.status.value,
            "auto_approved": action.auto_approved,
            "begins_at": action.begins_at and action.begins_at.isoformat(),
            "title": text.title,
            "message": text.message,
            "user_id": by and by.user_id,
            "by": by and by.name,
            "note": action.note if by else None,
            "outcome": action.outcome and action.outcome.value,
            "exit_code": action.exit_code,
        }
