"""Keeps the scans on disk: the list of them, and a file for what each has found out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import STORAGE_DIR

from ..const import DOMAIN, LOGGER
from ..core.scans import snapshot
from ..core.scans.book import ScanBook
from ..core.scans.scan import Result
from ..storage.saved_file import PrivateStore, SavedFile

SAVE_DELAY = 10
_LIST = f"{DOMAIN}.scans"
_RESULT = f"{DOMAIN}.scan."

# Private: what runs on a machine, and who may log in to it, is for nobody else.


def _store(hass: HomeAssistant, key: str) -> PrivateStore:
    return PrivateStore(hass, snapshot.VERSION, key, private=True, atomic_writes=True)


async def async_remove(hass: HomeAssistant) -> None:
    """Delete the files."""
    folder = Path(hass.config.path(STORAGE_DIR))

    def results() -> list[str]:
        return [path.name for path in folder.glob(f"{_RESULT}*")]

    for key in (_LIST, *await hass.async_add_executor_job(results)):
        await _store(hass, key).async_remove()


class ScanStore:
    """The private files of the scans."""

    def __init__(self, hass: HomeAssistant, book: Callable[[], ScanBook]) -> None:
        """Prepare; `book` returns what is to be saved."""
        self._hass = hass
        self._file = SavedFile(
            hass, _store(hass, _LIST), SAVE_DELAY, lambda: snapshot.dump(book())
        )

    async def async_load(self) -> ScanBook:
        """Read the list; what can't be read is left out, and a copy is kept."""
        damaged: list[str] = []
        stored = await self._file.async_load(damaged)
        restored = snapshot.load(stored if isinstance(stored, dict) else {})
        damaged += restored.damaged
        if damaged:
            await self._file.async_keep_copy()
        for damage in damaged:
            LOGGER.error("A scan can't be read and is left out: %s", damage)
        return restored.book

    def save_soon(self) -> None:
        """Save the list within seconds, and at the latest when Home Assistant stops."""
        self._file.schedule()

    async def async_save(self) -> bool:
        """Save the list now; return whether it is on disk."""
        return await self._file.async_save()

    async def async_close(self) -> None:
        """Save the list for the last time: from now on the file is another's."""
        await self._file.async_close()

    async def async_save_result(self, scan_id: str, dump: dict[str, Any]) -> bool:
        """Save what a scan has found out; return whether it is on disk."""
        store = _store(self._hass, f"{_RESULT}{scan_id}")
        await store.async_save(dump)
        return store.on_disk

    async def async_result(self, scan_id: str) -> Result | None:
        """Return what a scan has found out; None if that can't be read."""
        store = _store(self._hass, f"{_RESULT}{scan_id}")
        damaged: list[str] = []
        stored = await SavedFile(self._hass, store, 0, dict).async_load(damaged)
        if damaged:
            LOGGER.error("What a scan has found out can't be read: %s", damaged[0])
        # It is long: a full one takes tens of milliseconds.
        return await self._hass.async_add_executor_job(snapshot.load_result, stored)

    async def async_forget(self, scan_ids: tuple[str, ...]) -> None:
        """Delete what scans have found out."""
        for scan_id in scan_ids:
            await _store(self._hass, f"{_RESULT}{scan_id}").async_remove()
