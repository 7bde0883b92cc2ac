"""The repair of a target that is no more."""

from typing import TYPE_CHECKING, Any, override

from homeassistant.components.repairs import ConfirmRepairFlow
from homeassistant.data_entry_flow import AbortFlow
import voluptuous as vol

from ..core.notifications.targets import targets_of, without_target
from ..errors import HomelabError
from ..hub import administration
from .dialogs.targets import OPTION

if TYPE_CHECKING:
    # Home Assistant 2026.6 and later.
    from homeassistant.components.repairs import RepairsFlowResult


class MissingTargetFlow(ConfirmRepairFlow):
    """Takes a target out that is no more."""

    def __init__(self, data: dict[str, Any]) -> None:
        """Take which one it is."""
        self._target_id: str = data["target_id"]

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask, and take it out."""
        try:
            entry = administration.async_loaded_hub(self.hass).entry
        except HomelabError as err:
            raise AbortFlow(err.translation_key) from err
        stored = entry.options.get(OPTION)
        target = targets_of(stored).get(self._target_id)
        if target is None:
            raise AbortFlow("target_removed")
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=vol.Schema({}),
                description_placeholders={"name": target.name},
            )
        options = {**entry.options, OPTION: without_target(stored, self._target_id)}
        if options[OPTION] is None:
            del options[OPTION]
        self.hass.config_entries.async_update_entry(entry, options=options)
        return self.async_create_entry(data={})
