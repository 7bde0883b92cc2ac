"""What would be measured on a server at a moment: pure, so it knows the past too."""

from dataclasses import dataclass
from datetime import datetime

from .curves import DAY, HOUR, Flow
from .model import Life, Server, Volume
from .noise import noise

_BURST = 420
"""Seconds that a single job takes, about."""


@dataclass(frozen=True, kw_only=True)
class DiskFigures:
    """A file system."""

    volume: Volume
    used_gb: float
    standby: bool

    @property
    def percent(self) -> float:
        """Return how full it is."""
        return 100 * self.used_gb / self.volume.total_gb


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The figures of one moment, not rounded yet."""

    cpu: float
    memory: float
    swap: float
    received: float
    """Bytes a second, as is the next."""
    sent: float
    celsius: tuple[float, ...]
    """In the order of the server's probes."""
    disks: tuple[DiskFigures, ...]
    watts: float


def figures(life: Life, moment: datetime) -> Figures:
    """Return what there is to measure."""
    server, now = life.server, life.local(moment)
    cpu = _cpu(server, now)
    low, span = server.memory_percent
    # What a busy hour took is given back slowly.
    busy = server.load.curve.level(now - HOUR / 2)
    memory = low + span * busy + 1.2 * noise(_seed(server, "memory"), now, 1500)
    received, sent = flows(server)
    return Figures(
        cpu=cpu,
        memory=_within(memory, 3, 97),
        swap=_within(4 + 3 * noise(_seed(server, "swap"), now, DAY / 3), 0, 100),
        received=received.rate(now),
        sent=sent.rate(now),
        celsius=tuple(
            probe.idle
            + probe.by_load * cpu / 100
            + 1.2 * noise(_seed(server, probe.name), now, 240)
            for probe in server.probes
        ),
        disks=tuple(_disk(life, volume, moment) for volume in server.disks),
        # The processor alone: what the rest of the machine draws nobody measures.
        watts=server.tdp_watts * (0.12 + 0.45 * cpu / 100),
    )


def flows(server: Server) -> tuple[Flow, Flow]:
    """Return what the server receives and what it sends."""
    received, sent = (
        Flow(
            seed=_seed(server, name),
            curve=server.load.curve,
            base=1000 * base,
            peak=1000 * peak,
        )
        for name, (base, peak) in (
            ("received", server.traffic.received),
            ("sent", server.traffic.sent),
        )
    )
    return received, sent


def _cpu(server: Server, now: float) -> float:
    load = server.load
    # No day is like the one before.
    mood = 1 + 0.15 * noise(_seed(server, "day"), now, DAY)
    mood += 0.25 * noise(_seed(server, "hour"), now, HOUR / 2)
    jobs = max(0.0, noise(_seed(server, "burst"), now, _BURST)) ** 2
    jitter = 0.06 * (load.idle + load.peak) * noise(_seed(server, "jitter"), now, 12)
    level = load.curve.level(now)
    busy = load.peak * level * mood + load.bursts * jobs * (0.3 + level)
    return _within(load.idle + busy + jitter, 0.4, 100)


def _disk(life: Life, volume: Volume, moment: datetime) -> DiskFigures:
    now = life.local(moment)
    standby, grown = False, now
    if volume.awake:
        start, end = (hour * HOUR for hour in volume.awake)
        midnight, time = now - now % DAY, now % DAY
        standby = not start <= time < end
        # While it sleeps nothing is written to it.
        if time < start:
            grown = midnight - DAY + end
        elif time >= end:
            grown = midnight + end
    days = (grown - life.local(life.since)) / DAY
    used = volume.total_gb * volume.percent / 100 + volume.growth_gb * days
    return DiskFigures(
        volume=volume,
        used_gb=_within(used, 0, 0.99 * volume.total_gb),
        standby=standby,
    )


def _seed(server: Server, what: str) -> str:
    return f"{server.server_id}/{what}"


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
