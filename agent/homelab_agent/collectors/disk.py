"""How full the root file system is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol.inventory import Metrics
from .disks import pool_disk
from .drives import STANDBY
from .mounts import Mount, file_systems
from .sample import GB, Collect, Sample

if TYPE_CHECKING:
    from .surroundings import Surroundings

_ROOT = "/"


class _Disk:
    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._last = Sample()

    def __call__(self) -> Sample:
        root = self._root()
        if not self._sleeps(root):
            self._last = self._measure(root)
        return self._last

    def _root(self) -> Mount | None:
        text = self._around.read_or_none("proc/self/mountinfo") or ""
        mounts = (system.mount for system in file_systems(text))
        return next((mount for mount in mounts if mount.point == _ROOT), None)

    def _sleeps(self, root: Mount | None) -> bool:
        """Return whether a look might wake the disk that it lies on."""
        if root is None or not (disks := self._around.drives.below(root)):
            return False
        return self._around.drives.state_of(root, disks) == STANDBY

    def _measure(self, root: Mount | None) -> Sample:
        pool = self._around.pools.known.get(root.pool) if root is not None else None
        if root is not None and pool is not None:
            disk = pool_disk(root, pool)
            return Sample(
                metrics=Metrics(
                    disk_percent=disk.percent,
                    disk_used_gb=disk.used_gb,
                    disk_total_gb=disk.total_gb,
                )
            )
        stat = self._around.statvfs(self._around.root)
        used = stat.f_blocks - stat.f_bfree
        if not (fillable := used + stat.f_bavail):
            return Sample()
        return Sample(
            metrics=Metrics(
                disk_percent=round(100 * used / fillable, 1),
                disk_used_gb=round(used * stat.f_frsize / GB, 3),
                disk_total_gb=round(stat.f_blocks * stat.f_frsize / GB, 3),
            )
        )


def collector(around: Surroundings) -> Collect:
    """Return the collector of disk_*, with the figures of `df /`.

    The percentage is of what users can fill: blocks reserved for root count neither as
    used nor as free. On ZFS they are the figures of the pool.
    """
    return _Disk(around)
