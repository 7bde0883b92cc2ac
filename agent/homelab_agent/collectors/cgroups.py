"""What control groups say about the use of processors and memory."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
import re
from typing import TYPE_CHECKING

from .sample import MB

if TYPE_CHECKING:
    from .surroundings import Surroundings

_ROOTS = ("sys/fs/cgroup", "sys/fs/cgroup/unified")
_USAGE = re.compile(r"^usage_usec (\d+)$", re.MULTILINE)
_CACHE = re.compile(r"^inactive_file (\d+)$", re.MULTILINE)
# Where Docker and Podman put containers, with either of their two cgroup drivers.
_PLACES = ("system.slice", "machine.slice", "docker", "libpod_parent")
_CONTAINER = re.compile(r"(?:docker-|libpod-)?([0-9a-f]{64})(?:\.scope)?")


@dataclass(frozen=True)
class Usage:
    """What a group uses."""

    cpu_percent: float | None
    """Of one processor, since the last look."""
    memory_mb: float | None


class Cgroups:
    """The groups of one collector, with what they had used at its last look."""

    def __init__(self, around: Surroundings, *, working_set: bool) -> None:
        """Count memory as `docker stats` does (working_set), or as systemctl."""
        self._around = around
        self._working_set = working_set
        self._before: dict[str, tuple[float, int]] = {}
        self._seen: dict[str, tuple[float, int]] = {}

    def root(self) -> str | None:
        """Return the folder of the groups; None where there are none of version 2."""
        for root in _ROOTS:
            if (self._around.root / root / "cgroup.procs").exists():
                return root
        return None

    def usage(self, folder: str) -> Usage:
        """Return what a group uses; in each cycle once."""
        return Usage(self._cpu(folder), self._memory(folder))

    def end_cycle(self) -> None:
        """Forget the groups that were not looked at."""
        self._before, self._seen = self._seen, {}

    def has_process(self, folder: str, pid: int) -> bool:
        """Return whether the process belongs to the group itself."""
        text = self._around.read_or_none(f"{folder}/cgroup.procs") or ""
        return str(pid) in text.split("\n")

    def containers(self) -> dict[str, str]:
        """Return the folders of running containers by id."""
        if (root := self.root()) is None:
            return {}
        found: dict[str, str] = {}
        for place in _PLACES:
            for name in self._around.names(f"{root}/{place}"):
                if match := _CONTAINER.fullmatch(name):
                    found[match[1]] = f"{root}/{place}/{name}"
        return found

    def _cpu(self, folder: str) -> float | None:
        text = self._around.read_or_none(f"{folder}/cpu.stat") or ""
        if (match := _USAGE.search(text)) is None:
            return None
        now, used = self._around.boot(), int(match[1])
        self._seen[folder] = now, used
        before = self._before.get(folder)
        if before is None or now <= before[0] or used < before[1]:
            return None
        return round((used - before[1]) / (now - before[0]) / 1e4, 1)

    def _memory(self, folder: str) -> float | None:
        used = None
        with contextlib.suppress(ValueError):
            text = self._around.read_or_none(f"{folder}/memory.current") or ""
            used = int(text)
        if used is None:
            return None
        if self._working_set:
            text = self._around.read_or_none(f"{folder}/memory.stat") or ""
            match = _CACHE.search(text)
            used -= min(int(match[1]), used) if match else 0
        return round(used / MB, 1)
