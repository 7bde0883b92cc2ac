"""What was read of a machine, as the system tells it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ...protocol.counted import IN_MEMORY, LOCAL_FILE_SYSTEMS, STORES

_FIRST = ("/", "/config")
"""Where a file system is shown that is mounted at several places; the second is Home
Assistant's own folder in its container."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """What the processors did since boot, in seconds."""

    total: float
    idle: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """How full something is, in bytes."""

    total: int
    used: int
    free: int | None = None
    """What can still be filled, without what is reserved for root."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Partition:
    """A file system at one place."""

    device: str
    mount: str
    fstype: str
    turning: bool = False
    """Whether it is on a disk that turns, and may sleep."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Counters:
    """What went over an interface since boot, in bytes."""

    name: str
    received: int
    sent: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Heat:
    """What a sensor says, in degrees Celsius."""

    name: str
    celsius: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """An update that waits, as Home Assistant's Supervisor knows it."""

    name: str
    current: str | None
    candidate: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Everything that was read at one moment; None could not be read."""

    at: datetime
    times: Times
    memory: Usage
    """Used is what programs can't get: the total without what is available."""
    swap: Usage | None
    root: Usage | None
    disks: tuple[tuple[Partition, Usage], ...]
    interfaces: tuple[Counters, ...]
    heat: tuple[Heat, ...]
    load: tuple[float, float, float]
    booted: datetime
    boot_id: str | None
    hostname: str
    ip_address: str | None
    mac_address: str | None
    cpu_model: str | None
    cpu_count: int | None
    machine_id: str | None
    distribution: str | None
    version: str | None
    kernel: str
    architecture: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Supervised:
    """What the Supervisor knows, where there is one."""

    distribution: str | None = None
    version: str | None = None
    pending: tuple[Pending, ...] = ()


def counted(partitions: Iterable[Partition]) -> list[Partition]:
    """Return the file systems that hold people's files, each of them once.

    One that may have to read a disk which may sleep is left out.
    """
    found: dict[str, Partition] = {}
    for each in partitions:
        if each.fstype not in LOCAL_FILE_SYSTEMS or each.mount.startswith(STORES):
            continue
        if each.turning and each.fstype not in IN_MEMORY:
            continue
        known = found.get(each.device)
        if known is None or _rank(each) < _rank(known):
            found[each.device] = each
    return sorted(found.values(), key=lambda each: each.mount)


def _rank(partition: Partition) -> tuple[int, int, str]:
    mount = partition.mount
    place = _FIRST.index(mount) if mount in _FIRST else len(_FIRST)
    return place, len(mount), mount
