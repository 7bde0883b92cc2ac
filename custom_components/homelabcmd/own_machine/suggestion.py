"""Suggests once to make a server of Home Assistant's own machine."""

from homeassistant.components.network import async_get_adapters
from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import discovery_flow
from homeassistant.helpers.start import async_at_started

from ..const import DOMAIN
from ..hub.hub import Hub
from .measuring import machine_id

CARD = "this_machine"
"""The unique id of the card, and what tells it from those of devices."""


@callback
def async_start(hass: HomeAssistant, hub: Hub) -> CALLBACK_TYPE:
    """Suggest it when Home Assistant has started; returns what ends that."""

    async def suggest(_hass: HomeAssistant) -> None:
        if hub.own_machine.server_id is None and not await _reports(hass, hub):
            # Who has ignored the card is not asked again.
            discovery_flow.async_create_flow(
                hass,
                DOMAIN,
                context={"source": SOURCE_INTEGRATION_DISCOVERY},
                data={CARD: True},
            )

    return async_at_started(hass, suggest)


async def _reports(hass: HomeAssistant, hub: Hub) -> bool:
    """Return whether an agent on this machine reports already."""
    own_id = await hass.async_add_executor_job(machine_id)
    addresses = {
        known["address"]
        for adapter in await async_get_adapters(hass)
        for known in adapter["ipv4"]
    }
    return any(
        (own_id is not None and server.data.identity.machine_id == own_id)
        or server.data.facts.host.ip_address in addresses
        for server in hub.servers.values()
    )
