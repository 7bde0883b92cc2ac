"""What a heartbeat says about a server: the parts of the message.

Field names and units are those of the specification; a GB is 10**9 bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
import ipaddress
import re
from typing import Annotated

from .fields import (
    FieldPath,
    boolean,
    choice,
    integer,
    invalid,
    list_of,
    matching,
    moment,
    number,
    object_of,
    text,
)

_NAME = text(1024)
_WORD = text(255)
_PERCENT = number(0, 100)
_SIZE = number(0, 1e9)
_COUNT = integer()
_MAX_ITEMS = 2000
_MAC = matching(
    re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}"),
    "a MAC address like 02:00:0a:4d:00:0b",
)


def _ip_address(value: object, path: FieldPath) -> str:
    address = text(45)(value, path)
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        raise invalid(path, "send an IPv4 or IPv6 address") from None


def _names(value: object, path: FieldPath) -> tuple[str, ...]:
    return list_of(_NAME, _MAX_ITEMS)(value, path)


@dataclass(frozen=True, kw_only=True, slots=True)
class Metrics:
    """The figures of one moment; what could not be measured is None."""

    cpu_percent: Annotated[float | None, _PERCENT] = None
    memory_percent: Annotated[float | None, _PERCENT] = None
    memory_used_gb: Annotated[float | None, _SIZE] = None
    memory_total_gb: Annotated[float | None, _SIZE] = None
    disk_percent: Annotated[float | None, _PERCENT] = None
    """Of the root file system, as are the next two."""
    disk_used_gb: Annotated[float | None, _SIZE] = None
    disk_total_gb: Annotated[float | None, _SIZE] = None
    swap_percent: Annotated[float | None, _PERCENT] = None
    """None, as the next two, where there is no swap."""
    swap_used_gb: Annotated[float | None, _SIZE] = None
    swap_total_gb: Annotated[float | None, _SIZE] = None
    network_rx_bytes: Annotated[int | None, _COUNT] = None
    """Counter since boot, summed over physical interfaces."""
    network_tx_bytes: Annotated[int | None, _COUNT] = None
    load_1m: Annotated[float | None, number(0, 1e6)] = None
    load_5m: Annotated[float | None, number(0, 1e6)] = None
    load_15m: Annotated[float | None, number(0, 1e6)] = None
    uptime_seconds: Annotated[int | None, _COUNT] = None
    boot_time: Annotated[datetime | None, moment] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A watched systemd unit."""

    name: Annotated[str, _NAME]
    """As it is set in Home Assistant; without a type it is a `.service`."""
    status: Annotated[str, choice("running", "stopped", "failed", "unknown")]
    detail: Annotated[str | None, _WORD] = None
    """systemd's own words: "active (running)", "not-found" ..."""
    pid: Annotated[int | None, _COUNT] = None
    memory_mb: Annotated[float | None, _SIZE] = None
    cpu_percent: Annotated[float | None, number(0, 1e6)] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """A watched container."""

    name: Annotated[str, _NAME]
    image: Annotated[str | None, _NAME] = None
    status: Annotated[str, choice("running", "stopped", "failed", "unknown")]
    detail: Annotated[str | None, _WORD] = None
    """The engine's own words: "paused", "exited", "not-found" ..."""
    health: Annotated[str | None, _WORD] = None
    cpu_percent: Annotated[float | None, number(0, 1e6)] = None
    memory_mb: Annotated[float | None, _SIZE] = None
    restarts: Annotated[int | None, _COUNT] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Disk:
    """A mounted file system."""

    mount: Annotated[str, text(4096)]
    device: Annotated[str | None, text(4096)] = None
    fstype: Annotated[str | None, _WORD] = None
    total_gb: Annotated[float | None, _SIZE] = None
    used_gb: Annotated[float | None, _SIZE] = None
    free_gb: Annotated[float | None, _SIZE] = None
    """What users can still fill, without the blocks reserved for root."""
    percent: Annotated[float | None, _PERCENT] = None
    standby: Annotated[bool | None, boolean] = None
    """The disk sleeps and was not asked: the figures before hold."""
    health: Annotated[str | None, _WORD] = None
    """Of a pool, in the words of its tools: ONLINE, DEGRADED, FAULTED ..."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """A physical interface with its counters since boot."""

    name: Annotated[str, _WORD]
    rx_bytes: Annotated[int | None, _COUNT] = None
    tx_bytes: Annotated[int | None, _COUNT] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Temperature:
    """A temperature sensor."""

    name: Annotated[str, _WORD]
    celsius: Annotated[float, number(-273.15, 1000)]
    max_celsius: Annotated[float | None, number(-273.15, 1000)] = None
    """From where on it is too hot, as the driver says."""
    crit_celsius: Annotated[float | None, number(-273.15, 1000)] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageUpdate:
    """A package that could be upgraded."""

    name: Annotated[str, _WORD]
    current: Annotated[str | None, _WORD] = None
    candidate: Annotated[str | None, _WORD] = None
    security: Annotated[bool | None, boolean] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateSet:
    """What would be installed together, and can be approved as just that.

    It names its packages itself: a list of all that waits may come with another
    heartbeat, and has more in it where apt keeps something back.
    """

    scope: Annotated[str, choice("all", "security")]
    digest: Annotated[str, matching(re.compile(r"[0-9a-f]{64}"), "a SHA-256 in hex")]
    """Over lines "name current candidate", sorted; "-" for what is new."""
    count: Annotated[int, _COUNT]
    """Packages, with those that are new."""
    security: Annotated[int, _COUNT] = 0
    """Of them, those for security."""
    packages: Annotated[
        tuple[PackageUpdate, ...], list_of(object_of(PackageUpdate), _MAX_ITEMS)
    ] = ()
    """Those that are there in another version, security first; the first of them."""
    added: Annotated[tuple[str, ...], _names] = ()
    """Packages that are new; the first of them."""
    services: Annotated[tuple[str, ...], _names] = ()
    """Running units that these packages bring, and may restart; the first of them."""
    reboot: Annotated[bool, boolean] = False
    """Whether a reboot is likely to be needed, going by the names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Collector:
    """How one collector of the agent fared."""

    name: Annotated[str, _WORD]
    duration_ms: Annotated[float | None, number(0, 1e9)] = None
    error: Annotated[str | None, text(1024)] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OsInfo:
    """The operating system."""

    distribution: Annotated[str | None, _WORD] = None
    version: Annotated[str | None, _WORD] = None
    kernel: Annotated[str | None, _WORD] = None
    architecture: Annotated[str | None, _WORD] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Host:
    """The machine."""

    hostname: Annotated[str | None, text(253)] = None
    ip_address: Annotated[str | None, _ip_address] = None
    mac_address: Annotated[str | None, _MAC] = None
    cpu_model: Annotated[str | None, _WORD] = None
    cpu_count: Annotated[int | None, integer(1, 1_000_000)] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowed:
    """What the server's own whitelist lets the hub ask for."""

    restart_service: Annotated[tuple[str, ...], _names] = ()
    clear_logs: Annotated[tuple[str, ...], _names] = ()
    custom: Annotated[tuple[str, ...], _names] = ()
    apply_updates: Annotated[bool, boolean] = False
    reboot: Annotated[bool, boolean] = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Agent:
    """The agent that sends."""

    version: Annotated[str | None, _WORD] = None
    mode: Annotated[str | None, choice("monitor", "managed")] = None
    python: Annotated[str | None, _WORD] = None
    allowed: Annotated[Allowed | None, object_of(Allowed)] = None
