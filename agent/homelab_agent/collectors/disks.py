"""How full each mounted file system is, without waking a disk or waiting for a server.

statvfs(2) on a mounted ext4, XFS or btrfs only reads memory. A disk that sleeps is left
alone all the same: not even a file system that does read its disk may wake one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
import dataclasses
from dataclasses import dataclass
from functools import partial
import os
from typing import TYPE_CHECKING

from ..protocol.counted import IN_MEMORY
from ..protocol.inventory import Disk
from ..text import clean, without_login
from .aside import HangsError, Inquiries
from .drives import STANDBY, UNKNOWN, Traffic
from .mounts import FileSystem, Mount, file_systems
from .sample import GB, Collect, Sample

if TYPE_CHECKING:
    from .surroundings import Surroundings
    from .zfs import Pool

MAX_DISKS = 64
_PATIENCE = 2.0
"""Seconds for all servers together that mounts belong to."""


@dataclass(frozen=True)
class _Last:
    disk: Disk
    traffic: Traffic


class _Disks:
    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._inquiries: Inquiries[Disk | None] = Inquiries()
        self._last: dict[str, _Last] = {}

    def __call__(self) -> Sample:
        text = self._around.read("proc/self/mountinfo", errors="surrogateescape")
        pools = self._around.pools.known
        # Datasets of a container's host have limits of their own; the pool is not ours.
        found = file_systems(text, pools, apart=self._around.container)
        shown = found[:MAX_DISKS]
        points = {system.mount.point for system in shown}
        self._last = {p: last for p, last in self._last.items() if p in points}
        disks: dict[str, Disk] = {}
        troubles: list[str] = []
        if len(found) > MAX_DISKS:
            count = f"only {MAX_DISKS} of {len(found)} file systems are shown"
            troubles.append(f"{count}; unmount what is not needed")
        for mount, answer in self._answers(shown):
            if isinstance(answer, Exception):
                troubles.append(_trouble(mount, answer))
            elif answer is not None and answer.mount in disks:
                troubles.append(f"more than one is shown as {answer.mount[:200]}")
            elif answer is not None:
                disks[answer.mount] = answer
        return Sample(disks=tuple(disks.values()), trouble=_joined(troubles))

    def _answers(
        self, shown: list[FileSystem]
    ) -> Iterator[tuple[Mount, Disk | Exception | None]]:
        """Yield what is to be said of each, after a look where there may be one."""
        # Counted before the look, so that what happens meanwhile is noticed next time.
        traffic = {s.mount.point: self._traffic(s.mount) for s in shown}
        at_rest = {
            s.mount.point: disk
            for s in shown
            if (disk := self._at_rest(s.mount, traffic[s.mount.point])) is not None
        }
        seen = self._looked_at([s for s in shown if s.mount.point not in at_rest])
        for system in shown:
            point = system.mount.point
            answer = at_rest[point] if point in at_rest else seen[point]
            if point in seen and isinstance(answer, Disk) and traffic[point]:
                answer = dataclasses.replace(answer, standby=False)
                self._last[point] = _Last(answer, traffic[point])
            yield system.mount, answer

    def _traffic(self, mount: Mount) -> Traffic:
        """Return the counters of the turning disks below, if there are any."""
        if mount.remote and not mount.pooled:
            return ()
        return self._around.drives.traffic(self._around.drives.below(mount))

    def _at_rest(self, mount: Mount, traffic: Traffic) -> Disk | None:
        """Return what is shown without a look; None where there may be one."""
        if not traffic:
            return None
        drives, last = self._around.drives, self._last.get(mount.point)
        state = drives.state_of(mount, drives.below(mount))
        quiet = last is not None and last.traffic == traffic and None not in traffic
        safe = mount.fstype in IN_MEMORY or mount.pooled
        blind = last is None and state == UNKNOWN and not safe
        if not (state == STANDBY or quiet or blind):
            return None
        disk = last.disk if last is not None else _bare(mount)
        return dataclasses.replace(disk, standby=state == STANDBY)

    def _looked_at(
        self, systems: list[FileSystem]
    ) -> dict[str, Disk | Exception | None]:
        """Return the figures of these, or why there are none."""
        answers: dict[str, Disk | Exception | None] = {}
        answers |= self._inquiries.ask(
            {s.mount.point: partial(self._read, s) for s in systems if s.mount.remote},
            _PATIENCE,
        )
        for system in systems:
            if not system.mount.remote:
                answers[system.mount.point] = _attempt(partial(self._read, system))
        return answers

    def _read(self, system: FileSystem) -> Disk | None:
        if (pool := self._around.pools.known.get(system.mount.pool)) is not None:
            return pool_disk(system.mount, pool)
        used = free = total = 0
        for part in system.parts:
            found = self._around.statvfs(self._around.root / part.point.lstrip("/"))
            used += (found.f_blocks - found.f_bfree) * found.f_frsize
            # The datasets of a pool share what is free.
            free = max(free, found.f_bavail * found.f_frsize)
            total = max(total, found.f_blocks * found.f_frsize)
        if len(system.parts) > 1:
            total = used + free
        if not used + free:
            return None
        return dataclasses.replace(
            _bare(system.mount),
            total_gb=round(total / GB, 3),
            used_gb=round(used / GB, 3),
            free_gb=round(free / GB, 3),
            percent=round(100 * used / (used + free), 1),
        )


def collector(around: Surroundings) -> Collect:
    """Return the collector of disks, with the figures of `df`."""
    return _Disks(around)


def pool_disk(mount: Mount, pool: Pool) -> Disk:
    """Return a pool by its own figures, whatever of it is mounted."""
    disk = dataclasses.replace(_bare(mount), health=pool.health)
    if pool.size is None or pool.allocated is None or pool.free is None:
        return disk
    filled = pool.allocated + pool.free
    return dataclasses.replace(
        disk,
        total_gb=round(pool.size / GB, 3),
        used_gb=round(pool.allocated / GB, 3),
        free_gb=round(pool.free / GB, 3),
        percent=round(100 * pool.allocated / filled, 1) if filled else None,
    )


def _bare(mount: Mount) -> Disk:
    source = without_login(mount.source) if mount.remote else mount.source
    return Disk(
        mount=_shown(mount.point) or "?",
        device=_shown(source),
        fstype=clean(mount.fstype),
    )


def _shown(path: str) -> str | None:
    # A name need not be UTF-8, nor of a length that a message has room for.
    return clean(os.fsencode(path).decode("utf-8", "replace"))


def _attempt(read: Callable[[], Disk | None]) -> Disk | Exception | None:
    try:
        return read()
    except Exception as failure:  # noqa: BLE001 - it costs this one only
        return failure


def _trouble(mount: Mount, failure: Exception) -> str:
    name = clean(_shown(mount.point) or "?", 200)
    if isinstance(failure, HangsError):
        return f"{name} does not answer; check its server, or unmount it"
    # Somebody's own, like an sshfs, or in a folder that is nobody else's business.
    if isinstance(failure, PermissionError):
        return "" if mount.remote else f"{name} may not be looked at by this agent"
    what = failure.strerror if isinstance(failure, OSError) else str(failure)
    return f"{name}: {what}"


def _joined(troubles: Iterable[str]) -> str | None:
    return clean("; ".join(filter(None, troubles)), 1000)
