"""The servers there are, as the config entry has them, with their devices."""

from collections.abc import Callable

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..const import SUBENTRY_SERVER
from ..core.hub.settings import ServerConfig
from ..core.servers.server import ServerState
from . import devices
from .coordinator import ServerCoordinator

type ServerCallback = Callable[[ServerCoordinator], None]


class ServerCollection:
    """Subentries come and go while the hub runs."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Start with no server."""
        self.servers: dict[str, ServerCoordinator] = {}
        self._hass = hass
        self._entry = entry
        self._listeners: list[ServerCallback] = []
        self._hub_device_id = devices.async_register_hub(hass, entry)

    def wanted(self) -> dict[str, tuple[str, ServerConfig]]:
        """Return the subentry and the settings of every server of the config entry."""
        devices.async_register_hub(self._hass, self._entry)
        return {
            subentry.data["server_id"]: (
                subentry.subentry_id,
                ServerConfig.from_subentry(subentry.title, subentry.data),
            )
            for subentry in self._entry.subentries.values()
            if subentry.subentry_type == SUBENTRY_SERVER
        }

    def take_up(
        self, subentry_id: str, config: ServerConfig, state: ServerState
    ) -> None:
        """Follow a server from now on."""
        coordinator = ServerCoordinator(
            self._hass, self._entry, subentry_id, config, state
        )
        self.servers[config.server_id] = coordinator
        self.register_device(coordinator)
        for listener in self._listeners:
            listener(coordinator)

    def change(self, coordinator: ServerCoordinator, config: ServerConfig) -> None:
        """Take over what the user changed about a server."""
        before, coordinator.config = coordinator.config, config
        self.register_device(coordinator)
        if config.location != before.location:
            devices.async_move_server(self._hass, coordinator, before.location)
        coordinator.async_update_listeners()

    def drop(self, server_id: str) -> None:
        """Follow a server no longer, if it was."""
        removed = self.servers.pop(server_id, None)
        if removed is not None:
            removed.async_update_listeners()
        # One of them may have waited for the MAC address.
        for coordinator in self.servers.values():
            self.register_device(coordinator)

    def register_device(self, coordinator: ServerCoordinator) -> None:
        """Bring the device of a server up to date."""
        coordinator.device_id = devices.async_register_server(
            self._hass, coordinator, self._hub_device_id
        )

    @callback
    def async_each(self, listener: ServerCallback) -> CALLBACK_TYPE:
        """Call `listener` with each server there is, and with each that is added."""
        self._listeners.append(listener)
        for coordinator in self.servers.values():
            listener(coordinator)
        return lambda: self._listeners.remove(listener)
