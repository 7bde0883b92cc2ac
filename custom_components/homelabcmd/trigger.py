"""Triggers of automations: alerts, actions, servers that go offline and come back.

Where Home Assistant's interface for them has moved on, importing this fails and Home
Assistant goes on without them: see `servers/server_trigger.py`.
"""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.trigger import Trigger

from .alerts.triggers import AlertOpened, AlertResolved
from .remediation.triggers import ActionFinished, ActionPending
from .servers.triggers import ServerCameBack, ServerWentOffline

TRIGGERS: dict[str, type[Trigger]] = {
    "action_finished": ActionFinished,
    "action_pending": ActionPending,
    "alert_opened": AlertOpened,
    "alert_resolved": AlertResolved,
    "server_came_back": ServerCameBack,
    "server_went_offline": ServerWentOffline,
}


async def async_get_triggers(_hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return our triggers."""
    return TRIGGERS
