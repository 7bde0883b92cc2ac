"""Says when a server falls silent and when it is heard again."""

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util.signal_type import SignalType

from ..const import DOMAIN
from ..core.servers.server import Presence
from ..servers.coordinator import ServerCoordinator
from .hub import Hub

WENT_OFFLINE: SignalType[ServerCoordinator] = SignalType(f"{DOMAIN}_went_offline")
CAME_BACK: SignalType[ServerCoordinator] = SignalType(f"{DOMAIN}_came_back")

_CHANGES = {
    (Presence.ONLINE, Presence.OFFLINE): WENT_OFFLINE,
    (Presence.OFFLINE, Presence.ONLINE): CAME_BACK,
}
"""A server that is heard for the first time does not come back.

Nor does one whose agent took its leave: nobody was told that it went.
"""


def _shown(server: ServerCoordinator) -> Presence:
    left = server.data.uninstalled
    return Presence.UNKNOWN if left else server.data.presence


@callback
def async_start(hass: HomeAssistant, hub: Hub) -> CALLBACK_TYPE:
    """Follow every server there is and that is added; returns what ends it."""
    removers: list[CALLBACK_TYPE] = []

    @callback
    def follow(server: ServerCoordinator) -> None:
        before = _shown(server)

        def changed() -> bool:
            return _shown(server) is not before

        @callback
        def tell() -> None:
            nonlocal before
            change, before = (before, _shown(server)), _shown(server)
            if change in _CHANGES:
                async_dispatcher_send(hass, _CHANGES[change], server)

        removers.append(server.async_add_listener(tell, changed))

    removers.append(hub.async_each_server(follow))

    @callback
    def stop() -> None:
        for remove in removers:
            remove()

    return stop
