"""The folder for what outlives a run of the agent: /var/lib/homelab-agent."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from . import log


def folder() -> Path | None:
    """Return systemd's folder for it; started by hand, the agent has none."""
    named = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return Path(named) if named else None


class StateFile:
    """A file of JSON that is replaced as a whole: never is half of it there."""

    def __init__(self, path: Path | None) -> None:
        """Take its path; without one, nothing is written."""
        self._path = path
        self._warned = False

    def save(self, value: object) -> bool:
        """Write it; return whether it is there now.

        A disk that is full costs only the memory of it, and one line in the log until
        there is room again.
        """
        if self._path is None:
            return True
        try:
            _replace(self._path, json.dumps(value))
        except OSError as error:
            if not self._warned:
                log.warning(f"{self._path} can't be written ({error.strerror})")
            self._warned = True
            return False
        self._warned = False
        return True


def _replace(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    try:
        # It is nobody else's business: addresses hold the webhook id.
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
