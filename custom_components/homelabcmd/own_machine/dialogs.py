"""The card that makes a server of Home Assistant's own machine."""

from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import TextSelector
import voluptuous as vol

from ..core.hub.settings import ServerConfig
from ..errors import HomelabError
from ..hub import administration
from ..hub.hub import Hub
from .suggestion import CARD


class OwnMachineSteps(ConfigFlow):
    """Asks for a name, and adds the server."""

    async def async_begin_with_this_machine(self) -> ConfigFlowResult:
        """Show the card, once."""
        await self.async_set_unique_id(CARD)
        # Of one that was ignored there is an entry.
        self._abort_if_unique_id_configured()
        self.context["title_placeholders"] = {"name": self.hass.config.location_name}
        return await self.async_step_this_machine()

    async def async_step_this_machine(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a name, and add the server."""
        errors: dict[str, str] = {}
        if user_input is not None:
            hub = self._hub()
            try:
                config = ServerConfig(
                    server_id=administration.server_id_from_name(user_input["name"]),
                    name=user_input["name"],
                    own_machine=True,
                )
                await administration.async_add_server(hub, config)
            except HomelabError as err:
                errors["name" if err.field else "base"] = err.translation_key
            else:
                return self.async_abort(
                    reason="own_machine_added",
                    description_placeholders={"name": config.name},
                )
        # The card comes while the hub is still being set up.
        return self.async_show_form(
            step_id="this_machine",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({vol.Required("name"): TextSelector()}),
                user_input or {"name": "Home Assistant"},
            ),
            errors=errors,
        )

    def _hub(self) -> Hub:
        try:
            hub = administration.async_loaded_hub(self.hass)
        except HomelabError as err:
            raise AbortFlow(err.translation_key) from err
        if hub.own_machine.server_id is not None:
            raise AbortFlow("own_machine_exists")
        return hub
