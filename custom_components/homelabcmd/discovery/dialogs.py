"""The card of a device: it makes a server of it."""

from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import TextSelector
import voluptuous as vol

from ..core.discovery.book import UnknownDeviceError
from ..core.discovery.device import Device
from ..core.hub.settings import ServerConfig
from ..errors import HomelabError
from ..hub import administration
from ..hub.hub import Hub
from .cards import CONF_DEVICE, card_id
from .vendors import async_vendors


class DeviceSteps(ConfigFlow):
    """Shows what is known of a device, asks for a name, and adds the server."""

    _device_id = ""

    async def async_step_integration_discovery(
        self, discovery_info: dict[str, Any]
    ) -> ConfigFlowResult:
        """Begin with a device that was found."""
        self._device_id = discovery_info[CONF_DEVICE]
        await self.async_set_unique_id(card_id(self._device_id))
        device = self._device(self._hub())
        self.context["title_placeholders"] = {"name": device.label}
        return await self.async_step_device()

    async def async_step_device(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a name, add the server, and show the line that connects the agent."""
        hub = self._hub()
        device = self._device(hub)
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                config = ServerConfig(
                    server_id=administration.server_id_from_name(user_input["name"]),
                    name=user_input["name"],
                )
                await administration.async_add_server(hub, config)
                # The line is on the last page, which ends the card: one that waited
                # for the agent would stay behind whenever it is closed.
                return self.async_abort(
                    reason="device_added",
                    description_placeholders=administration.agent_placeholders(
                        hub, config.server_id
                    ),
                )
            except HomelabError as err:
                errors["name" if err.field else "base"] = err.translation_key
        vendors = await async_vendors([device])
        return self.async_show_form(
            step_id="device",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({vol.Required("name"): TextSelector()}),
                user_input or {"name": device.name or ""},
            ),
            errors=errors,
            description_placeholders={
                "name": device.label,
                "addresses": ", ".join(device.addresses) or "-",
                "mac": device.mac or "-",
                "vendor": vendors.get(device.device_id, "-"),
            },
        )

    def _hub(self) -> Hub:
        try:
            return administration.async_loaded_hub(self.hass)
        except HomelabError as err:
            raise AbortFlow(err.translation_key) from err

    def _device(self, hub: Hub) -> Device:
        try:
            return hub.explorer.book.get(self._device_id)
        except UnknownDeviceError as err:
            raise AbortFlow("device_forgotten") from err
