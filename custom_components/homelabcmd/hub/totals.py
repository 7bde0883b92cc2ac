"""Brings the totals over all servers up to date, at most once a tick."""

from collections.abc import Mapping
from dataclasses import replace

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..alerts.alerting import Alerting
from ..core.hub.cost import running_cost
from ..core.hub.fleet import fleet
from ..remediation.remediator import Remediator
from ..servers.coordinator import FleetCoordinator, ServerCoordinator


class Totals:
    """The fleet's figures; each change makes them stale until the next tick."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Start with none."""
        self.coordinator = FleetCoordinator(hass, entry)
        self._stale = True

    def changed(self) -> None:
        """Take note that something about a server changed."""
        self._stale = True

    def refresh(
        self,
        servers: Mapping[str, ServerCoordinator],
        alerting: Alerting,
        remediator: Remediator,
        price: float,
    ) -> None:
        """Sum up anew if anything changed; `price` is that of a kWh."""
        if not self._stale:
            return
        self._stale = False
        per_day = sum(
            running_cost(server.config.tdp_watts, price).daily
            for server in servers.values()
        )
        self.coordinator.async_set_updated_data(
            replace(
                fleet((server.data for server in servers.values()), per_day),
                alerts=alerting.book.by_severity(),
                servers_with_alert=alerting.servers_with_alert(),
                pending_actions=remediator.pending(),
            )
        )
