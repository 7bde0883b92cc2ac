"""What is in a server: what its heartbeats told of it, put together."""

from collections.abc import Iterable, Mapping, Set as AbstractSet
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

from ...protocol.inventory import (
    Container,
    Disk,
    Network,
    PackageUpdate,
    Service,
    Temperature,
    UpdateSet,
)
from ...protocol.messages import Heartbeat
from . import heat, restarts
from .kept import Kept, keep
from .restarts import Restarts
from .watch_list import MAX_NAME, unit_name, usable

MAX_STEP = 3600
"""Seconds that one heartbeat adds at most: the longest interval, not a clock's jump."""
MAX_DISKS = 64
MAX_NETWORKS = 32
MAX_TEMPERATURES = 64
_MAX_STATES = 200
_MAX_NAMES = 1000
_MAX_PACKAGES = 500
ROOT = "/"

# What the agent calls the collectors of each subject.
_COLLECTORS = {
    "disks": {"disks"},
    "networks": {"network", "networks"},
    "temperatures": {"temperatures"},
}
# The processor's own sensors first, then what boards have instead.
_MAIN_SENSORS = (
    "package",
    "tctl",
    "tdie",
    "coretemp",
    "k10temp",
    "zenpower",
    "cpu",
    "soc",
    "pkg",
    "core",
    "acpitz",
)


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """The items of a server by their names, and what is told of it now and then."""

    disks: Mapping[str, Kept[Disk]] = field(default_factory=dict)
    networks: Mapping[str, Kept[Network]] = field(default_factory=dict)
    temperatures: Mapping[str, Kept[Temperature]] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    containers: Mapping[str, Container] = field(default_factory=dict)
    moved: AbstractSet[str] = frozenset()
    """The temperatures that were seen to change."""
    restarts: Mapping[str, Restarts] = field(default_factory=dict)
    """Of the containers, how often each was started anew."""
    packages: tuple[PackageUpdate, ...] | None = None
    """What could be upgraded; None if the agent never said."""
    updates_available: int | None = None
    security_updates: int | None = None
    update_sets: tuple[UpdateSet, ...] | None = None
    """What can be installed together; None if the agent never said."""
    reboot_required: bool | None = None
    available_services: tuple[str, ...] | None = None
    available_containers: tuple[str, ...] | None = None
    left_out: int = 0
    """Items of the last heartbeat beyond what is followed."""

    @cached_property
    def shape(self) -> tuple[tuple[str, bool], ...]:
        """Which items there are, and which of them are gone."""
        return tuple(
            (name, kept.gone)
            for items in (self.disks, self.networks, self.temperatures)
            for name, kept in items.items()
        )

    def lasts_as(self, other: Inventory) -> bool:
        """Return whether another one has the same items and lists.

        Figures, which change with every heartbeat, do not count.
        """
        names = (
            "shape",
            "packages",
            "updates_available",
            "security_updates",
            "update_sets",
            "reboot_required",
            "available_services",
            "available_containers",
        )
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def loops(self, container: str) -> bool:
        """Return whether a container restarts again and again: as good as down."""
        found = self.restarts.get(container)
        return found is not None and found.looping

    @property
    def root(self) -> Disk | None:
        """The root file system."""
        kept = self.disks.get(ROOT)
        return kept.item if kept and kept.present else None

    @property
    def main_temperature(self) -> str | None:
        """The name of the sensor that speaks for the server."""
        present = [name for name, kept in self.temperatures.items() if not kept.gone]
        return min(present, key=_rank, default=None)


