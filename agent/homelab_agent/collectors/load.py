"""How many tasks wanted to run."""

from __future__ import annotations

from ..protocol.inventory import Metrics
from .sample import Collect, Sample
from .surroundings import Surroundings


def collector(around: Surroundings) -> Collect:
    """Return the collector of load_*."""

    def collect() -> Sample:
        one, five, fifteen = map(float, around.read("proc/loadavg").split()[:3])
        return Sample(metrics=Metrics(load_1m=one, load_5m=five, load_15m=fifteen))

    return collect
