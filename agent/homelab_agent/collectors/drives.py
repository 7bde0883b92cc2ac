"""Disks that turn, and how to leave them asleep.

Whether a disk sleeps is known to the disk only; the root helper asks it in a way that
does not wake it. That costs a tenth of a second of a processor, so it is asked rarely.
In between, the kernel's counters tell what is needed: a disk without any traffic has
the same figures as before, so there is no reason to look at it at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
import os
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import CollectorError
from .helper import HelperLateError

if TYPE_CHECKING:
    from .machine import Machine
    from .mounts import Mount

ACTIVE, STANDBY, UNKNOWN = "active", "standby", "unknown"
MAX_AGE = 600.0
"""Seconds after which an answer about a disk is asked for again."""
_CONTRADICTED = 120.0
"""The same where traffic says that a sleeping disk was woken."""
_MAX_DEPTH = 8

Traffic = tuple[str | None, ...]
"""Counters of disks; compared, never read. None is not known."""


@dataclass(frozen=True)
class _Answer:
    state: str
    at: float
    traffic: Traffic


class Drives:
    """The disks of this machine that may be asleep."""

    def __init__(self, around: Machine) -> None:
        """Ask nothing yet."""
        self._around = around
        self._answers: dict[str, _Answer] = {}

    def below(self, mount: Mount) -> frozenset[str]:
        """Return the turning disks that a local file system may lie on."""
        # Of a pool nobody says on which disks it lies, so it may be any of them.
        if mount.pooled:
            return self.all()
        return self.behind(mount.device, mount.source)

    def state_of(self, mount: Mount, disks: Iterable[str]) -> str:
        """Return whether a file system's disks, those `below` it, sleep.

        A pool that answers out of its memory only sleeps when all disks do: one that it
        may have no part of must not freeze its figures.
        """
        states = self.states(disks)
        if mount.pooled and STANDBY in states:
            return STANDBY if states == {STANDBY} else ACTIVE
        return _worst(states)

    def behind(self, device: str, source: str) -> frozenset[str]:
        """Return the turning disks that a mounted block device lies on."""
        start = self._around.root / "sys/dev/block" / device
        names = [_name(start)] if start.exists() else self._named(source)
        found: set[str] = set()
        for name in names:
            self._follow(name, found, _MAX_DEPTH)
        return frozenset(filter(self._turns, found))

    def all(self) -> frozenset[str]:
        """Return all turning disks."""
        return frozenset(filter(self._turns, self._around.names("sys/block")))

    def traffic(self, disks: Iterable[str]) -> Traffic:
        """Return counters that change when a disk reads or writes."""
        files = (f"sys/block/{disk}/stat" for disk in sorted(disks))
        return tuple(self._around.read_or_none(file) for file in files)

    def state(self, disk: str, max_age: float = MAX_AGE) -> str:
        """Return whether a disk sleeps; UNKNOWN if nobody knows."""
        return _worst(self.states([disk], max_age))

    def states(self, disks: Iterable[str], max_age: float = MAX_AGE) -> set[str]:
        """Return how the disks are; asks the helper where that is open.

        An answer is good for `max_age` seconds, unless it says that the disk sleeps.
        """
        disks = sorted(disks)
        awake = [disk for disk in disks if not self._suspended(disk)]
        if any(self._open(disk, max_age) for disk in awake):
            self._ask(awake)
        found = {self._answers[disk].state for disk in awake}
        return found if len(awake) == len(disks) else found | {STANDBY}

    def _turns(self, disk: str) -> bool:
        # Disks of virtual machines call themselves turning too; they never sleep.
        queue = f"sys/block/{disk}/queue/rotational"
        text = self._around.read_or_none(queue) if disk.startswith("sd") else None
        return (text or "").strip() == "1"

    def _suspended(self, disk: str) -> bool:
        text = self._around.read_or_none(
            f"sys/block/{disk}/device/power/runtime_status"
        )
        return (text or "").strip() == "suspended"

    def _open(self, disk: str, max_age: float) -> bool:
        if (answer := self._answers.get(disk)) is None:
            return True
        age = self._around.boot() - answer.at
        if answer.state != STANDBY:
            return age >= max_age
        return not self._sleeps_on(disk, answer) and age >= _CONTRADICTED

    def _sleeps_on(self, disk: str, answer: _Answer) -> bool:
        """Return whether a disk that slept has had no traffic since."""
        return answer.state == STANDBY and answer.traffic == self.traffic([disk]) != (
            None,
        )

    def _ask(self, disks: Iterable[str]) -> None:
        states: dict[str, str] = {}
        at = self._around.boot()
        try:
            answer = self._around.helper.ask("disk_power")
            states = {found["name"]: found["state"] for found in answer["disks"]}
        except HelperLateError:
            # To be asked for in the next cycle.
            at -= MAX_AGE
        except (CollectorError, LookupError, TypeError):
            pass
        for disk in {*disks, *self._answers}:
            state, before = states.get(disk), self._answers.get(disk)
            if state not in {ACTIVE, STANDBY}:
                # Nobody has said that it woke.
                if before is not None and self._sleeps_on(disk, before):
                    continue
                state = UNKNOWN
            self._answers[disk] = _Answer(state, at, self.traffic([disk]))

    def _named(self, source: str) -> list[str]:
        """Return the block devices of a file system that has no number of its own."""
        if not source.startswith("/dev/"):
            return []
        name = source.rpartition("/")[2]
        for mapped in self._around.names("sys/block"):
            if mapped.startswith("dm-"):
                called = self._around.read_or_none(f"sys/block/{mapped}/dm/name")
                if (called or "").strip() == name:
                    name = mapped
                    break
        for label in self._around.names("sys/fs/btrfs"):
            members = self._around.names(f"sys/fs/btrfs/{label}/devices")
            if name in members:
                return members
        return [name]

    def _follow(self, name: str, found: set[str], depth: int) -> None:
        folder = f"sys/class/block/{name}"
        if (self._around.root / folder / "partition").exists():
            name = Path(os.path.realpath(self._around.root / folder)).parent.name
            folder = f"sys/class/block/{name}"
        parts = self._around.names(f"{folder}/slaves")
        if parts and depth:
            for part in parts:
                self._follow(part, found, depth - 1)
        else:
            found.add(name)


def _worst(states: set[str]) -> str:
    return next((state for state in (STANDBY, UNKNOWN) if state in states), ACTIVE)


def _name(link: Path) -> str:
    return Path(os.path.realpath(link)).name
