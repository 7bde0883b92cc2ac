"""What the logbook tells of alerts."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util.event_type import EventType

from .alerts.announcer import EVENT_ALERT
from .alerts.log_lines import alert_message, server_name
from .const import DOMAIN
from .core.alerts.alert import Kind

type _Describe = Callable[[Event[dict[str, Any]]], dict[str, Any]]

_ICON = "mdi:bell-alert"
_ICONS = {
    Kind.ACKNOWLEDGED.value: "mdi:bell-check",
    Kind.RESOLVED.value: "mdi:check-circle",
}


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, EventType[Any], _Describe], None],
) -> None:
    """Say how our events read."""

    @callback
    def describe(event: Event[dict[str, Any]]) -> dict[str, Any]:
        return {
            LOGBOOK_ENTRY_ICON: _ICONS.get(str(event.data.get("kind")), _ICON),
            LOGBOOK_ENTRY_NAME: server_name(event.data),
            LOGBOOK_ENTRY_MESSAGE: alert_message(hass, event.data),
        }

    async_describe_event(DOMAIN, EVENT_ALERT, describe)
