"""The hub's memory, and how it is kept on disk."""

from collections.abc import Mapping
import time
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from ..const import DOMAIN, LOGGER
from ..core.servers import snapshot
from ..core.servers.keys import KeyRing
from ..core.servers.server import ServerState
from ..core.servers.snapshot import Snapshot
from ..servers.coordinator import ServerCoordinator
from ..storage.saved_file import PrivateStore, SavedFile

SAVE_DELAY = 30
"""Seconds within which changes are saved together."""
SAVE_EVERY = 3600
"""Seconds after which even what changes with every heartbeat is saved."""


def _store(hass: HomeAssistant) -> PrivateStore:
    return PrivateStore(
        hass, snapshot.VERSION, DOMAIN, private=True, atomic_writes=True
    )


async def async_remove(hass: HomeAssistant) -> None:
    """Delete the file."""
    await _store(hass).async_remove()


class HubStore:
    """One private file; it holds the servers' keys, and what is known of them."""

    def __init__(
        self, hass: HomeAssistant, servers: Mapping[str, ServerCoordinator]
    ) -> None:
        """Prepare; `servers` are the hub's."""
        self.keys = KeyRing()
        self._servers = servers
        self._recalled: dict[str, ServerState] = {}
        """What was saved of the servers that nobody has taken up yet."""
        self._stopping = False
        self._saved_at = time.monotonic()
        self._file = SavedFile(hass, _store(hass), SAVE_DELAY, self._dump)

    async def async_load(self) -> Snapshot:
        """Read what was saved; empty on the first start.

        What is damaged is named, and left out when it is saved again: a copy is kept.
        """
        damaged: list[str] = []
        saved = await self._file.async_load(damaged)
        found = snapshot.load(saved, dt_util.utcnow(), time.monotonic())
        found.damaged[:0] = damaged
        if found.damaged:
            await self._file.async_keep_copy()
        self.keys, self._recalled = found.keys, found.states
        return found

    def recall(self, server_id: str) -> ServerState:
        """Return what is remembered of a server; it is the caller's from now on."""
        remembered = self._recalled.pop(server_id, None)
        return remembered or ServerState(
            server_id=server_id, registered_at=dt_util.utcnow()
        )

    def forget(self, server_id: str) -> None:
        """Forget a server that was removed; its key stays, for its agent to be told."""
        self._recalled.pop(server_id, None)
        self.keys.remove(server_id, dt_util.utcnow())
        self.save_soon()

    def tick(self) -> None:
        """Forget keys of long ago; save each hour, so that a crash costs little."""
        now = time.monotonic()
        if self.keys.prune(dt_util.utcnow()) or now - self._saved_at >= SAVE_EVERY:
            self._saved_at = now
            self.save_soon()

    def async_stopping(self) -> None:
        """Save once more: nothing more is taken in."""
        self._stopping = True
        self.save_soon()

    async def async_save(self) -> None:
        """Save now."""
        await self._file.async_save()

    async def async_close(self) -> None:
        """Save for the last time."""
        await self._file.async_close()

    def save_soon(self) -> None:
        """Save within half a minute, and at the latest when Home Assistant stops."""
        self._file.schedule()

    def _dump(self) -> dict[str, Any]:
        return snapshot.dump(
            self.keys,
            {server_id: server.data for server_id, server in self._servers.items()},
            dt_util.utcnow(),
            time.monotonic(),
            stopped=self._stopping,
        )


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
