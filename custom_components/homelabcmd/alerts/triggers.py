"""Triggers of alerts: one opens or gets worse, one ends."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.const import CONF_TYPE
from homeassistant.core import CALLBACK_TYPE, Event, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.trigger import TriggerActionRunner
import voluptuous as vol

from ..core.alerts.alert import Kind
from ..core.alerts.rules import AlertType, Severity
from ..servers.server_trigger import ServerTrigger, schema_of
from .announcer import EVENT_ALERT
from .log_lines import alert_line

_FILTERS: dict[vol.Marker, Any] = {
    vol.Optional("severity"): vol.All(cv.ensure_list, [vol.In(list(Severity))]),
    vol.Optional(CONF_TYPE): vol.All(cv.ensure_list, [vol.In(list(AlertType))]),
}


class AlertTrigger(ServerTrigger):
    """Runs when people are to hear of a change of an alert, of some kinds.

    Maintenance holds back what opens, and it comes when that is over and something is
    still wrong. What ends comes to those who had heard of it.
    """

    schema = schema_of(_FILTERS)
    kinds: frozenset[str]
    heard: str
    """Names what must be true of the change."""

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: object = None
    ) -> CALLBACK_TYPE:
        """Listen for alerts."""

        @callback
        def changed(event: Event[dict[str, Any]]) -> None:
            if self._wanted(event.data):
                run_action(
                    dict(event.data), alert_line(self._hass, event.data), event.context
                )

        return self._hass.bus.async_listen(EVENT_ALERT, changed)

    def _wanted(self, alert: Mapping[str, Any]) -> bool:
        return (
            self._is_kind(alert.get("kind"))
            and alert.get(self.heard) is True
            # An empty list means the same as none: all.
            and alert.get("severity") in (self._options.get("severity") or Severity)
            and alert.get("type") in (self._options.get(CONF_TYPE) or AlertType)
            and alert.get("device_id") in self._target
        )

    def _is_kind(self, kind: object) -> bool:
        return kind in self.kinds


class AlertOpened(AlertTrigger):
    """Runs when an alert opens; also when an open one gets worse, unless told not to.

    A disk that is full has often been called nearly full before: whoever waits for
    what is critical would miss it otherwise.
    """

    schema = schema_of(_FILTERS | {vol.Optional("escalated", default=True): cv.boolean})
    kinds = frozenset({Kind.OPENED, Kind.ESCALATED, Kind.OVERDUE})
    heard = "tell"

    @override
    def _is_kind(self, kind: object) -> bool:
        if kind == Kind.ESCALATED:
            return bool(self._options["escalated"])
        return super()._is_kind(kind)


class AlertResolved(AlertTrigger):
    """Runs when an alert ends."""

    kinds = frozenset({Kind.RESOLVED})
    heard = "told"
