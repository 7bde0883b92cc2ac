"""What is to repair about a server: who it is, and whether it has an agent at all."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN, LOGGER
from ..core.servers.identity import ALTERNATION_WINDOW, Verdict
from ..core.servers.inventory import MAX_DISKS, MAX_NETWORKS, MAX_TEMPERATURES
from ..protocol.inventory import Host
from ..protocol.messages import Heartbeat, Message
from ..protocol.refusals import Code, Refusal
from .coordinator import ServerCoordinator


class ServerIssues:
    """Raises the repairs of servers and ends them."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start with none."""
        self._hass = hass
        self._conflicts: dict[str, float] = {}
        """When somebody was last refused as a server, in monotonic seconds."""
        self._overfull: set[str] = set()
        """Servers of which it was said that they have more than is followed."""

    def refuse(
        self,
        coordinator: ServerCoordinator,
        message: Message,
        verdict: Verdict,
        now: float,
    ) -> Refusal:
        """Have the user decide which machine a server is; returns the refusal."""
        server_id = coordinator.config.server_id
        self._conflicts[server_id] = now
        host = Host()
        if isinstance(message, Heartbeat):
            host = message.host or coordinator.data.facts.host
        elif ir.async_get(self._hass).async_get_issue(DOMAIN, _identity(server_id)):
            # What a heartbeat has said of its sender tells more.
            return Refusal(Code.IDENTITY_MISMATCH, _MISMATCH[verdict])
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            _identity(server_id),
            is_fixable=True,
            severity=ir.IssueSeverity.ERROR,
            translation_key=verdict.value,
            translation_placeholders={
                "name": coordinator.config.name,
                "hostname": host.hostname or "?",
                "ip_address": host.ip_address or "?",
            },
            data={
                "server_id": server_id,
                "machine_id": message.machine_id,
                "run_id": message.run_id,
            },
        )
        return Refusal(Code.IDENTITY_MISMATCH, _MISMATCH[verdict])

    def accepted(self, server_id: str, now: float) -> None:
        """Drop the repair once the other one was silent for long enough."""
        refused = self._conflicts.get(server_id)
        if refused is not None and now - refused > ALTERNATION_WINDOW:
            del self._conflicts[server_id]
            ir.async_delete_issue(self._hass, DOMAIN, _identity(server_id))

    def decided(self, server_id: str) -> None:
        """Take note that the user has said which machine it is."""
        self._conflicts.pop(server_id, None)

    def look(self, coordinator: ServerCoordinator) -> None:
        """Say that the agent was uninstalled, until another one reports."""
        issue_id = _uninstalled(coordinator.config.server_id)
        if not coordinator.data.uninstalled:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key="agent_uninstalled",
            translation_placeholders={"name": coordinator.config.name},
        )

    def note_left_out(self, coordinator: ServerCoordinator) -> None:
        """Say once that a server has more than is followed."""
        server_id, inventory = coordinator.config.server_id, coordinator.data.inventory
        if inventory.left_out and server_id not in self._overfull:
            LOGGER.warning(
                "%s reports more than is followed: %d disks, %d networks and %d "
                "temperatures at most; %d are left out",
                server_id,
                MAX_DISKS,
                MAX_NETWORKS,
                MAX_TEMPERATURES,
                inventory.left_out,
            )
            self._overfull.add(server_id)

    def drop(self, server_id: str) -> None:
        """Forget a server that was removed."""
        self._conflicts.pop(server_id, None)
        self._overfull.discard(server_id)
        ir.async_delete_issue(self._hass, DOMAIN, _identity(server_id))
        ir.async_delete_issue(self._hass, DOMAIN, _uninstalled(server_id))


_MISMATCH = {
    Verdict.OTHER_MACHINE: (
        "Another machine reported as this server before. Decide in Home Assistant "
        "under Settings > Repairs which one it is."
    ),
    Verdict.TWO_RUNS: (
        "Two agents report as this server by turns. Stop one of them, then decide in "
        "Home Assistant under Settings > Repairs."
    ),
}


def _identity(server_id: str) -> str:
    return f"identity_{server_id}"


def _uninstalled(server_id: str) -> str:
    return f"uninstalled_{server_id}"
