"""Wake a server that sleeps, by a packet that its network card listens for."""

from functools import partial
from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.components.network import async_get_ipv4_broadcast_addresses
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
import wakeonlan

from ..errors import HomelabError
from .base import ServerEntity

WAKE = ButtonEntityDescription(
    key="wake",
    translation_key="wake",
    entity_category=EntityCategory.CONFIG,
    # Few servers sleep, and fewer have it switched on in their firmware.
    entity_registry_enabled_default=False,
)


class WakeButton(ServerEntity, ButtonEntity):
    """Sends a Wake-on-LAN packet into each network of Home Assistant's."""

    entity_description = WAKE
    _seen: bool | None = None

    @property
    @override
    def available(self) -> bool:
        """Return whether there is an address to call, above all if it is offline."""
        return self.coordinator.data.facts.host.mac_address is not None

    @override
    def take_over(self) -> bool:
        """Write when it can be pressed, or no longer."""
        before, self._seen = self._seen, self.available
        return before != self._seen

    @override
    async def async_press(self) -> None:
        """Send the packet; raises HomelabError if no network takes it."""
        address = self.coordinator.data.facts.host.mac_address
        if address is not None:
            await _async_wake(self.hass, address)


async def _async_wake(hass: HomeAssistant, address: str) -> None:
    networks = await async_get_ipv4_broadcast_addresses(hass)
    sent = 0
    for network in map(str, networks):
        send = partial(wakeonlan.send_magic_packet, address, ip_address=network)
        try:
            await hass.async_add_executor_job(send)
        except OSError:
            # One network that is down does not keep the packet from the others.
            continue
        sent += 1
    if not sent:
        raise HomelabError("not_woken")
