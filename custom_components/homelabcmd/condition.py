"""The conditions of automations."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import Condition

from .servers.conditions import ServerIsOnline

CONDITIONS: dict[str, type[Condition]] = {"server_is_online": ServerIsOnline}


async def async_get_conditions(_hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return our conditions."""
    return CONDITIONS
