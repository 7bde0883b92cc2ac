"""Conditions of servers: whether they are online.

As with the triggers, this holds to what all versions since 2026.3 have in common.
"""

from collections.abc import Callable
from typing import Any, cast, override

from homeassistant.const import CONF_OPTIONS, CONF_TARGET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.condition import Condition, ConditionConfig
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from ..core.servers.server import Presence
from ..errors import HomelabError
from ..hub import administration
from .target import ServerTarget

_SCHEMA = vol.Schema(
    {
        vol.Optional(CONF_TARGET): cv.TARGET_FIELDS,
        vol.Optional(CONF_OPTIONS, default={}): {
            vol.Optional("behavior", default="all"): vol.In(["all", "any"])
        },
    }
)


class ServerIsOnline(Condition):
    """Whether all of the servers that are meant report, or any of them does."""

    @override
    @classmethod
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Check target and options."""
        return cast("ConfigType", _SCHEMA(config))

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Take a checked configuration."""
        super().__init__(hass, config)
        self._target = ServerTarget(hass, config.target)
        self._judge = any if (config.options or {}).get("behavior") == "any" else all

    async def async_get_checker(self) -> Callable[..., bool]:
        """Return the check, as Home Assistant before 2026.5 asks for it."""
        return self._async_check

    @override
    def _async_check(self, **kwargs: Any) -> bool:
        """Return whether the servers are online; no servers are not."""
        try:
            hub = administration.async_loaded_hub(self._hass)
        except HomelabError:
            return False
        online = [
            server.data.presence is Presence.ONLINE
            for server in hub.servers.values()
            if server.device_id in self._target
        ]
        return bool(online) and self._judge(online)
