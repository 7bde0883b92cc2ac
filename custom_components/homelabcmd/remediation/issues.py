"""What is to repair about repairs: a server that lets nothing be done to it."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN
from ..servers.coordinator import ServerCoordinator

MANAGED_COMMAND = "sudo sh /opt/homelab-agent/install.sh --managed"
"""The line that switches managed mode on, on the server."""


def say_monitor_only(hass: HomeAssistant, server: ServerCoordinator) -> None:
    """Say how a server is told that it may be repaired; once it was ignored, never."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _monitor_only(server.config.server_id),
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="monitor_only",
        translation_placeholders={
            "name": server.config.name,
            "command": MANAGED_COMMAND,
        },
    )


def settled(hass: HomeAssistant, server_id: str) -> None:
    """Take it back: the server is managed, or gone."""
    ir.async_delete_issue(hass, DOMAIN, _monitor_only(server_id))


def _monitor_only(server_id: str) -> str:
    return f"monitor_only_{server_id}"
