"""Triggers of automations: alerts, and servers that go offline and come back.

Home Assistant's interface for them is young and still moves. This module holds to what
all versions since 2026.3 have in common; where that is gone, importing it fails, and
Home Assistant goes on without our triggers.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, cast, override

from homeassistant.const import CONF_OPTIONS, CONF_TARGET, CONF_TYPE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import Trigger, TriggerActionRunner, TriggerConfig
from homeassistant.helpers.typing import ConfigType
from homeassistant.util.signal_type import SignalType
import voluptuous as vol

from .alerts.announcer import EVENT_ALERT
from .alerts.log_lines import alert_line
from .core.alerts.alert import Kind
from .core.alerts.rules import AlertType, Severity
from .hub.presence_signals import CAME_BACK, WENT_OFFLINE
from .servers.coordinator import ServerCoordinator
from .servers.target import ServerTarget

_FILTERS: dict[vol.Marker, Any] = {
    vol.Optional("severity"): vol.All(cv.ensure_list, [vol.In(list(Severity))]),
    vol.Optional(CONF_TYPE): vol.All(cv.ensure_list, [vol.In(list(AlertType))]),
}


def _schema(options: dict[vol.Marker, Any]) -> vol.Schema:
    return vol.Schema(
        {
            vol.Optional(CONF_TARGET): cv.TARGET_FIELDS,
            vol.Optional(CONF_OPTIONS, default={}): options,
        }
    )


class _ServerTrigger(Trigger):
    """Runs for some servers, or for all."""

    schema: ClassVar[vol.Schema] = _schema({})

    @override
    @classmethod
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Check target and options."""
        return cast("ConfigType", cls.schema(config))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Take a checked configuration."""
        super().__init__(hass, config)
        self._target = ServerTarget(hass, config.target)
        self._options: Mapping[str, Any] = config.options or {}


class AlertTrigger(_ServerTrigger):
    """Runs when people are to hear of a change of an alert, of some kinds.

    Maintenance holds back what opens, and it comes when that is over and something is
    still wrong. What ends comes to those who had heard of it.
    """

    schema = _schema(_FILTERS)
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

    schema = _schema(_FILTERS | {vol.Optional("escalated", default=True): cv.boolean})
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


class PresenceTrigger(_ServerTrigger):
    """Runs when a server is called offline, or is heard again."""

    signal: SignalType[ServerCoordinator]
    words: str

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: object = None
    ) -> CALLBACK_TYPE:
        """Listen for servers."""

        @callback
        def changed(server: ServerCoordinator) -> None:
            if server.device_id in self._target:
                payload = {
                    "server_id": server.config.server_id,
                    "device_id": server.device_id,
                    "name": server.config.name,
                }
                run_action(payload, f"{server.config.name} {self.words}")

        return async_dispatcher_connect(self._hass, self.signal, changed)


class ServerWentOffline(PresenceTrigger):
    """Runs when a server that was online has been silent for too long."""

    signal = WENT_OFFLINE
    words = "went offline"


class ServerCameBack(PresenceTrigger):
    """Runs when a server that was offline is heard again."""

    signal = CAME_BACK
    words = "came back"


TRIGGERS: dict[str, type[Trigger]] = {
    "alert_opened": AlertOpened,
    "alert_resolved": AlertResolved,
    "server_came_back": ServerCameBack,
    "server_went_offline": ServerWentOffline,
}


async def async_get_triggers(_hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return our triggers."""
    return TRIGGERS
