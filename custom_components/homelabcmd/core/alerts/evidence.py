"""What a heartbeat proves about the things that rules watch.

What is not in the evidence is not known: silence proves nothing.
"""

from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass, field
import re
from typing import NamedTuple

from ...protocol.inventory import Container, Service
from ...protocol.messages import Heartbeat
from ..servers import heat
from ..servers.heat import HeatTerms
from ..servers.inventory import ROOT, Inventory, unlisted_root
from ..servers.server import ServerState
from ..servers.watch_list import MAX_NAME, Problem, runs
from .rules import (
    AGENT,
    COLLECTOR,
    CONTAINER,
    CPU,
    DISK,
    HEALTH,
    MEMORY,
    REBOOT,
    SERVICE,
    TEMPERATURE,
    UPDATES,
)

type Key = tuple[str, str]
"""A rule, and the subject that it watches: a mount, a service, "" for the server."""

_STARTING = "starting"
_MAX_COLLECTORS = 32
_TEMPERATURES = "temperatures"
"""The name of the collector that looks for sensors."""
_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)")


class Reading(NamedTuple):
    """One thing as it was just seen."""

    value: float
    """The figure; of a fact, the number of the level that it reaches, 0 for well."""
    shown: float | None = None
    """A fact's figure, such as the number of updates."""
    detail: str | None = None
    """The words of whoever noticed."""
    limit: float | None = None
    """A threshold of its own; None is that of its rule."""


