"""How full the root file system is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol.inventory import Metrics
from .drives import STANDBY
from .mounts import file_systems
from .sample import GB, Collect, Sample

if TYPE_CHECKING:
    from .surroundings import Surroundings

_ROOT = "/"


class _Disk:
    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._last = Sample()

    def __call__(self) -> Sample:
        if not self._sleeps():
            self._last = self._measure()
        return self._last

    def _sleeps(self) -> bool:
        """Return whether a look might wake the disk that it lies on."""
        text = self._around.read_or_none("proc/self/mountinfo") or ""
        mounts = (system.mount for system in file_systems(text))
        root = next((mount for mount in mounts if mount.point == _ROOT), None)
        if root is None or not (disks := self._around.drives.below(root)):
            return False
        return self._around.drives.state_of(root, disks) == STANDBY

    def _measure(self) -> Sample:
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
    used nor as free.
    """
    return _Disk(around)