def fold(
    known: Inventory, heartbeat: Heartbeat, elapsed: float, passed: float | None = None
) -> Inventory:
    """Return the inventory after a heartbeat.

    `elapsed` is the time for which the server has reported since the one before, and
    `passed` all that has passed, if that is more.
    """
    failed = {item.name for item in heartbeat.collectors if item.error is not None}
    elapsed = min(max(elapsed, 0), MAX_STEP)
    told_disks = {disk.mount: _awake(disk, known) for disk in heartbeat.disks}
    told_networks = {network.name: network for network in heartbeat.networks}
    told_temperatures = {item.name: item for item in heartbeat.temperatures}

    def age(subject: str) -> float:
        return 0 if failed & _COLLECTORS[subject] else elapsed

    packages = _or(heartbeat.package_updates, known.packages)
    containers = heartbeat.containers[:_MAX_STATES]
    disks = keep(known.disks, told_disks, MAX_DISKS, age("disks"), always=ROOT)
    networks = keep(known.networks, told_networks, MAX_NETWORKS, age("networks"))
    temperatures = keep(
        known.temperatures, told_temperatures, MAX_TEMPERATURES, age("temperatures")
    )
    return Inventory(
        disks=disks,
        networks=networks,
        temperatures=temperatures,
        moved=_moved(known, told_temperatures, temperatures),
        services={
            unit_name(item.name): item for item in heartbeat.services[:_MAX_STATES]
        },
        containers={item.name: item for item in containers},
        restarts=restarts.follow(
            known.restarts, containers, elapsed if passed is None else passed
        ),
        packages=packages and packages[:_MAX_PACKAGES],
        updates_available=_or(
            heartbeat.updates_available,
            known.updates_available
            if heartbeat.package_updates is None
            else len(heartbeat.package_updates),
        ),
        security_updates=_or(
            heartbeat.security_updates,
            known.security_updates
            if heartbeat.package_updates is None
            else sum(item.security is True for item in heartbeat.package_updates),
        ),
        update_sets=_or(heartbeat.update_sets, known.update_sets),
        reboot_required=_or(heartbeat.reboot_required, known.reboot_required),
        available_services=_names(
            heartbeat.available_services, known.available_services, units=True
        ),
        available_containers=_names(
            heartbeat.available_containers, known.available_containers, units=False
        ),
        left_out=len(told_disks.keys() - disks.keys())
        + len(told_networks.keys() - networks.keys())
        + len(told_temperatures.keys() - temperatures.keys()),
    )


def _moved(
    known: Inventory,
    told: Mapping[str, Temperature],
    followed: Mapping[str, Kept[Temperature]],
) -> AbstractSet[str]:
    """Return the temperatures that have ever changed."""
    moving = {
        name
        for name, before in known.temperatures.items()
        if name not in known.moved
        and (now := told.get(name)) is not None
        and now.celsius != before.item.celsius
        and not (heat.means_nothing(now) or heat.means_nothing(before.item))
    }
    return (known.moved | moving) & followed.keys()


def unlisted_root(heartbeat: Heartbeat) -> float | None:
    """Return how full the root is, if it is not among the disks that were told."""
    if any(disk.mount == ROOT for disk in heartbeat.disks):
        return None
    return heartbeat.metrics.disk_percent


def _awake(disk: Disk, known: Inventory) -> Disk:
    """Return a disk with the figures from before it fell asleep."""
    before = known.disks.get(disk.mount)
    if not disk.standby or before is None:
        return disk
    held = {
        item.name: getattr(before.item, item.name)
        for item in fields(disk)
        if getattr(disk, item.name) is None
    }
    return replace(disk, **held)


def _or[T](told: T | None, known: T | None) -> T | None:
    return known if told is None else told


def _names(
    told: tuple[str, ...] | None, known: tuple[str, ...] | None, *, units: bool
) -> tuple[str, ...] | None:
    """Return the names that could be watched, each once."""
    if told is None:
        return known
    return tuple(sorted(_watchable(told, units=units))[:_MAX_NAMES])


def _watchable(names: Iterable[str], *, units: bool) -> set[str]:
    return {
        unit_name(name) if units else name
        for name in names
        if len(name) <= MAX_NAME and usable(name)
    }


def _rank(name: str) -> tuple[int, str]:
    folded = name.casefold()
    ranks = (place for place, word in enumerate(_MAIN_SENSORS) if word in folded)
    return next(ranks, len(_MAIN_SENSORS)), name
