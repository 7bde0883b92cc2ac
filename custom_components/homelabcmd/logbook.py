"""What the logbook tells of alerts and of actions on servers."""

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
from .core.remediation.action import Status
from .remediation.announcer import EVENT_ACTION
from .remediation.log_lines import action_message

type _Describe = Callable[[Event[dict[str, Any]]], dict[str, Any]]

_ALERT_ICON = "mdi:bell-alert"
_ALERT_ICONS = {
    Kind.ACKNOWLEDGED.value: "mdi:bell-check",
    Kind.RESOLVED.value: "mdi:check-circle",
}
_ACTION_ICON = "mdi:wrench"
_ACTION_ICONS = {
    Status.PENDING.value: "mdi:wrench-clock",
    Status.COMPLETED.value: "mdi:wrench-check",
    Status.FAILED.value: "mdi:alert-circle",
    Status.LOST.value: "mdi:alert-circle",
}


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, EventType[Any], _Describe], None],
) -> None:
    """Say how our events read."""

    @callback
    def describe_alert(event: Event[dict[str, Any]]) -> dict[str, Any]:
        return {
            LOGBOOK_ENTRY_ICON: _ALERT_ICONS.get(
                str(event.data.get("kind")), _ALERT_ICON
            ),
            LOGBOOK_ENTRY_NAME: server_name(event.data),
            LOGBOOK_ENTRY_MESSAGE: alert_message(hass, event.data),
        }

    @callback
    def describe_action(event: Event[dict[str, Any]]) -> dict[str, Any]:
        return {
            LOGBOOK_ENTRY_ICON: _ACTION_ICONS.get(
                str(event.data.get("status")), _ACTION_ICON
            ),
            LOGBOOK_ENTRY_NAME: server_name(event.data),
            LOGBOOK_ENTRY_MESSAGE: action_message(event.data),
        }

    async_describe_event(DOMAIN, EVENT_ALERT, describe_alert)
    async_describe_event(DOMAIN, EVENT_ACTION, describe_action)
