#!/usr/bin/env python3
"""What the alert engine costs per heartbeat, in microseconds of the processor.

Usage: python benchmarks/alerts_cost.py

500 servers whose heartbeats bring 30 readings each, in different states; a heartbeat
as a whole costs 800 microseconds or more.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
import statistics
import sys
import time

sys.path.insert(0, str(Path(__file__).parents[1]))

from custom_components.homelabcmd.core.alerts.book import AlertBook
from custom_components.homelabcmd.core.alerts.evidence import NOTHING, evidence_of
from custom_components.homelabcmd.core.alerts.rule_settings import policy
from custom_components.homelabcmd.core.alerts.snapshot import dump_standing
from custom_components.homelabcmd.core.servers.server import Presence, ServerState
from custom_components.homelabcmd.protocol.inventory import (
    Agent,
    Collector,
    Container,
    Disk,
    Metrics,
    Service,
    Temperature,
)
from custom_components.homelabcmd.protocol.messages import Heartbeat

SERVERS = 500
ROUNDS = 20
WALL = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = policy()
UNITS = {f"unit{number}" for number in range(8)}
BOXES = {f"box{number}" for number in range(5)}


def state(cpu: float = 20, disk: float = 50) -> ServerState:
    """Return a server that reports 30 things."""
    heartbeat = Heartbeat(
        server_id="s",
        timestamp=WALL,
        metrics=Metrics(cpu_percent=cpu, memory_percent=40),
        services=tuple(Service(name=name, status="running") for name in UNITS),
        containers=tuple(Container(name=name, status="running") for name in BOXES),
        disks=tuple(
            Disk(mount=mount, percent=disk)
            for mount in ("/", "/home", "/srv", "/mnt/a")
        ),
        temperatures=tuple(
            Temperature(name=f"core {number}", celsius=50) for number in range(4)
        ),
        updates_available=0,
        reboot_required=False,
        collectors=tuple(Collector(name=f"c{number}") for number in range(4)),
        agent=Agent(version="0.1.0"),
    )
    fresh = ServerState(server_id="s", registered_at=WALL, heartbeat=heartbeat)
    return replace(fresh, facts=replace(fresh.facts, agent=Agent(version="0.1.0")))


def heartbeats(book: AlertBook, states: Iterator[ServerState]) -> Callable[[], None]:
    """Return one round: a heartbeat of every server."""
    mono = 0.0

    def run() -> None:
        nonlocal mono
        mono += 60
        told = next(states)
        for number in range(SERVERS):
            seen = evidence_of(told, UNITS, BOXES, "0.1.0")
            book.evaluate(f"s{number}", seen, Presence.ONLINE, POLICY, WALL, mono)

    return run


def ticks(book: AlertBook) -> Callable[[], None]:
    """Return one round: a tick for every server."""

    def run() -> None:
        for number in range(SERVERS):
            book.evaluate(f"s{number}", NOTHING, Presence.ONLINE, POLICY, WALL, 1e4)

    return run


def always(told: ServerState) -> Iterator[ServerState]:
    """Return a server on which nothing changes."""
    while True:
        yield told


def alternating() -> Iterator[ServerState]:
    """Return a server whose disks fill up and are freed at each heartbeat."""
    while True:
        yield state(disk=95)
        yield state(disk=10)


def measure(name: str, run: Callable[[], None]) -> None:
    """Print what a server's share of a round costs."""
    run()
    costs = []
    for _ in range(ROUNDS):
        start = time.process_time()
        run()
        costs.append((time.process_time() - start) / SERVERS * 1e6)
    print(f"{name:<42} {statistics.median(costs):7.1f} us")


def main() -> None:
    """Measure the usual and the unusual."""
    seen = evidence_of(state(), UNITS, BOXES, "0.1.0")
    print(f"{len(seen.readings)} readings per heartbeat, {SERVERS} servers")
    measure("heartbeat, all well", heartbeats(AlertBook(), always(state())))
    loaded = AlertBook()
    full = state(cpu=99, disk=95)
    measure("heartbeat, 4 disks full, processor busy", heartbeats(loaded, always(full)))
    measure(
        "heartbeat, 4 disks change each time", heartbeats(AlertBook(), alternating())
    )
    measure("tick, all well", ticks(AlertBook()))
    measure("tick, 5 alerts open", ticks(loaded))
    start = time.process_time()
    dump_standing(loaded, WALL, 1e4)
    took = (time.process_time() - start) * 1e3
    print(f"saving {SERVERS * 5} open alerts: {took:.0f} ms")


if __name__ == "__main__":
    main()
