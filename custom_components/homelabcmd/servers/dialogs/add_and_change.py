"""The dialogs of a server: add it, connect its agent, change it, give it a new key."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any

from homeassistant.config_entries import SOURCE_USER, SubentryFlowResult
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import voluptuous as vol

from ...core.hub.settings import ServerConfig
from ...errors import HomelabError
from ...hub import administration
from ...hub.hub import Hub
from ..coordinator import ServerCoordinator
from .alert_rules import ServerAlertSteps
from .power import PowerSteps
from .watch import WatchSteps
from .window import WindowSteps

WAIT_SECONDS = 600
"""How long the dialog waits for the first heartbeat."""


class ServerFlow(ServerAlertSteps, WatchSteps, WindowSteps, PowerSteps):
    """Adds or changes a server.

    A server exists from the moment its name is submitted: whoever closes the dialog
    to set up the agent loses nothing.
    """

    _seen: datetime | None = None
    """Its last heartbeat before the settings were shown that it is to use."""

    # Add.

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for a name, and add the server."""
        hub = self._hub()
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                config = ServerConfig(
                    server_id=administration.server_id_from_name(user_input["name"]),
                    name=user_input["name"],
                    own_machine=user_input.get("own_machine", False),
                )
                await administration.async_add_server(hub, config)
            except HomelabError as err:
                errors["name" if err.field else "base"] = err.translation_key
            else:
                self._server_id = config.server_id
                if config.own_machine:
                    return self.async_abort(
                        reason="own_machine_added",
                        description_placeholders={"name": config.name},
                    )
                return await self.async_step_agent()
        schema: dict[vol.Marker, Any] = {vol.Required("name"): TextSelector()}
        if hub.own_machine.server_id is None:
            schema[vol.Optional("own_machine", default=False)] = BooleanSelector()
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(schema), user_input
            ),
            errors=errors,
        )

    # Connect the agent.

    async def async_step_agent(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the agent's settings."""
        return self._show_agent("agent")

    async def async_step_not_heard(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show them again, with what to check."""
        return self._show_agent("not_heard")

    def _show_agent(self, step_id: str) -> SubentryFlowResult:
        return self.async_show_menu(
            step_id=step_id,
            menu_options=["wait", "finish"],
            description_placeholders=self._agent_placeholders(),
        )

    def _agent_placeholders(self) -> dict[str, str]:
        server = self._server()
        try:
            return administration.agent_placeholders(
                self._hub(), server.config.server_id
            )
        except HomelabError as err:
            raise AbortFlow(err.translation_key) from err

    async def async_step_wait(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Wait for a heartbeat; Home Assistant cancels that if the dialog is closed."""
        task = self.async_get_progress_task()
        if task is None:
            hub, server = self._hub(), self._server()
            task = hub.entry.async_create_background_task(
                self.hass,
                _async_heard(hub, server, self._seen),
                name=f"HomelabCmd waits for {self._server_id}",
            )
        if not task.done():
            return self.async_show_progress(
                step_id="wait", progress_action="heartbeat", progress_task=task
            )
        if task.cancelled() or not task.result():
            return self.async_show_progress_done(next_step_id="not_heard")
        return self.async_show_progress_done(next_step_id="connected")

    async def async_step_connected(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Close the dialog: the agent reports."""
        return self.async_abort(
            reason="server_connected",
            description_placeholders={"name": self._server().config.name},
        )

    async def async_step_finish(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Close the dialog: the agent will report later."""
        return self.async_abort(
            reason="server_added" if self.source == SOURCE_USER else "settings_shown",
            description_placeholders={"name": self._server().config.name},
        )

    # Change.

    async def async_step_reconfigure(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what to change."""
        self._hub()
        self._server_id = (
            self._server_id or (self._get_reconfigure_subentry().data["server_id"])
        )
        server = self._server()
        self._seen = server.data.last_seen
        placeholders = {"name": server.config.name, "server_id": self._server_id}
        if server.config.own_machine:
            # There is no agent to tell anything.
            return self.async_show_menu(
                step_id="reconfigure",
                menu_options=["alerts", "power", "settings"],
                description_placeholders=placeholders,
            )
        return self.async_show_menu(
            step_id="reconfigure",
            menu_options=[
                "watch",
                "alerts",
                "window",
                "power",
                "settings",
                "agent",
                "new_key",
            ],
            description_placeholders=placeholders,
        )

    async def async_step_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Change what the user says about the server."""
        hub, server = self._hub(), self._server()
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                administration.async_update_server(
                    hub,
                    replace(
                        server.config,
                        name=user_input["name"],
                        tdp_watts=user_input["tdp_watts"],
                        location=user_input.get("location"),
                        tags=tuple(user_input.get("tags", ())),
                    ),
                )
            except HomelabError as err:
                errors[err.field or "base"] = err.translation_key
            else:
                return self.async_abort(reason="reconfigure_successful")
        return self.async_show_form(
            step_id="settings",
            data_schema=self.add_suggested_values_to_schema(
                self._settings_schema(hub), user_input or _settings(server.config)
            ),
            errors=errors,
        )

    def _settings_schema(self, hub: Hub) -> vol.Schema:
        areas = [area.name for area in ar.async_get(self.hass).async_list_areas()]
        tags = {tag for server in hub.servers.values() for tag in server.config.tags}
        return vol.Schema(
            {
                vol.Required("name"): TextSelector(),
                vol.Required("tdp_watts"): NumberSelector(
                    NumberSelectorConfig(
                        min=administration.MIN_TDP_WATTS,
                        max=administration.MAX_TDP_WATTS,
                        mode=NumberSelectorMode.BOX,
                        unit_of_measurement="W",
                    )
                ),
                vol.Optional("location"): _choice(areas, multiple=False),
                vol.Optional("tags"): _choice(list(tags), multiple=True),
            }
        )

    async def async_step_new_key(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask whether the old key may still be used, and replace it."""
        hub, server = self._hub(), self._server()
        # Where no settings can be shown, the old key had better stay.
        self._agent_placeholders()
        if user_input is None:
            return self.async_show_form(
                step_id="new_key",
                data_schema=vol.Schema(
                    {vol.Required("compromised", default=False): BooleanSelector()}
                ),
                description_placeholders={"name": server.config.name},
            )
        self._seen = server.data.last_seen
        await hub.async_rotate_key(
            self._server_id, compromised=user_input["compromised"]
        )
        return await self.async_step_agent()


async def _async_heard(
    hub: Hub, server: ServerCoordinator, seen: datetime | None
) -> bool:
    """Return whether the server reports with its current key within the time.

    That it is online proves nothing: it may still use the key before.
    """
    heard = asyncio.Event()

    @callback
    def look() -> None:
        keys = hub.keys.servers.get(server.config.server_id)
        if keys is None or (server.data.last_seen != seen and keys.previous is None):
            heard.set()

    remove = server.async_add_listener(look)
    try:
        look()
        async with asyncio.timeout(WAIT_SECONDS):
            await heard.wait()
    except TimeoutError:
        return False
    finally:
        remove()
    return True


def _settings(config: ServerConfig) -> dict[str, Any]:
    return {
        "name": config.name,
        "tdp_watts": config.tdp_watts,
        "location": config.location,
        "tags": list(config.tags),
    }


def _choice(known: list[str], *, multiple: bool) -> SelectSelector:
    """Let the user pick a known text or write another."""
    return SelectSelector(
        SelectSelectorConfig(
            options=sorted(known),
            multiple=multiple,
            custom_value=True,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )
