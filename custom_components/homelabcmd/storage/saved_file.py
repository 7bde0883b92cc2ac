"""A private file that is saved soon when asked to, and read whatever it holds.

What can't be read costs nothing but itself: a copy of the file is kept beside it. What
can't be saved is said under Repairs, and tried again.
"""

import asyncio
from collections.abc import Callable
import os
from pathlib import Path
import shutil
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.file import WriteError

from ..const import DOMAIN, LOGGER

RETRY_DELAY = 60
"""Seconds after which a save that failed is tried again."""

_UNREADABLE = (
    HomeAssistantError,
    OSError,
    AttributeError,
    KeyError,
    NotImplementedError,
    TypeError,
)
"""What Home Assistant raises for a file of a newer version, of another shape, or that
is no file. One that is no JSON it puts aside itself, and says so under Repairs."""


class PrivateStore(Store[dict[str, Any]]):
    """A store that says whether it could write: Home Assistant only logs it."""

    on_disk = False
    """Whether the last write has succeeded; not yet while one is under way."""
    written: Callable[[dict[str, Any]], None] | None = None
    """Is called after each write, with what is on disk now."""
    failed: Callable[[str], None] | None = None
    """Is called after each write that failed, with what went wrong."""

    async def _async_write_data(self, data: dict[str, Any]) -> None:
        self.on_disk = False
        try:
            await super()._async_write_data(data)
        except (HomeAssistantError, OSError) as err:
            if self.failed is not None:
                self.failed(str(err))
            # Home Assistant logs this one; any other would end up with whoever saved.
            raise WriteError(str(err)) from err
        self.on_disk = True
        if self.written is not None:
            self.written(data["data"])


class SavedFile:
    """One file."""

    def __init__(
        self,
        hass: HomeAssistant,
        store: PrivateStore,
        delay: float,
        dump: Callable[[], dict[str, Any]],
        saved: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        """Take what the file is to hold and how soon it is to be saved.

        `saved` is called with each dump that is on disk.
        """
        self._hass = hass
        self._store = store
        self._delay = delay
        self._dump = dump
        self._scheduled = False
        self._closed = False
        self._saved = saved
        store.written = self._written
        store.failed = self._failed

    async def async_load(self, damaged: list[str]) -> object:
        """Read the file; one that can't be read is named and counts as empty."""
        try:
            return await self._store.async_load()
        except _UNREADABLE as err:
            damaged.append(f"{self._store.path}: {err!r}")
            return None

    async def async_keep_copy(self) -> None:
        """Keep the file as it is: the next save leaves out what could not be read."""
        kept = f"{self._store.path}.damaged.{dt_util.utcnow().isoformat()}"
        try:
            await self._hass.async_add_executor_job(_keep, self._store.path, kept)
        except OSError as err:
            LOGGER.error("No copy of %s could be kept: %s", self._store.path, err)

    @property
    def on_disk(self) -> bool:
        """Whether the last write has succeeded; not yet while one is under way."""
        return self._store.on_disk

    async def async_save(self) -> bool:
        """Save now; return whether what there is now is on disk.

        It goes on if whoever asked for it is cancelled, and it says so if Home
        Assistant puts it off until it has stopped.
        """
        if self._closed:
            return False
        return await self._async_save()

    async def async_close(self) -> None:
        """Save for the last time: from now on the file is another's."""
        self._closed = True
        await self._async_save()

    async def _async_save(self) -> bool:
        # What is half way to the disk must not be forgotten.
        return await asyncio.shield(
            self._hass.async_create_task(
                self._async_write(), f"HomelabCmd saves {self._store.key}"
            )
        )

    async def _async_write(self) -> bool:
        # Home Assistant drops a delayed save then: what comes later needs another.
        self._scheduled = False
        self._store.on_disk = False
        await self._store.async_save(self._dump())
        # Whichever write came last had this in it, or something newer.
        return self._store.on_disk

    def schedule(self, delay: float | None = None) -> None:
        """Save soon, and at the latest when Home Assistant stops.

        Home Assistant's delayed save starts its delay anew at each call, so that
        frequent calls would put it off for ever: ask once until it was done.
        """
        if not self._scheduled and not self._closed:
            self._scheduled = True
            self._store.async_delay_save(self._dump_scheduled, delay or self._delay)

    def _dump_scheduled(self) -> dict[str, Any]:
        # First, so that what changes from now on is saved again.
        self._scheduled = False
        return self._dump()

    def _written(self, dump: dict[str, Any]) -> None:
        ir.async_delete_issue(self._hass, DOMAIN, self._issue_id)
        if self._saved is not None:
            self._saved(dump)

    @property
    def _issue_id(self) -> str:
        return f"not_saved_{self._store.key}"

    def _failed(self, error: str) -> None:
        """Say that the file can't be saved, until it can."""
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key="not_saved",
            translation_placeholders={"path": self._store.path, "error": error},
        )
        self.schedule(RETRY_DELAY)


def _keep(path: str, kept: str) -> None:
    source = Path(path)
    if source.is_file():
        # Nobody else may read it, not even for a moment.
        target = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with source.open("rb") as old, os.fdopen(target, "wb") as new:
            shutil.copyfileobj(old, new)
    elif source.exists():
        # It stands where the file is to be.
        source.rename(kept)
