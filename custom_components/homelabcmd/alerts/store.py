"""Keeps the alerts on disk: those that stand in a small file, those that ended apart.

The first is saved soon after each change. The second is long and is written seldom;
what ended since is in the first one as well, so that a crash costs nothing.
"""

from collections import deque
from collections.abc import Mapping
from datetime import datetime
import time
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from ..const import DOMAIN, LOGGER
from ..core.alerts import snapshot
from ..core.alerts.book import AlertBook
from ..core.alerts.server_alerts import paused
from ..core.alerts.snapshot import Restored
from ..storage.saved_file import PrivateStore, SavedFile

STANDING_DELAY = 10
HISTORY_DELAY = 600
_BOTH = HISTORY_DELAY + 60
"""Seconds for which an alert that ended is at least in the first file."""

# Both are private: people's notes are in them.


def _standing(hass: HomeAssistant) -> PrivateStore:
    return PrivateStore(
        hass,
        snapshot.VERSION,
        f"{DOMAIN}.alerts",
        private=True,
        atomic_writes=True,
    )


def _history(hass: HomeAssistant) -> PrivateStore:
    return PrivateStore(
        hass,
        snapshot.VERSION,
        f"{DOMAIN}.alert_history",
        private=True,
        serialize_in_event_loop=False,
    )


async def async_remove(hass: HomeAssistant) -> None:
    """Delete the files."""
    await _standing(hass).async_remove()
    await _history(hass).async_remove()


class AlertStore:
    """The two files."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; there is nothing to save before it was loaded."""
        self._hass = hass
        self._book = AlertBook()
        self._ended: deque[tuple[float, str]] = deque()
        """The ids of the alerts that are to be in both files, and since when."""
        self._standing = SavedFile(
            hass, _standing(hass), STANDING_DELAY, self._dump_standing
        )
        self._history = SavedFile(
            hass, _history(hass), HISTORY_DELAY, self._dump_history
        )
        self._closed = False

    async def async_load(self, away_after: float) -> Restored:
        """Read what was saved; empty on the first start.

        Durations start anew if we were away for longer than `away_after` seconds:
        nobody was looking. Else they go on where they were.
        """
        damaged: list[str] = []
        standing = _mapping(await self._standing.async_load(damaged))
        history = _mapping(await self._history.async_load(damaged))
        just_ended = _entries(standing.get("ended"))
        ended = [*_entries(history.get("alerts")), *just_ended]
        wall = dt_util.utcnow()
        restored = await self._hass.async_add_executor_job(
            snapshot.load, standing, {"alerts": ended}, wall, time.monotonic()
        )
        restored.damaged += damaged
        if restored.damaged:
            await self._standing.async_keep_copy()
            await self._history.async_keep_copy()
        book = self._book = restored.book
        # After a crash, the file of those that ended lacks them.
        self._ended.extend(
            (time.monotonic(), alert_id)
            for entry in just_ended
            if isinstance(entry, dict)
            and (alert_id := entry.get("alert_id")) in book.history
        )
        if self._ended:
            self._history.schedule()
        if not 0 <= _seconds_since(standing.get("saved_at"), wall) <= away_after:
            book.servers = {
                server_id: after
                for server_id, alerts in book.servers.items()
                if (after := paused(alerts)).known
            }
        return restored

    def save_soon(self, *ended: str) -> None:
        """Save what stands, and within ten minutes the alerts that ended."""
        if self._closed:
            return
        now = time.monotonic()
        self._ended.extend((now, alert_id) for alert_id in ended)
        self._standing.schedule()
        if ended:
            self._history.schedule()

    def save_history_soon(self) -> None:
        """Save the alerts that ended: something of them changed."""
        if not self._closed:
            self._history.schedule()

    async def async_save(self) -> None:
        """Save what stands now: somebody counts on it."""
        if not self._closed:
            await self._standing.async_save()

    async def async_close(self) -> None:
        """Save all for the last time: from now on the files are another's."""
        self._closed = True
        await self._standing.async_close()
        await self._history.async_close()

    def _dump_standing(self) -> dict[str, Any]:
        wall, mono = dt_util.utcnow(), time.monotonic()
        # The other file has them by then, if it could be written.
        while (
            self._history.on_disk and self._ended and mono - self._ended[0][0] > _BOTH
        ):
            self._ended.popleft()
        history = self._book.history
        ended = [
            history[alert_id] for _at, alert_id in self._ended if alert_id in history
        ]
        return {
            **snapshot.dump_standing(self._book, wall, mono),
            "ended": snapshot.dump_history(ended)["alerts"],
            "saved_at": wall.isoformat(),
        }

    def _dump_history(self) -> dict[str, Any]:
        # Runs in a thread; making a tuple is one step that nothing can come between.
        return snapshot.dump_history(tuple(self._book.history.values()))


def say_what_is_damaged(hass: HomeAssistant, damaged: list[str]) -> None:
    """Raise the repair of files that are damaged, and end that of old."""
    if not damaged:
        ir.async_delete_issue(hass, DOMAIN, "alerts_damaged")
        return
    for damage in damaged:
        LOGGER.error(
            "Something of the alerts that were saved can't be read and is left "
            "out: %s. A copy is kept; see Settings > Repairs",
            damage,
        )
    ir.async_create_issue(
        hass,
        DOMAIN,
        "alerts_damaged",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="alerts_damaged",
    )


def _mapping(stored: object) -> Mapping[str, Any]:
    return stored if isinstance(stored, dict) else {}


def _entries(stored: object) -> list[Any]:
    return stored if isinstance(stored, list) else []


def _seconds_since(stored: object, wall: datetime) -> float:
    """Return the seconds since a stored time; -1 if that can't be told."""
    then = dt_util.parse_datetime(stored) if isinstance(stored, str) else None
    if then is None or then.tzinfo is None:
        return -1
    return (wall - then).total_seconds()
