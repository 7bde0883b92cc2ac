"""Keeps the devices on disk."""

from collections.abc import Callable

from homeassistant.core import HomeAssistant

from ..const import DOMAIN, LOGGER
from ..core.discovery import snapshot
from ..core.discovery.book import DeviceBook
from ..storage.saved_file import PrivateStore, SavedFile

SAVE_DELAY = 900
"""Somebody was always seen just now, and who is there will be seen again."""


def _store(hass: HomeAssistant) -> PrivateStore:
    # Private: who is in a home, and when, is for nobody else.
    return PrivateStore(
        hass, snapshot.VERSION, f"{DOMAIN}.devices", private=True, atomic_writes=True
    )


async def async_remove(hass: HomeAssistant) -> None:
    """Delete the file."""
    await _store(hass).async_remove()


class DeviceStore:
    """One private file."""

    def __init__(self, hass: HomeAssistant, book: Callable[[], DeviceBook]) -> None:
        """Prepare; `book` returns what is to be saved."""
        self._file = SavedFile(
            hass, _store(hass), SAVE_DELAY, lambda: snapshot.dump(book())
        )

    async def async_load(self) -> DeviceBook:
        """Read what was saved; what can't be read is left out, and a copy is kept."""
        damaged: list[str] = []
        stored = await self._file.async_load(damaged)
        restored = snapshot.load(stored if isinstance(stored, dict) else {})
        damaged += restored.damaged
        if damaged:
            await self._file.async_keep_copy()
        for damage in damaged:
            LOGGER.error("A device can't be read and is left out: %s", damage)
        return restored.book

    def save_soon(self) -> None:
        """Save within a quarter of an hour, and when Home Assistant stops."""
        self._file.schedule()

    async def async_save(self) -> None:
        """Save now: somebody has decided something."""
        await self._file.async_save()

    async def async_close(self) -> None:
        """Save for the last time: from now on the file is another's."""
        await self._file.async_close()
