"""The machine as the collectors see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
import time

_MAX_BYTES = 1024 * 1024


def _unknown() -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where to look and whom to ask."""

    root: Path = Path("/")
    """The folder that holds /proc, /sys and /etc."""
    now: Callable[[], float] = field(default=time.time)
    """Seconds since 1970, by the hub's clock if it is known."""
    sleep: Callable[[float], None] = field(default=time.sleep)
    hub_address: Callable[[], str | None] = field(default=_unknown)
    """The hub's IP address, once it has answered."""

    def read(self, name: str) -> str:
        """Return the text of a file like "proc/stat"; raises OSError."""
        path = self.root / name
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_MAX_BYTES)

    def read_or_none(self, name: str) -> str | None:
        """Return the text of a file that not every machine has."""
        try:
            return self.read(name)
        except OSError:
            return None
