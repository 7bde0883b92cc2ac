"""Since when the machine is up."""

from __future__ import annotations

from datetime import UTC, datetime

from ..protocol.inventory import Metrics
from ..text import clean
from .sample import Collect, Sample
from .surroundings import Surroundings

_SAME = 2.0
"""Seconds by which two calculations of the same boot may differ."""


class _System:
    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._booted = 0.0

    def __call__(self) -> Sample:
        uptime = float(self._around.read("proc/uptime").split()[0])
        booted = max(self._around.now() - uptime, 0.0)
        # The difference of two clocks trembles; a boot time that changes by a second
        # with every heartbeat would look like a restart each time.
        if abs(booted - self._booted) > _SAME:
            self._booted = booted
        boot_id = self._around.read_or_none("proc/sys/kernel/random/boot_id")
        return Sample(
            metrics=Metrics(
                uptime_seconds=int(uptime),
                boot_time=datetime.fromtimestamp(round(self._booted), UTC),
            ),
            boot_id=clean(boot_id or ""),
        )


def collector(around: Surroundings) -> Collect:
    """Return the collector of uptime_seconds, boot_time and boot_id."""
    return _System(around)
