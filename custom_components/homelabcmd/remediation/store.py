"""Keeps the actions on disk: what is approved is there before an agent hears of it."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.core import HomeAssistant

from ..const import DOMAIN, LOGGER
from ..core.remediation import snapshot
from ..core.remediation.action import Status
from ..core.remediation.queue import ActionQueue
from ..storage.saved_file import PrivateStore, SavedFile

SAVE_DELAY = 10

# Private: people's notes and what commands have written are in it.


def _store(hass: HomeAssistant) -> PrivateStore:
    return PrivateStore(
        hass,
        snapshot.VERSION,
        f"{DOMAIN}.actions",
        private=True,
        atomic_writes=True,
    )


async def async_remove(hass: HomeAssistant) -> None:
    """Delete the file."""
    await _store(hass).async_remove()


class ActionStore:
    """One private file."""

    def __init__(
        self,
        hass: HomeAssistant,
        queue: Callable[[], ActionQueue],
        saved: Callable[[], None],
    ) -> None:
        """Prepare; `queue` returns what is to be saved, `saved` hears when it was."""
        self.on_disk: Mapping[str, Status] = {}
        """The status that each action has in the file."""
        self._queue = queue
        self._saved = saved
        self._file = SavedFile(hass, _store(hass), SAVE_DELAY, self._dump, self._took)

    async def async_load(self) -> ActionQueue:
        """Read what was saved; empty on the first start.

        What can't be read is left out, and a copy is kept: it is not done.
        """
        damaged: list[str] = []
        stored = await self._file.async_load(damaged)
        restored = snapshot.load(stored if isinstance(stored, dict) else {})
        damaged += restored.damaged
        if damaged:
            await self._file.async_keep_copy()
        for damage in damaged:
            LOGGER.error(
                "An action that was saved can't be read and is left out: %s. A copy "
                "is kept; what was to be done is not done by us",
                damage,
            )
        actions = restored.queue.actions.values()
        self.on_disk = {action.action_id: action.status for action in actions}
        return restored.queue

    def save_soon(self) -> None:
        """Save within seconds, and at the latest when Home Assistant stops."""
        self._file.schedule()

    async def async_save(self) -> bool:
        """Save now: somebody counts on it; return whether it is on disk."""
        return await self._file.async_save()

    async def async_close(self) -> None:
        """Save for the last time: from now on the file is another's."""
        await self._file.async_close()

    def _dump(self) -> dict[str, Any]:
        return snapshot.dump(self._queue())

    def _took(self, dump: dict[str, Any]) -> None:
        """Take note of what the file has now; what came since is not in it."""
        self.on_disk = {
            entry["action_id"]: Status(entry["status"]) for entry in dump["actions"]
        }
        self._saved()
