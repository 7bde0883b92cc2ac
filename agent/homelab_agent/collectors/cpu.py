"""How busy the processors were since the last look.

Of a container that may use less than there is, it is the part of that.
"""

from __future__ import annotations

from dataclasses import dataclass
import os

from ..protocol.inventory import Metrics
from .limits import cpu_limit, cpu_used
from .sample import Collect, Sample
from .surroundings import Surroundings

_FIRST_SPAN = 1.0
"""Seconds of the first measurement, when there is no earlier look."""

# Columns of the "cpu" line: user nice system idle iowait irq softirq steal. The two
# after them, guest time, are in user and nice already.
_IDLE, _IOWAIT, _COLUMNS = 3, 4, 8


@dataclass(frozen=True)
class _Times:
    """Ticks since boot."""

    total: int
    idle: int
    limit: float | None = None
    """How many processors it counts; None is all of them, in ticks."""


class _Cpu:
    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._last: _Times | None = None

    def __call__(self) -> Sample:
        if self._last is None:
            self._last = self._look()
            self._around.sleep(_FIRST_SPAN)
        before, self._last = self._last, self._look()
        total = self._last.total - before.total
        if total <= 0 or self._last.limit != before.limit:
            return Sample()
        # The time spent waiting for disks may run backwards.
        idle = min(max(self._last.idle - before.idle, 0), total)
        percent = round(100 * (total - idle) / total, 1)
        return Sample(metrics=Metrics(cpu_percent=percent))

    def _look(self) -> _Times:
        return self._limited() or self._all()

    def _limited(self) -> _Times | None:
        limit, used = cpu_limit(self._around), cpu_used(self._around)
        if limit is None or used is None or limit >= (os.cpu_count() or 1):
            return None
        total = int(self._around.boot() * limit * 1e6)
        return _Times(total=total, idle=total - used, limit=limit)

    def _all(self) -> _Times:
        first_line = self._around.read("proc/stat").partition("\n")[0]
        ticks = [int(word) for word in first_line.split()[1 : 1 + _COLUMNS]]
        return _Times(total=sum(ticks), idle=ticks[_IDLE] + ticks[_IOWAIT])


def collector(around: Surroundings) -> Collect:
    """Return the collector of cpu_percent."""
    return _Cpu(around)