_WELL = Reading(0)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that was just seen of a server."""

    readings: Mapping[Key, Reading] = field(default_factory=dict)
    watched: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    """Of these rules, all subjects that are watched; alerts of others end."""
    unjudged: AbstractSet[Key] = frozenset()
    """What was seen and is not to be judged; its alerts end."""
    present: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    """Of these rules, all subjects that exist; what stays away for long is gone."""
    left: bool = False
    """Whether the agent took its leave: nobody looks any more, nor is to."""
    heard: bool = False
    """Whether the server itself spoke: only that ends its being offline."""


NOTHING = Evidence()
"""What the passing of time proves."""


def evidence_of(
    state: ServerState,
    services: AbstractSet[str] = frozenset(),
    containers: AbstractSet[str] = frozenset(),
    agent_version: str | None = None,
    heat_terms: HeatTerms = heat.DEFAULTS,
) -> Evidence:
    """Return what the server's last heartbeat proves; to be used once.

    `services` (without `.service`) and `containers` are the watched ones that are
    critical, `agent_version` is the newest there is.
    """
    if (heartbeat := state.heartbeat) is None:
        return known_of(state, services, containers)
    readings: dict[Key, Reading] = {}
    _read_figures(readings, heartbeat)
    _read_disks(readings, heartbeat, state.inventory)
    unjudged = _read_temperatures(readings, state, heartbeat, heat_terms)
    _read_facts(readings, heartbeat)
    for service in heartbeat.services:
        name = service.name.removesuffix(".service")
        if name in services and (down := _down(service)) is not None:
            _put(readings, (SERVICE, name), down)
    for container in heartbeat.containers:
        if container.name in containers:
            _read_container(readings, container, state.inventory)
    outdated = _older(state.facts.agent.version, agent_version)
    if outdated is not None:
        version = state.facts.agent.version
        readings[AGENT, ""] = Reading(int(outdated), None, version)
    return Evidence(
        readings=readings,
        watched=_watched(services, containers),
        unjudged=unjudged,
        present=_present(heartbeat),
        heard=True,
    )


def known_of(
    state: ServerState,
    services: AbstractSet[str] = frozenset(),
    containers: AbstractSet[str] = frozenset(),
) -> Evidence:
    """Return what is known of a server without a word from it: what the user wants."""
    return Evidence(watched=_watched(services, containers), left=state.uninstalled)


def _watched(
    services: AbstractSet[str], containers: AbstractSet[str]
) -> dict[str, AbstractSet[str]]:
    return {SERVICE: services, CONTAINER: containers, HEALTH: containers}


def _down(item: Service | Container) -> Reading | None:
    """Return whether a unit or container is down; None where that is not known."""
    running = runs(item)
    if running is None:
        return None
    return _WELL if running else Reading(1, None, item.detail)


def _read_container(
    readings: dict[Key, Reading], container: Container, inventory: Inventory
) -> None:
    """Read whether a container is down, and else whether it is well.

    One that is down, or as good as down, is not unhealthy besides; one that starts has
    not said yet how it is.
    """
    name = container.name
    if (down := _down(container)) is None:
        return
    if not down.value and inventory.loops(name):
        down = Reading(1, inventory.restarts[name].count)
    _put(readings, (CONTAINER, name), down)
    health = _WELL if down.value else _health(container)
    if health is not None:
        _put(readings, (HEALTH, name), health)


def _health(container: Container) -> Reading | None:
    """Return whether a container that runs is unhealthy; None where nobody knows."""
    if container.health is None:
        # One of which more is known than its status has no health check.
        return None if container.restarts is None else _WELL
    if container.health == _STARTING:
        return None
    return Reading(int(container.health == Problem.UNHEALTHY))


def _put(readings: dict[Key, Reading], key: Key, reading: Reading) -> None:
    """Take a reading; of two of one name the worse counts.

    A name that is longer than any real one is not followed: it would be kept as often
    as its alert is.
    """
    if len(key[1]) > MAX_NAME:
        return
    if (known := readings.get(key)) is None or reading.value > known.value:
        readings[key] = reading


def _read_figures(readings: dict[Key, Reading], heartbeat: Heartbeat) -> None:
    metrics = heartbeat.metrics
    if metrics.cpu_percent is not None:
        readings[CPU, ""] = Reading(metrics.cpu_percent)
    if metrics.memory_percent is not None:
        readings[MEMORY, ""] = Reading(metrics.memory_percent)


def _read_disks(
    readings: dict[Key, Reading], heartbeat: Heartbeat, inventory: Inventory
) -> None:
    """Read the disks that are followed: a server may name thousands."""
    for disk in heartbeat.disks:
        followed = disk.mount in inventory.disks
        if followed and disk.percent is not None and not disk.standby:
            _put(readings, (DISK, disk.mount), Reading(disk.percent))
    if (percent := unlisted_root(heartbeat)) is not None:
        readings[DISK, ROOT] = Reading(percent)


def _read_temperatures(
    readings: dict[Key, Reading], state: ServerState, told: Heartbeat, terms: HeatTerms
) -> AbstractSet[Key]:
    """Read the sensors that are followed and can be too hot; return the others."""
    inventory = state.inventory
    followed = [i for i in told.temperatures if i.name in inventory.temperatures]
    judged = heat.judged(followed, inventory.temperatures, inventory.moved, terms)
    for item in judged:
        if not heat.means_nothing(item):
            reading = Reading(item.celsius, limit=heat.limit(item, terms))
            _put(readings, (TEMPERATURE, item.name), reading)
    names = {item.name for item in followed} - {item.name for item in judged}
    return {(TEMPERATURE, name) for name in names}


def _read_facts(readings: dict[Key, Reading], heartbeat: Heartbeat) -> None:
    updates, security = heartbeat.updates_available, heartbeat.security_updates
    if (packages := heartbeat.package_updates) is not None:
        updates = len(packages) if updates is None else updates
        if security is None:
            security = sum(package.security is True for package in packages)
    if security:
        readings[UPDATES, ""] = Reading(2, max(updates or 0, security), str(security))
    elif updates is not None:
        readings[UPDATES, ""] = Reading(min(updates, 1), updates)
    if heartbeat.reboot_required is not None:
        readings[REBOOT, ""] = Reading(int(heartbeat.reboot_required))
    for collector in heartbeat.collectors[:_MAX_COLLECTORS]:
        error = collector.error
        failed = _WELL if error is None else Reading(1, None, error)
        _put(readings, (COLLECTOR, collector.name), failed)


def _present(heartbeat: Heartbeat) -> dict[str, AbstractSet[str]]:
    """Return the lists that came with the heartbeat; an empty one proves nothing."""
    present: dict[str, AbstractSet[str]] = {}
    if heartbeat.disks:
        # The root is there even for a sender that lists only its other disks.
        present[DISK] = {ROOT, *(disk.mount for disk in heartbeat.disks)}
    if heartbeat.temperatures or _TEMPERATURES in _well(heartbeat):
        present[TEMPERATURE] = {sensor.name for sensor in heartbeat.temperatures}
    if heartbeat.collectors:
        present[COLLECTOR] = {collector.name for collector in heartbeat.collectors}
    return present


def _well(heartbeat: Heartbeat) -> set[str]:
    """Return the collectors that have looked, whatever they found."""
    return {item.name for item in heartbeat.collectors if item.error is None}


def _older(version: str | None, newest: str | None) -> bool | None:
    """Return whether a version is older; None where that can't be told."""
    if version == newest:
        return None if version is None else False
    known, wanted = _parts(version), _parts(newest)
    return None if known is None or wanted is None else known < wanted


def _parts(version: str | None) -> tuple[int, ...] | None:
    match = _VERSION.match(version or "")
    if match is None or len(match[1]) > 64:
        return None
    return tuple(int(part) for part in match[1].split("."))
