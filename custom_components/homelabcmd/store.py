"""Keeps the hub's memory on disk."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .const import DOMAIN, LOGGER
from .core import snapshot
from .core.snapshot import Snapshot

SAVE_DELAY = 30
"""Seconds within which changes are saved together."""


def _file(hass: HomeAssistant) -> Store[dict[str, Any]]:
    return Store(hass, snapshot.VERSION, DOMAIN, private=True, atomic_writes=True)


async def async_remove(hass: HomeAssistant) -> None:
    """Delete the file."""
    await _file(hass).async_remove()


class HubStore:
    """One private file; it holds the servers' keys."""

    def __init__(self, hass: HomeAssistant, dump: Callable[[], dict[str, Any]]) -> None:
        """Prepare the file; `dump` returns what is to be saved."""
        self._store = _file(hass)
        self._dump = dump
        self._scheduled = False

    async def async_load(self, wall: datetime, mono: float) -> Snapshot:
        """Read what was saved; empty on the first start."""
        found = snapshot.load(await self._store.async_load() or {}, wall, mono)
        for damage in found.damaged:
            LOGGER.error(
                "Part of what was saved can't be read and is left out: %s. If its "
                "server no longer reports, give it a new key under Reconfigure",
                damage,
            )
        return found

    async def async_save(self) -> None:
        """Save now."""
        # Home Assistant drops a delayed save then: what comes later needs another.
        self._scheduled = False
        await self._store.async_save(self._dump())

    def schedule(self) -> None:
        """Save soon, and at the latest when Home Assistant stops.

        Home Assistant's delayed save starts its delay anew at each call, so that
        frequent calls would put it off for ever: ask once until it was done.
        """
        if not self._scheduled:
            self._scheduled = True
            self._store.async_delay_save(self._dump_scheduled, SAVE_DELAY)

    def _dump_scheduled(self) -> dict[str, Any]:
        self._scheduled = False
        return self._dump()
