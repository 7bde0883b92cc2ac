"""Keeps the hub's memory on disk."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN, LOGGER
from ..core.servers import snapshot
from ..core.servers.snapshot import Snapshot
from ..storage.saved_file import PrivateStore, SavedFile

SAVE_DELAY = 30
"""Seconds within which changes are saved together."""


def _store(hass: HomeAssistant) -> PrivateStore:
    return PrivateStore(
        hass, snapshot.VERSION, DOMAIN, private=True, atomic_writes=True
    )


async def async_remove(hass: HomeAssistant) -> None:
    """Delete the file."""
    await _store(hass).async_remove()


class HubStore:
    """One private file; it holds the servers' keys."""

    def __init__(self, hass: HomeAssistant, dump: Callable[[], dict[str, Any]]) -> None:
        """Prepare the file; `dump` returns what is to be saved."""
        self._file = SavedFile(hass, _store(hass), SAVE_DELAY, dump)

    async def async_load(self, wall: datetime, mono: float) -> Snapshot:
        """Read what was saved; empty on the first start.

        What is damaged is named, and left out when it is saved again: a copy is kept.
        """
        damaged: list[str] = []
        found = snapshot.load(await self._file.async_load(damaged), wall, mono)
        found.damaged[:0] = damaged
        if found.damaged:
            await self._file.async_keep_copy()
        return found

    async def async_save(self) -> None:
        """Save now."""
        await self._file.async_save()

    async def async_close(self) -> None:
        """Save for the last time."""
        await self._file.async_close()

    def schedule(self) -> None:
        """Save soon, and at the latest when Home Assistant stops."""
        self._file.schedule()


def say_what_is_lost(
    hass: HomeAssistant, damaged: list[str], without_key: list[str], *, all_lost: bool
) -> None:
    """Raise the repairs of a file that is damaged or gone, and end those of old.

    `without_key` are the names of the servers that need a new key.
    """
    for damage in damaged:
        LOGGER.error(
            "Part of the file with the keys can't be read and is left out: %s. A copy "
            "is kept; see Settings > Repairs",
            damage,
        )
    if all_lost:
        LOGGER.warning(
            "The servers' keys are missing, so every server needs a new one: see "
            "Settings > Repairs"
        )
        _raise(hass, "keys_lost")
    elif damaged and without_key:
        _raise(hass, "keys_damaged", servers=", ".join(without_key))
    elif damaged:
        _raise(hass, "memory_damaged")
    else:
        ir.async_delete_issue(hass, DOMAIN, "memory_damaged")


def _raise(hass: HomeAssistant, key: str, **placeholders: str) -> None:
    ir.async_create_issue(
        hass,
        DOMAIN,
        key,
        is_fixable=False,
        severity=ir.IssueSeverity.ERROR,
        translation_key=key,
        translation_placeholders=placeholders or None,
    )
