"""The cards under Devices & services by which a device becomes a server."""

from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_INTEGRATION_DISCOVERY,
    ConfigFlowContext,
)
from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN

CONF_DEVICE = "device"


def card_id(device_id: str) -> str:
    """Return the unique id of the card of a device."""
    return f"device_{device_id}"


class Cards:
    """The cards that somebody has asked for."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Start without any."""
        self._hass = hass
        self._shown: set[str] = set()

    @property
    def devices(self) -> tuple[str, ...]:
        """The devices of which there may be a card."""
        return tuple(self._shown)

    async def async_show(self, device_id: str) -> str:
        """Show a card, also one that was ignored; return the id of its dialog."""
        for flow_id in self._flows(device_id):
            return flow_id
        await self._async_heed(device_id)
        flow = await self._hass.config_entries.flow.async_init(
            DOMAIN,
            context=ConfigFlowContext(source=SOURCE_INTEGRATION_DISCOVERY),
            data={CONF_DEVICE: device_id},
        )
        self._shown.add(device_id)
        return flow["flow_id"]

    @callback
    def end(self, device_id: str) -> None:
        """Take a card away."""
        self._shown.discard(device_id)
        for flow_id in self._flows(device_id):
            self._hass.config_entries.flow.async_abort(flow_id)

    def _flows(self, device_id: str) -> list[str]:
        flows = self._hass.config_entries.flow.async_progress_by_handler(
            DOMAIN, match_context={"unique_id": card_id(device_id)}
        )
        return [flow["flow_id"] for flow in flows]

    async def _async_heed(self, device_id: str) -> None:
        """No longer ignore a device."""
        ignored = self._hass.config_entries.async_entry_for_domain_unique_id(
            DOMAIN, card_id(device_id)
        )
        if ignored is not None and ignored.source == SOURCE_IGNORE:
            await self._hass.config_entries.async_remove(ignored.entry_id)
