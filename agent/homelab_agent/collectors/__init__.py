"""What the agent measures: one subject a file, one table of them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
import dataclasses
from dataclasses import dataclass
import functools
import time

from ..protocol.fields import object_of, to_json
from ..protocol.inventory import Collector
from ..protocol.refusals import Refusal
from ..text import clean
from . import (
    containers,
    cpu,
    disk,
    disks,
    host,
    identity,
    load,
    memory,
    network,
    os_info,
    packages,
    pools,
    power,
    services,
    system,
    temperatures,
)
from .aside import HangsError, Task, Worker
from .errors import CollectorError
from .sample import Collect, Sample, combine
from .surroundings import Surroundings

COLLECTORS: tuple[tuple[str, Callable[[Surroundings], Collect]], ...] = (
    ("cpu", cpu.collector),
    ("memory", memory.collector),
    # Before those whose figures it has.
    ("pools", pools.collector),
    ("disk", disk.collector),
    ("disks", disks.collector),
    ("network", network.collector),
    ("temperatures", temperatures.collector),
    ("load", load.collector),
    ("system", system.collector),
    ("services", services.collector),
    ("containers", containers.collector),
    ("packages", packages.collector),
    ("power", power.collector),
    ("os_info", os_info.collector),
    ("host", host.collector),
    ("identity", identity.collector),
)
LIMIT = 5.0
"""Seconds that a collector without an own limit may delay the heartbeat by."""
LIMITS = {"services": 10.0}

_read_sample = object_of(Sample)


@dataclass(frozen=True)
class Measurement:
    """What all collectors found, and how each of them fared."""

    sample: Sample
    collectors: tuple[Collector, ...]


class _One:
    """A collector, with what it is still busy with and what it last found."""

    def __init__(self, name: str, collect: Collect, limit: float) -> None:
        self.name = name
        self.limit = limit
        self._collect = collect
        self._late: Task[Sample] | None = None
        self._found: tuple[Sample, Sample] | None = None

    def ask(self, worker: Worker) -> Sample:
        """Return what it finds, checked; HangsError if that takes too long."""
        if self._late is not None and not self._late.done:
            raise HangsError
        task = Task(self._collect)
        try:
            found = worker.run(task, self.limit)
        except HangsError:
            self._late = task
            raise
        # What was found to be good need not be looked through again.
        if self._found is None or self._found[0] != found:
            self._found = found, _checked(found)
        return self._found[1]


class Collectors:
    """The collectors with what they remember from one cycle to the next."""

    def __init__(
        self,
        around: Surroundings,
        table: Iterable[tuple[str, Callable[[Surroundings], Collect]]] = COLLECTORS,
        limits: Mapping[str, float] = LIMITS,
    ) -> None:
        """Prepare every collector of the table; limits are in seconds, by name."""
        self.watch = around.watch
        self._worker = Worker()
        # Whoever asks once waits for what others get with a later heartbeat.
        extra = 20.0 if around.patient else 0.0
        self._all = [
            _One(name, make(around), limits.get(name, LIMIT) + extra)
            for name, make in table
        ]

    def measure(self) -> Measurement:
        """Ask every collector; a broken one costs only its own fields."""
        samples: list[Sample] = []
        reports: list[Collector] = []
        for one in self._all:
            started = time.monotonic()
            try:
                sample = one.ask(self._worker)
                error = sample.trouble
                samples.append(dataclasses.replace(sample, trouble=None))
            except HangsError:
                error = f"no result after {one.limit:g} seconds; the rest goes on"
            except Exception as failure:  # noqa: BLE001 - whatever it is, go on
                error = _describe(failure)
            duration = round((time.monotonic() - started) * 1000, 1)
            reports.append(Collector(name=one.name, duration_ms=duration, error=error))
        self._worker.rest()
        return Measurement(functools.reduce(combine, samples, Sample()), tuple(reports))


def _checked(sample: Sample) -> Sample:
    """Read the sample as the hub will, so that one bad value spoils only itself."""
    return _read_sample(to_json(sample), "")


def _describe(failure: Exception) -> str:
    if isinstance(failure, CollectorError):
        return clean(str(failure), 1000) or "failed"
    if isinstance(failure, Refusal):
        return clean(f"bad value: {failure.message}") or "bad value"
    return clean(f"{type(failure).__name__}: {failure}") or "failed"
