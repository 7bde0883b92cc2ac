"""The repair of a machine whose key is not known, or is another one."""

from typing import TYPE_CHECKING, Any, override

from homeassistant.components.repairs import ConfirmRepairFlow
from homeassistant.data_entry_flow import AbortFlow

from ..errors import HomelabError
from ..hub import administration

if TYPE_CHECKING:
    # Home Assistant 2026.6 and later.
    from homeassistant.components.repairs import RepairsFlowResult


class HostKeyFlow(ConfirmRepairFlow):
    """Shows the fingerprint of a machine's key, and has it trusted."""

    def __init__(self, data: dict[str, Any]) -> None:
        """Take which machine it is, and the key that it has shown."""
        self._place: str = data["place"]
        self._fingerprint: str = data["fingerprint"]

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Show the fingerprint, and trust the key that has it."""
        try:
            scanner = administration.async_loaded_hub(self.hass).scanner
        except HomelabError as err:
            raise AbortFlow(err.translation_key) from err
        if user_input is None:
            return await super().async_step_confirm()
        try:
            # What was shown here is what is trusted, whatever came in the meantime.
            scanner.hosts.decide(self._place, self._fingerprint)
        except HomelabError as err:
            raise AbortFlow("host_key_other") from err
        await scanner.async_save()
        return self.async_create_entry(data={})
