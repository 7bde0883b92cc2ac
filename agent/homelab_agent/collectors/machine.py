"""A machine: its files, its clocks, its helper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
import os
from pathlib import Path
import time

from ..clock import boottime
from .helper import SOCKET, Helper
from .watch import Watch

_MAX_BYTES = 1024 * 1024


def _unknown() -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Where to look and whom to ask."""

    root: Path = Path("/")
    """The folder that holds /proc, /sys, /run and /etc."""
    now: Callable[[], float] = field(default=time.time)
    """Seconds since 1970, by the hub's clock if it is known."""
    boot: Callable[[], float] = field(default=boottime)
    """Seconds since boot: what durations are measured with."""
    sleep: Callable[[float], None] = field(default=time.sleep)
    hub_address: Callable[[], str | None] = field(default=_unknown)
    """The hub's IP address, once it has answered."""
    statvfs: Callable[[Path], os.statvfs_result] = field(default=os.statvfs)
    apt_get: str = "/usr/bin/apt-get"
    watch: Watch = field(default_factory=Watch)
    patient: bool = False
    """Wait for what is otherwise done in the background, for there is no next cycle."""

    @cached_property
    def helper(self) -> Helper:
        """The root helper."""
        return Helper(self.root / SOCKET)

    @cached_property
    def container(self) -> bool:
        """Whether this is a container; systemd says so in one (container interface)."""
        return (self.root / "run/systemd/container").exists()

    @property
    def boot_mark(self) -> str:
        """What is another one after each boot.

        A container has the boot id of the machine that it is on; systemd writes a file
        there each time that it is booted.
        """
        boot_id = self.read_or_none("proc/sys/kernel/random/boot_id") or ""
        try:
            booted = (self.root / "run/systemd/container").stat().st_mtime_ns
        except OSError:
            return boot_id.strip()
        return f"{boot_id.strip()} container {booted}"

    def read(self, name: str, errors: str = "replace") -> str:
        """Return the text of a file like "proc/stat"; raises OSError."""
        path = self.root / name
        with path.open(encoding="utf-8", errors=errors) as file:
            return file.read(_MAX_BYTES)

    def read_or_none(self, name: str) -> str | None:
        """Return the text of a file that not every machine has."""
        try:
            return self.read(name)
        except OSError:
            return None

    def names(self, folder: str) -> list[str]:
        """Return what is in a folder, sorted; nothing if it can't be read."""
        try:
            return sorted(os.listdir(self.root / folder))  # noqa: PTH208 - half the cost
        except OSError:
            return []
