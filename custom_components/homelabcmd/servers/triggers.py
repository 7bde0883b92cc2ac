"""Triggers of servers: one goes offline, one comes back."""

from typing import override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import TriggerActionRunner
from homeassistant.util.signal_type import SignalType

from ..hub.presence_signals import CAME_BACK, WENT_OFFLINE
from .coordinator import ServerCoordinator
from .server_trigger import ServerTrigger


class PresenceTrigger(ServerTrigger):
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
