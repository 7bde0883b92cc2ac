"""How full the root file system is."""

from __future__ import annotations

import os

from ..protocol.inventory import Metrics
from .sample import GB, Collect, Sample
from .surroundings import Surroundings


def collector(around: Surroundings) -> Collect:
    """Return the collector of disk_*, with the figures of `df /`.

    The percentage is of what users can fill: blocks reserved for root count neither as
    used nor as free.
    """

    def collect() -> Sample:
        stat = os.statvfs(around.root)
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

    return collect
