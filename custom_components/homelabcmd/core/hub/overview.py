"""One server at a glance: its figures, which of them are too high, and what is down."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from ..alerts.rule_settings import Policy
from ..alerts.rules import CPU, DISK, MEMORY, Severity
from ..servers.inventory import ROOT, unlisted_root
from ..servers.server import Presence, ServerState
from ..servers.watch_list import runs
from .settings import ServerConfig


class FullDisk(NamedTuple):
    """A mount, and how full it is."""

    mount: str
    percent: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Glance:
    """What is seen of a server first; a figure that is not known is None."""

    cpu: float | None = None
    memory: float | None = None
    worst_disk: FullDisk | None = None
    up_since: datetime | None = None
    marks: Mapping[str, Severity] = field(default_factory=dict)
    """How bad the figures are that are over their threshold."""
    down: tuple[str, ...] = ()
    """What is watched and does not run."""


def glance(config: ServerConfig, state: ServerState, policy: Policy) -> Glance:
    """Return what the last heartbeat says; of a server that is silent, nothing."""
    if state.presence is not Presence.ONLINE or state.heartbeat is None:
        return Glance()
    metrics = state.heartbeat.metrics
    disk = _worst(state, policy)
    judged = {
        "cpu": (CPU, metrics.cpu_percent),
        "memory": (MEMORY, metrics.memory_percent),
        "disk": (DISK, disk and disk.percent),
    }
    return Glance(
        cpu=metrics.cpu_percent,
        memory=metrics.memory_percent,
        worst_disk=disk,
        up_since=_up_since(state),
        marks={
            name: mark
            for name, (rule, value) in judged.items()
            if (mark := _mark(policy, rule, value)) is not None
        },
        down=tuple(_down(config, state)),
    )


def _mark(policy: Policy, rule: str, value: float | None) -> Severity | None:
    """Return how bad a figure is by the highest level that it reaches."""
    if value is None:
        return None
    reached = [
        bound.severity
        for bound in policy.rules.get(rule, ())
        if bound is not None and value >= bound.threshold
    ]
    return reached[-1] if reached else None


def _worst(state: ServerState, policy: Policy) -> FullDisk | None:
    """Return the disk that needs somebody the most."""
    return max(
        _disks(state),
        key=lambda disk: (_rank(_mark(policy, DISK, disk.percent)), disk.percent),
        default=None,
    )


def _rank(mark: Severity | None) -> int:
    return -1 if mark is None else mark.rank


def _disks(state: ServerState) -> Iterator[FullDisk]:
    for mount, kept in state.inventory.disks.items():
        if kept.present and kept.item.percent is not None:
            yield FullDisk(mount, kept.item.percent)
    if state.heartbeat and (root := unlisted_root(state.heartbeat)) is not None:
        yield FullDisk(ROOT, root)


def _up_since(state: ServerState) -> datetime | None:
    if state.heartbeat is None:
        return None
    metrics = state.heartbeat.metrics
    if metrics.boot_time is not None:
        return metrics.boot_time.replace(microsecond=0)
    seconds, heard = metrics.uptime_seconds, state.last_seen
    if seconds is None or heard is None or seconds > heard.timestamp():
        return None
    return heard - timedelta(seconds=seconds)


def _down(config: ServerConfig, state: ServerState) -> Iterator[str]:
    inventory = state.inventory
    services, containers = config.watched
    for name in services:
        if runs(inventory.services.get(name)) is False:
            yield name
    for name in containers:
        looping = inventory.loops(name)
        if runs(inventory.containers.get(name), looping=looping) is False:
            yield name
