"""Triggers of actions: one waits for a person, one has ended."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.core import CALLBACK_TYPE, Event, callback
from homeassistant.helpers.trigger import TriggerActionRunner

from ..core.remediation.action import UNFINISHED, Status
from ..servers.server_trigger import ServerTrigger
from .announcer import EVENT_ACTION
from .log_lines import action_line


class ActionTrigger(ServerTrigger):
    """Runs when an action on a server has come to one of some states."""

    statuses: frozenset[str]

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: object = None
    ) -> CALLBACK_TYPE:
        """Listen for actions."""

        @callback
        def changed(event: Event[dict[str, Any]]) -> None:
            if self._wanted(event.data):
                run_action(dict(event.data), action_line(event.data), event.context)

        return self._hass.bus.async_listen(EVENT_ACTION, changed)

    def _wanted(self, action: Mapping[str, Any]) -> bool:
        return (
            action.get("status") in self.statuses
            and action.get("device_id") in self._target
        )


class ActionPending(ActionTrigger):
    """Runs when an action waits for a person, and not for a maintenance window."""

    statuses = frozenset({Status.PENDING})

    @override
    def _wanted(self, action: Mapping[str, Any]) -> bool:
        return not action.get("begins_at") and super()._wanted(action)


class ActionFinished(ActionTrigger):
    """Runs when an action has ended, whichever way."""

    statuses = frozenset(Status) - UNFINISHED
