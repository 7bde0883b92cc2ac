"""What all dialogs of a server start from."""

from homeassistant.config_entries import ConfigEntryState, ConfigSubentryFlow
from homeassistant.data_entry_flow import AbortFlow

from ...hub.entry import HomelabConfigEntry
from ...hub.hub import Hub
from ..coordinator import ServerCoordinator


class ServerSteps(ConfigSubentryFlow):
    """A dialog about one server."""

    _server_id = ""

    def _hub(self) -> Hub:
        entry: HomelabConfigEntry | None = self.hass.config_entries.async_get_entry(
            self._entry_id
        )
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            raise AbortFlow("entry_not_loaded")
        return entry.runtime_data

    def _server(self) -> ServerCoordinator:
        server = self._hub().servers.get(self._server_id)
        if server is None:
            raise AbortFlow("server_removed")
        return server
