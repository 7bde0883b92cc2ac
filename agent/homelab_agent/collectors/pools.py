"""Which ZFS pools are not well."""

from __future__ import annotations

from ..text import clean
from .sample import Collect, Sample
from .surroundings import Surroundings

_WELL = "ONLINE"
_MOST_NAMED = 10


def collector(around: Surroundings) -> Collect:
    """Return the collector that says which pools are not well.

    Their figures go into the disks.
    """

    def collect() -> Sample:
        around.pools.look()
        ill = [
            f"the pool {pool.name} is {pool.health}; see: zpool status {pool.name}"
            for pool in around.pools.known.values()
            if pool.health != _WELL
        ]
        return Sample(trouble=clean("; ".join(ill[:_MOST_NAMED]), 1000))

    return collect
