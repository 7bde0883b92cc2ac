"""Brings the totals over all servers up to date, at most once a tick."""

from collections.abc import Mapping
from dataclasses import replace

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..alerts.alerting import Alerting
from ..core.hub.cost import running_cost
from ..core.hub.fleet import fleet
from ..discovery.explorer import Explorer
from ..power.metering import Metering
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
        metering: Metering,
        explorer: Explorer,
    ) -> None:
        """Sum up anew if anything changed."""
        if not self._stale:
            return
        self._stale = False
        watts, typical = metering.watts()
        cost = running_cost(float(typical), float(metering.price))
        states = (server.data for server in servers.values())
        self.coordinator.async_set_updated_data(
            replace(
                fleet(states, cost.daily),
                power_watts=float(watts),
                cost_per_month=cost.monthly,
                cost_per_year=cost.yearly,
                alerts=alerting.book.by_severity(),
                servers_with_alert=alerting.servers_with_alert(),
                pending_actions=remediator.pending(),
                devices=explorer.without_agent(),
            )
        )
