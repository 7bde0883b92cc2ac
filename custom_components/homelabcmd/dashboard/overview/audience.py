"""Who looks at the pages, and what they have not been told yet."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from ...const import DOMAIN
from ...hub.hub import Hub
from ...servers.coordinator import ServerCoordinator
from .message import actions_message, alerts_message, server_message

CALM_SECONDS = 0.5
"""What changes within this time is told in one message."""

type Tell = Callable[[dict[str, Any]], None]


class Audience:
    """The open pages; they stay while the hub is reloaded."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with nobody."""
        self._hass = hass
        self._hub: Hub | None = None
        self._tell: list[Tell] = []
        self._servers: set[str] = set()
        self._alerts = self._actions = False
        self._timer: CALLBACK_TYPE | None = None

    @callback
    def async_join(self, tell: Tell) -> CALLBACK_TYPE:
        """Tell somebody everything, and then what changes."""
        self._tell.append(tell)
        if self._hub is not None:
            tell(_everything(self._hub))

        def leave() -> None:
            self._tell.remove(tell)

        return leave

    @callback
    def async_follow(self, hub: Hub) -> CALLBACK_TYPE:
        """Follow a hub; return what ends that."""
        self._hub = hub
        everything = _everything(hub)
        for tell in tuple(self._tell):
            tell(everything)
        ends: dict[str, CALLBACK_TYPE] = {}

        @callback
        def follow_server(server: ServerCoordinator) -> None:
            server_id = server.config.server_id

            @callback
            def changed() -> None:
                if server_id not in hub.servers:
                    # With it go its alerts and actions.
                    ends.pop(server_id)()
                    self._alerts = self._actions = True
                self._servers.add(server_id)
                self._soon()

            ends[server_id] = server.async_add_listener(changed)
            changed()

        @callback
        def alert_changed(_record: object) -> None:
            self._alerts = True
            self._soon()

        @callback
        def action_changed(_record: object) -> None:
            # An alert tells whether it was remedied.
            self._alerts = self._actions = True
            self._soon()

        general = (
            hub.async_each_server(follow_server),
            hub.alerting.async_listen(alert_changed),
            hub.remediator.async_listen(action_changed),
        )
        # They are told of these already.
        self._rest()

        @callback
        def stop() -> None:
            self._hub = None
            self._rest()
            for end in (*general, *ends.values()):
                end()

        return stop

    def _soon(self) -> None:
        if not self._tell:
            # Whoever comes is told everything.
            self._rest()
        elif self._timer is None:
            self._timer = async_call_later(self._hass, CALM_SECONDS, self._tell_all)

    def _rest(self) -> None:
        self._servers.clear()
        self._alerts = self._actions = False
        if self._timer is not None:
            self._timer()
            self._timer = None

    @callback
    def _tell_all(self, _now: datetime) -> None:
        self._timer = None
        if self._hub is not None:
            news = self._news(self._hub)
            for tell in tuple(self._tell):
                tell(news)
        self._rest()

    def _news(self, hub: Hub) -> dict[str, Any]:
        there = self._servers & hub.servers.keys()
        news: dict[str, Any] = {
            "all": False,
            "servers": [server_message(hub, hub.servers[name]) for name in there],
            "gone": sorted(self._servers - there),
        }
        if self._alerts:
            news |= alerts_message(hub)
        if self._actions:
            news |= actions_message(hub)
        return news


def _everything(hub: Hub) -> dict[str, Any]:
    return {
        "all": True,
        "servers": [server_message(hub, server) for server in hub.servers.values()],
        **alerts_message(hub),
        **actions_message(hub),
    }


AUDIENCE: HassKey[Audience] = HassKey(f"{DOMAIN}_audience")
