"""Leave word of what is watched for `install.sh --managed`, which proposes it."""

from __future__ import annotations

from pathlib import Path

from . import state

_FILE = "watched.json"


class Watched:
    """The file watched.json; helper/watched.py reads it."""

    def __init__(self, folder: Path | None = None) -> None:
        """Take the folder that it is in (systemd's, if None)."""
        folder = folder or state.folder()
        self._file = state.StateFile(folder / _FILE if folder else None)
        self._written: object = None

    def keep(self, services: tuple[str, ...], containers: tuple[str, ...]) -> None:
        """Write the names that the hub has set, unless they were written before.

        What an earlier run has written may be out of date, so the first are written
        in any case, and what could not be written is with the next reply.
        """
        names = {"services": list(services), "containers": list(containers)}
        if names != self._written and self._file.save(names):
            self._written = names
