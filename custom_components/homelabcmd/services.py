"""The actions, each in the room of what it acts on."""

from homeassistant.core import HomeAssistant, callback

from .alerts.actions import async_setup_alert_actions
from .discovery.actions import async_setup_discovery_actions
from .notifications.actions import async_setup_notification_actions
from .power.actions import async_setup_power_actions
from .remediation.actions import async_setup_remediation_actions
from .scans.actions import async_setup_scan_actions
from .servers.actions import async_setup_server_actions


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions of all rooms."""
    async_setup_server_actions(hass)
    async_setup_alert_actions(hass)
    async_setup_notification_actions(hass)
    async_setup_remediation_actions(hass)
    async_setup_power_actions(hass)
    async_setup_scan_actions(hass)
    async_setup_discovery_actions(hass)
