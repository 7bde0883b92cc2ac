"""What the triggers have in common that run for some servers.

Home Assistant's interface for triggers is young and still moves. This module holds to
what all versions since 2026.3 have in common; where that is gone, importing it fails,
and Home Assistant goes on without our triggers.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, cast, override

from homeassistant.const import CONF_OPTIONS, CONF_TARGET
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.trigger import Trigger, TriggerConfig
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .target import ServerTarget


def schema_of(options: dict[vol.Marker, Any]) -> vol.Schema:
    """Return what is checked: a target, and the options of a trigger."""
    return vol.Schema(
        {
            vol.Optional(CONF_TARGET): cv.TARGET_FIELDS,
            vol.Optional(CONF_OPTIONS, default={}): options,
        }
    )


class ServerTrigger(Trigger):
    """Runs for some servers, or for all."""

    schema: ClassVar[vol.Schema] = schema_of({})

    @override
    @classmethod
    async def async_validate_config(
        cls, hass: HomeAssistant, config: ConfigType
    ) -> ConfigType:
        """Check target and options."""
        return cast("ConfigType", cls.schema(config))

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Take a checked configuration."""
        super().__init__(hass, config)
        self._target = ServerTarget(hass, config.target)
        self._options: Mapping[str, Any] = config.options or {}
