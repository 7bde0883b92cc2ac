"""Looks around in the home network, and remembers who was there."""

import asyncio
from collections.abc import Callable, Mapping
import time
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.event_type import EventType

from ..const import DOMAIN
from ..core.discovery.book import DeviceBook
from ..core.discovery.device import Device, Sighting, silent
from ..core.discovery.networks import Place, chosen
from ..core.discovery.recognition import Recognition
from ..core.servers.server import Presence
from ..errors import HomelabError
from ..servers.coordinator import ServerCoordinator
from . import sources
from .cards import Cards
from .probe import async_probe, check
from .store import DeviceStore

EVENT_DEVICES: EventType[dict[str, Any]] = EventType(f"{DOMAIN}_devices")
"""Fired when devices were found or forgotten."""
LOOK_EVERY = 300
"""Seconds between two looks at what Home Assistant knows; nothing is sent for them."""
_PRUNE_EVERY = 3600


class Explorer:
    """The devices of the home network."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        servers: Mapping[str, ServerCoordinator],
        changed: Callable[[], None],
    ) -> None:
        """Prepare; `servers` are the hub's, `changed` is for the hub's totals."""
        self.book = DeviceBook()
        self._hass = hass
        self._entry = entry
        self._servers = servers
        self._changed = changed
        self._store = DeviceStore(hass, lambda: self.book)
        self._known = sources.Known(hass)
        self._probing: asyncio.Task[list[Sighting]] | None = None
        self._cards = Cards(hass)
        self._pruned = self._looked = time.monotonic()

    async def async_start(self) -> None:
        """Load what survived the restart."""
        self.book = await self._store.async_load()
        self._prune()

    @callback
    def async_stopping(self) -> None:
        """End a probe, and have the last state saved."""
        if self._probing is not None:
            self._probing.cancel()
        self._store.save_soon()

    async def async_stop(self) -> None:
        """Save for the last time; no card outlives the hub that it leads to."""
        self.async_stopping()
        for device_id in self._cards.devices:
            self._cards.end(device_id)
        await self._store.async_close()

    @callback
    def tick(self) -> None:
        """Let time pass: see who is known now, and take away cards that are over."""
        now = time.monotonic()
        if now - self._looked >= LOOK_EVERY:
            self._looked = now
            self._entry.async_create_background_task(
                self._hass, self.async_look(None, None), "HomelabCmd looks around"
            )
        if now - self._pruned >= _PRUNE_EVERY:
            self._pruned = now
            self._prune()
        for device_id in self._cards.devices:
            device = self.book.devices.get(device_id)
            if device is None or self.server_of(device) is not None:
                self._cards.end(device_id)

    def _prune(self) -> None:
        if self.book.prune(dt_util.utcnow()):
            self._store.save_soon()
            self._tell(None)

    # What people ask for.

    async def async_places(self) -> list[Place]:
        """Return the networks that Home Assistant is in."""
        return await sources.async_places(self._hass)

    async def async_look(self, network: str | None, context: Context | None) -> None:
        """Take in what Home Assistant knows, and who answers in a network.

        Raises NetworkError and HomelabError before anything is sent.
        """
        place = None if network is None else chosen(network, await self.async_places())
        found: list[Sighting] = []
        if place is not None:
            found += await self._async_probe(place)
        found += await self._known.async_look(dt_util.utcnow())
        self._store.save_soon()
        if self.book.observe(found, dt_util.utcnow()):
            self._tell(context)

    async def _async_probe(self, place: Place) -> list[Sighting]:
        if self._probing is not None:
            raise HomelabError("probe_under_way", field="network")
        network = str(place.network)
        try:
            check(place)
        except OSError as err:
            raise HomelabError(
                "network_left", field="network", network=network
            ) from err
        self._probing = self._entry.async_create_background_task(
            self._hass, async_probe(place), f"HomelabCmd probes {network}"
        )
        try:
            answered = await self._probing
        except asyncio.CancelledError:
            # Of the hub, and not of who asks.
            if (task := asyncio.current_task()) is not None and task.cancelling():
                self._probing.cancel()
                raise
            raise HomelabError("not_loaded") from None
        finally:
            self._probing = None
        adapter = frozenset({place.adapter})
        wall = dt_util.utcnow()
        there = await sources.async_neighbours(self._hass, adapter, wall)
        inside = {str(address) for address in place.others}
        there = [each for each in there if not inside.isdisjoint(each.addresses)]
        return [*answered, *there, *silent(there, answered, wall)]

    async def async_forget(self, device_id: str, context: Context | None) -> None:
        """Know nothing of a device from now on; raises UnknownDeviceError."""
        self._cards.end(self.book.forget(device_id).device_id)
        self._tell(context)
        await self._store.async_save()

    async def async_suggest(self, device_id: str) -> str:
        """Show a card that makes a server of a device; raises UnknownDeviceError.

        Returns the id of its dialog.
        """
        device = self.book.get(device_id)
        if self.server_of(device) is not None:
            raise HomelabError("device_is_server", field="device", device=device.label)
        return await self._cards.async_show(device.device_id)

    # What is known.

    def server_of(self, device: Device) -> ServerCoordinator | None:
        """Return the server that a device is."""
        found = self._recognition().server_of(device)
        return self._servers.get(found) if found else None

    def servers_of(self) -> dict[str, ServerCoordinator]:
        """Return the servers that devices are, by the ids of the devices."""
        recognition = self._recognition()
        found = {
            device_id: recognition.server_of(device)
            for device_id, device in self.book.devices.items()
        }
        return {
            device_id: self._servers[server_id]
            for device_id, server_id in found.items()
            if server_id is not None
        }

    def without_agent(self) -> int:
        """Return how many devices are no servers."""
        return len(self.book.devices) - len(self.servers_of())

    def _recognition(self) -> Recognition:
        return Recognition(
            {
                server_id: server.data.facts.host
                for server_id, server in self._servers.items()
            },
            {
                server_id
                for server_id, server in self._servers.items()
                if server.data.presence is Presence.ONLINE
            },
        )

    # Who hears of it.

    def _tell(self, context: Context | None) -> None:
        self._changed()
        self._hass.bus.async_fire(
            EVENT_DEVICES, {"count": len(self.book.devices)}, context=context
        )
