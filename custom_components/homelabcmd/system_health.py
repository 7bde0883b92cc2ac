"""How the webhook fares, under Settings > System > Repairs > System information."""

from typing import Any

from homeassistant.components.system_health import SystemHealthRegistration
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .hub.entry import HomelabConfigEntry


@callback
def async_register(_hass: HomeAssistant, register: SystemHealthRegistration) -> None:
    """Register what is shown."""
    register.async_register_info(_async_info)


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    entries: list[HomelabConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    if not entries:
        return {}
    stats = entries[0].runtime_data.stats
    refused = ", ".join(
        f"{code} {count}" for code, count in sorted(stats.refused.items())
    )
    p95 = stats.p95_ms()
    return {
        "heartbeats_accepted": stats.heartbeats,
        "heartbeats_refused": refused or 0,
        "heartbeat_p95": "-" if p95 is None else f"{p95:.1f} ms",
    }
