"""How much memory is in use."""

from __future__ import annotations

from ..protocol.inventory import Metrics
from .limits import memory_limit, memory_used
from .sample import GB, Collect, Sample
from .surroundings import Surroundings

_KB = 1024
# What can be had without swapping, on kernels that do not say it themselves.
_RECLAIMABLE = ("MemFree", "Buffers", "Cached", "SReclaimable")


def collector(around: Surroundings) -> Collect:
    """Return the collector of memory_* and swap_*.

    Used is what programs can't get: the total without MemAvailable, like `free`. A
    container that may use less than there is has its limit as its total.
    """

    def collect() -> Sample:
        figures: dict[str, int] = {}
        for line in around.read("proc/meminfo").splitlines():
            name, _, value = line.partition(":")
            figures[name] = int(value.split()[0]) * _KB
        total = figures["MemTotal"]
        available = figures.get("MemAvailable")
        if available is None:
            available = sum(figures.get(name, 0) for name in _RECLAIMABLE)
        used = max(total - available, 0)
        limit, in_use = memory_limit(around), memory_used(around)
        if limit is not None and in_use is not None and limit < total:
            total, used = limit, min(in_use, limit)
        swap = figures.get("SwapTotal", 0)
        swapped = max(swap - figures.get("SwapFree", 0), 0)
        return Sample(
            metrics=Metrics(
                memory_percent=round(100 * used / total, 1),
                memory_used_gb=round(used / GB, 3),
                memory_total_gb=round(total / GB, 3),
                swap_percent=round(100 * swapped / swap, 1) if swap else None,
                swap_used_gb=round(swapped / GB, 3) if swap else None,
                swap_total_gb=round(swap / GB, 3) if swap else None,
            )
        )

    return collect
