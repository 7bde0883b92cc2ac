"""What can be said about a simulated server."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from homelab_agent.protocol.inventory import PackageUpdate

from .curves import Curve

Status = Literal["running", "stopped", "failed", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A systemd unit."""

    name: str
    memory_mb: float = 0
    status: Status = "running"
    detail: str = "active (running)"


@dataclass(frozen=True, kw_only=True)
class Box:
    """A container."""

    name: str
    image: str
    memory_mb: float = 0
    status: Status = "running"
    detail: str = "running"
    health: str | None = None


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A mounted file system."""

    mount: str
    device: str
    total_gb: float
    percent: float
    """How full it is on the demo's first day."""
    growth_gb: float = 0.02
    """What is added in a day."""
    awake: tuple[int, int] | None = None
    """From which hour to which the disk turns; None: always."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """How busy the processor is, in percent."""

    curve: Curve
    idle: float
    peak: float
    """What comes on top at the height of the curve."""
    bursts: float = 0
    """How high single jobs of some minutes rise on top of that."""


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """kB/s on the network."""

    received: tuple[float, float]
    """At any time, and on top at the height of the curve."""
    sent: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A temperature sensor, in °C."""

    name: str
    idle: float
    by_load: float
    """What a full load adds."""


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What servers of one kind have in common."""

    distribution: str
    version: str
    kernel: str
    architecture: str
    python: str = "3.11.2"


OMV = Platform(
    distribution="Debian GNU/Linux",
    version="12",
    kernel="6.12.43+deb12-amd64",
    architecture="x86_64",
)
RASPBERRY_PI_OS = Platform(
    distribution="Raspberry Pi OS",
    version="12",
    kernel="6.12.47+rpt-rpi-v8",
    architecture="aarch64",
)


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server, and what is wrong with it."""

    server_id: str
    name: str
    number: int
    """Its place in the addresses."""
    location: str
    tdp_watts: int
    platform: Platform = OMV
    cpu_model: str
    cpu_count: int
    memory_gb: float
    memory_percent: tuple[float, float]
    """At night, and what the height of the curve adds."""
    load: Load
    traffic: Traffic
    disks: tuple[Volume, ...]
    probes: tuple[Probe, ...]
    interface: str = "enp1s0"
    units: tuple[Unit, ...] = ()
    """What is watched; what else runs comes on top."""
    boxes: tuple[Box, ...] = ()
    updates: tuple[PackageUpdate, ...] = ()
    reboot_required: bool = False
    uptime: timedelta = timedelta(days=40)
    """On the demo's first day."""
    agent_version: str | None = None
    """None: the one of this checkout."""
    managed: bool = True
    """Whether it lets anything be done to it."""
    stubborn: tuple[str, ...] = ()
    """What does not start again, whatever is done."""
    silent_after: timedelta | None = None
    """When in the demo's life it falls silent for good."""

    @property
    def allowed(self) -> tuple[str, ...]:
        """What its whitelist would have to be restarted."""
        return (*self.unit_names, *(f"{name} (docker)" for name in self.box_names))

    @property
    def unit_names(self) -> tuple[str, ...]:
        """The units that are watched."""
        return tuple(unit.name for unit in self.units)

    @property
    def box_names(self) -> tuple[str, ...]:
        """The containers that are watched."""
        return tuple(box.name for box in self.boxes)


@dataclass(frozen=True, kw_only=True)
class Life:
    """A server on its place in time."""

    server: Server
    since: datetime
    """When the demo was started first; before it everything is past."""
    offset: timedelta = field(default_factory=timedelta)
    """Of the local clock, which says when it is evening."""

    def local(self, moment: datetime) -> float:
        """Return the seconds since 1970 by the local clock."""
        return moment.timestamp() + self.offset.total_seconds()

    @property
    def boot(self) -> datetime:
        """When the server was booted."""
        return self.since - self.server.uptime

    def reports(self, moment: datetime) -> bool:
        """Return whether the server is still reporting."""
        silent = self.server.silent_after
        return silent is None or moment < self.since + silent
