"""Push coordinators: one per server, one for the fleet. Nothing is polled."""

from collections.abc import Callable
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from ..const import LOGGER
from ..core.alerts.server_alerts import ServerAlerts
from ..core.hub.fleet import Fleet
from ..core.hub.settings import ServerConfig
from ..core.servers.server import ServerState

type Moved = Callable[[], bool]
"""Takes over what is new; returns whether it is worth telling."""


class _Coordinator[T](DataUpdateCoordinator[T]):
    """Tells only those for whom something moved.

    The context of a listener is its `Moved`, asked once for each update. One without a
    context is told of every update.
    """

    config_entry: ConfigEntry

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Ask every listener whether anything moved for it, and tell those."""
        for tell, moved in tuple(self._listeners.values()):
            try:
                if not callable(moved) or moved():
                    tell()
            except Exception:
                # As Home Assistant's own: one of them must not cost the others.
                self.logger.exception("Unexpected error telling a listener")

    @override
    async def _async_update_data(self) -> T:
        """Return what is known: whoever asks for an update can't have a newer one."""
        return self.data


class ServerCoordinator(_Coordinator[ServerState]):
    """Tells the entities of one server what is new."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        subentry_id: str,
        config: ServerConfig,
        state: ServerState,
    ) -> None:
        """Start with what is remembered of the server."""
        super().__init__(hass, LOGGER, config_entry=entry, name=config.server_id)
        self.subentry_id = subentry_id
        self.device_id = ""
        self.config = config
        self.data = state
        self.alerts = ServerAlerts(server_id=config.server_id)


class FleetCoordinator(_Coordinator[Fleet]):
    """Tells the entities of the hub what is new."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Start with no server."""
        super().__init__(hass, LOGGER, config_entry=entry, name="fleet")
        self.data = Fleet()
