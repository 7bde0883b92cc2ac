"""Push coordinators: one per server, one for the fleet. Nothing is polled."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .const import LOGGER
from .core.alert_tracks import ServerAlerts
from .core.fleet import Fleet
from .core.server import ServerState
from .core.settings import ServerConfig

if TYPE_CHECKING:
    from .hub import Hub

type HomelabConfigEntry = ConfigEntry[Hub]


class ServerCoordinator(DataUpdateCoordinator[ServerState]):
    """Tells the entities of one server what is new."""

    config_entry: HomelabConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: HomelabConfigEntry,
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

    @override
    async def _async_update_data(self) -> ServerState:
        """Return what is known: whoever asks for an update can't have a newer one."""
        return self.data


class FleetCoordinator(DataUpdateCoordinator[Fleet]):
    """Tells the entities of the hub what is new."""

    config_entry: HomelabConfigEntry

    def __init__(self, hass: HomeAssistant, entry: HomelabConfigEntry) -> None:
        """Start with no server."""
        super().__init__(hass, LOGGER, config_entry=entry, name="fleet")
        self.data = Fleet()

    @override
    async def _async_update_data(self) -> Fleet:
        """Return what is known: whoever asks for an update can't have a newer one."""
        return self.data
