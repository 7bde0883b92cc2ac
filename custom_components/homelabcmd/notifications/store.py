"""Keeps the outbox on disk: what targets were told, and what they are to be told."""

from collections.abc import Callable
import time
from typing import Any

from homeassistant.core import HomeAssistant

from ..const import DOMAIN, LOGGER
from ..core.notifications import snapshot
from ..core.notifications.outbox import Outbox
from ..storage.saved_file import PrivateStore, SavedFile

SAVE_DELAY = 10

# Private: people's notes are in it, and what a phone sends back.


def _store(hass: HomeAssistant) -> PrivateStore:
    return PrivateStore(
        hass,
        snapshot.VERSION,
        f"{DOMAIN}.notifications",
        private=True,
        atomic_writes=True,
    )


async def async_remove(hass: HomeAssistant) -> None:
    """Delete the file."""
    await _store(hass).async_remove()


class OutboxStore:
    """One private file."""

    def __init__(self, hass: HomeAssistant, outbox: Callable[[], Outbox]) -> None:
        """Prepare; `outbox` returns what is to be saved."""
        self._outbox = outbox
        self._file = SavedFile(hass, _store(hass), SAVE_DELAY, self._dump)

    async def async_load(self) -> Outbox:
        """Read what was saved; empty on the first start.

        What can't be read is left out, and a copy is kept: who was told of it may be
        told again.
        """
        damaged: list[str] = []
        stored = await self._file.async_load(damaged)
        restored = snapshot.load(
            stored if isinstance(stored, dict) else {}, time.monotonic()
        )
        damaged += restored.damaged
        if damaged:
            await self._file.async_keep_copy()
        for damage in damaged:
            LOGGER.error(
                "Something of what people were told can't be read and is left out: "
                "%s. A copy is kept; they may be told again",
                damage,
            )
        return restored.outbox

    def save_soon(self) -> None:
        """Save within seconds, and at the latest when Home Assistant stops."""
        self._file.schedule()

    async def async_save(self) -> None:
        """Save now: something is about to be sent."""
        await self._file.async_save()

    async def async_close(self) -> None:
        """Save for the last time: from now on the file is another's."""
        await self._file.async_close()

    def _dump(self) -> dict[str, Any]:
        return snapshot.dump(self._outbox())
