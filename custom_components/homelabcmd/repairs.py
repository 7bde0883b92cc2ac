"""Repairs: who is this server, and whose key is this?"""

from typing import TYPE_CHECKING, Any

from homeassistant.components.repairs import RepairsFlow
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from .const import DOMAIN
from .errors import HomelabError
from .hub import administration
from .hub.hub import Hub
from .notifications.repair import MissingTargetFlow
from .scans.repair import HostKeyFlow

if TYPE_CHECKING:
    # Home Assistant 2026.6 and later.
    from homeassistant.components.repairs import RepairsFlowResult


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, Any]
) -> RepairsFlow:
    """Return the dialog of an issue: of a target, a machine, or who a server is."""
    if "target_id" in data:
        return MissingTargetFlow(data)
    if "place" in data:
        return HostKeyFlow(data)
    return IdentityRepairFlow(data)


class IdentityRepairFlow(RepairsFlow):
    """Lets the user say which machine a server is."""

    def __init__(self, data: dict[str, Any]) -> None:
        """Take what the heartbeat in question said of its sender."""
        self._server_id: str = data["server_id"]
        self._machine_id: str | None = data["machine_id"]
        self._run_id: str | None = data["run_id"]

    def _hub(self) -> Hub:
        try:
            hub = administration.async_loaded_hub(self.hass)
        except HomelabError as err:
            raise AbortFlow(err.translation_key) from err
        if self._server_id not in hub.servers:
            raise AbortFlow("server_removed")
        return hub

    async def async_step_init(
        self, _user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask what to do."""
        self._hub()
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        shown = (issue and issue.translation_placeholders) or {}
        return self.async_show_menu(
            step_id="init",
            menu_options=["accept", "new_key"],
            # The host name is what a stranger says, and it is shown as Markdown: it
            # must not break out of its backticks.
            description_placeholders={
                name: text.replace("`", "'") for name, text in shown.items()
            },
        )

    async def async_step_accept(
        self, _user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Take the machine that was refused for the server."""
        self._hub().accept_machine(self._server_id, self._machine_id, self._run_id)
        return self.async_create_entry(data={})

    async def async_step_new_key(
        self, _user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Shut both out with a new key: the machine that is given it is the server."""
        hub = self._hub()
        try:
            administration.check_installable(hub)
        except HomelabError as err:
            raise AbortFlow(err.translation_key) from err
        hub.accept_machine(self._server_id, None, None)
        await hub.async_rotate_key(self._server_id, compromised=True)
        # Settled from here on, even if the dialog is closed before its last page.
        ir.async_delete_issue(self.hass, DOMAIN, self.issue_id)
        return await self.async_step_agent()

    async def async_step_agent(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Show the settings with the new key."""
        if user_input is not None:
            return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="agent",
            data_schema=vol.Schema({}),
            description_placeholders=administration.agent_placeholders(
                self._hub(), self._server_id
            ),
        )
