"""Keeps the meters on disk."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import HomeAssistant

from ..const import DOMAIN, LOGGER
from ..core.power import snapshot
from ..core.power.moment import Moment
from ..core.power.snapshot import Saved
from ..storage.saved_file import PrivateStore, SavedFile

SAVE_DELAY = 30


def _store(hass: HomeAssistant) -> PrivateStore:
    return PrivateStore(
        hass, snapshot.VERSION, f"{DOMAIN}.power", private=True, atomic_writes=True
    )


async def async_remove(hass: HomeAssistant) -> None:
    """Delete the file."""
    await _store(hass).async_remove()


class PowerStore:
    """One private file."""

    def __init__(
        self,
        hass: HomeAssistant,
        saved: Callable[[], Saved],
        now: Callable[[], Moment],
    ) -> None:
        """Prepare; `saved` returns what is to be saved, `now` what time it is."""
        self._saved = saved
        self._now = now
        self._file = SavedFile(hass, _store(hass), SAVE_DELAY, self._dump)

    async def async_load(self) -> Saved:
        """Read what was saved; what can't be read is left out, and a copy is kept."""
        damaged: list[str] = []
        stored = await self._file.async_load(damaged)
        loaded = snapshot.load(stored if isinstance(stored, dict) else {}, self._now())
        damaged += loaded.damaged
        if damaged:
            loaded.lost = True
            await self._file.async_keep_copy()
        for damage in damaged:
            LOGGER.error(
                "A saved meter can't be read and is left out: %s. A copy is kept; the "
                "server's energy goes on from what was shown last",
                damage,
            )
        return loaded

    def save_soon(self) -> None:
        """Save within half a minute, and at the latest when Home Assistant stops."""
        self._file.schedule()

    async def async_save(self) -> None:
        """Save now."""
        await self._file.async_save()

    async def async_close(self) -> None:
        """Save for the last time: from now on the file is another's."""
        await self._file.async_close()

    def _dump(self) -> dict[str, Any]:
        return snapshot.dump(self._saved(), self._now())
