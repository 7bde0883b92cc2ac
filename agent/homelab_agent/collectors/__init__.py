"""What the agent measures: one subject a file, one table of them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
import functools
import time

from ..protocol.fields import object_of, to_json
from ..protocol.inventory import Collector
from ..protocol.refusals import Refusal
from ..text import clean
from . import cpu, disk, host, identity, load, memory, network, os_info, system
from .sample import Collect, Sample, combine
from .surroundings import Surroundings

COLLECTORS: tuple[tuple[str, Callable[[Surroundings], Collect]], ...] = (
    ("cpu", cpu.collector),
    ("memory", memory.collector),
    ("disk", disk.collector),
    ("network", network.collector),
    ("load", load.collector),
    ("system", system.collector),
    ("os_info", os_info.collector),
    ("host", host.collector),
    ("identity", identity.collector),
)

_read_sample = object_of(Sample)


@dataclass(frozen=True)
class Measurement:
    """What all collectors found, and how each of them fared."""

    sample: Sample
    collectors: tuple[Collector, ...]


class Collectors:
    """The collectors with what they remember from one cycle to the next."""

    def __init__(
        self,
        around: Surroundings,
        table: Iterable[tuple[str, Callable[[Surroundings], Collect]]] = COLLECTORS,
    ) -> None:
        """Prepare every collector of the table."""
        self._collects = [(name, make(around)) for name, make in table]

    def measure(self) -> Measurement:
        """Ask every collector; a broken one costs only its own fields."""
        samples: list[Sample] = []
        reports: list[Collector] = []
        for name, collect in self._collects:
            started = time.monotonic()
            error = None
            try:
                samples.append(_checked(collect()))
            except Exception as failure:  # noqa: BLE001 - whatever it is, go on
                error = _describe(failure)
            duration = round((time.monotonic() - started) * 1000, 1)
            reports.append(Collector(name=name, duration_ms=duration, error=error))
        return Measurement(functools.reduce(combine, samples, Sample()), tuple(reports))


def _checked(sample: Sample) -> Sample:
    """Read the sample as the hub will, so that one bad value spoils only itself."""
    return _read_sample(to_json(sample), "")


def _describe(failure: Exception) -> str:
    if isinstance(failure, Refusal):
        return clean(f"bad value: {failure.message}") or "bad value"
    return clean(f"{type(failure).__name__}: {failure}") or "failed"
