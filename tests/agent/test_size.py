"""However much there is on a server, its heartbeats arrive."""

from __future__ import annotations

from collections.abc import Iterator
import dataclasses
from datetime import UTC, datetime
import os
from pathlib import Path
import time

import pytest

from homelab_agent.clock import Clock
from homelab_agent.collectors import Collectors
from homelab_agent.collectors.surroundings import Surroundings
from homelab_agent.collectors.watch import Watch
from homelab_agent.commands.whitelist import Whitelist
from homelab_agent.protocol.fields import dump_json
from homelab_agent.protocol.inventory import Collector, Disk, Metrics, Service
from homelab_agent.protocol.messages import (
    MAX_BODY,
    Heartbeat,
    dump_message,
    parse_message,
)
from homelab_agent.report import Reporter
from homelab_agent.size import fitting

from .stand_ins import FakeBus, FakeHelper, put

WIDE = "\U0001f600"
"""Four bytes in a message."""
BARE = Heartbeat(
    server_id="nas",
    timestamp=datetime(2027, 1, 1, tzinfo=UTC),
    metrics=Metrics(),
    collectors=(Collector(name="services", duration_ms=1.0),),
)


def size(heartbeat: Heartbeat) -> int:
    return len(dump_json(dump_message(heartbeat)))


def services(count: int) -> tuple[Service, ...]:
    return tuple(
        Service(name=f"{n}{WIDE * 250}", status="unknown") for n in range(count)
    )


def test_heartbeat_that_fits_is_left_alone() -> None:
    heartbeat = dataclasses.replace(BARE, services=services(20))
    assert fitting(heartbeat) is heartbeat


def test_longest_list_is_left_out_and_its_collector_says_so() -> None:
    disks = tuple(Disk(mount=f"/{n}{WIDE * 250}") for n in range(64))
    found = fitting(dataclasses.replace(BARE, services=services(400), disks=disks))
    assert size(found) <= MAX_BODY
    assert (found.services, found.disks) == ((), disks)
    (collector,) = found.collectors
    assert (collector.name, collector.duration_ms) == ("services", 1.0)
    assert "watch fewer" in (collector.error or "")


def test_several_lists_are_left_out_where_one_is_not_enough() -> None:
    disks = tuple(Disk(mount=f"/{n}{WIDE * 250}") for n in range(500))
    found = fitting(dataclasses.replace(BARE, services=services(500), disks=disks))
    assert size(found) <= MAX_BODY
    assert {c.name for c in found.collectors if c.error} == {"services", "disks"}


class Server:
    """A made-up machine with a great deal on it."""

    def __init__(self, root: Path, bus: FakeBus, helper: FakeHelper) -> None:
        """Let everything go well."""
        self.root = root
        self.watch = Watch()
        around = Surroundings(
            root=root,
            watch=self.watch,
            sleep=lambda _seconds: None,
            statvfs=_half_full,
            apt_get="/nowhere",
        )
        self._reporter = Reporter("nas", Clock(), Collectors(around), Whitelist(around))
        for number in range(5000):
            name = f"application-{number:04}.service"
            bus.units[name] = ("loaded", "active", "running")
            bus.files[name] = "enabled"
        listed = [
            {"name": f"container-{n}", "id": f"{n:064x}", "state": "running"}
            for n in range(250)
        ]
        cut = {"docker": "only 250 of 5000 containers are told"}
        helper.answers["containers"] = {"containers": listed, "notes": cut}
        kinds = (f"36 35 8:{n} / /mnt/{n:04} rw - ext4 /dev/x rw" for n in range(5000))
        put(root, "proc/self/mountinfo", "\n".join(kinds))
        for number in range(5000):
            folder = f"sys/class/net/if{number:04}/statistics"
            put(root, f"{folder}/rx_bytes", "123456789\n")
            put(root, f"{folder}/tx_bytes", "123456789\n")

    def measure(self) -> Heartbeat:
        heartbeat = self._reporter.measure()
        self._reporter.delivered(heartbeat)
        return heartbeat


def _half_full(_path: Path) -> os.statvfs_result:
    return os.statvfs_result((4096, 4096, 10**6, 500_000, 500_000, 0, 0, 0, 0, 255))


@pytest.fixture
def server(tmp_path: Path, unix_sockets: None) -> Iterator[Server]:
    with FakeBus().at(tmp_path) as bus, FakeHelper().at(tmp_path) as helper:
        yield Server(tmp_path, bus, helper)


def test_thousands_of_everything_take_bounded_time_and_room(server: Server) -> None:
    # As many as a person may watch, and then some.
    server.watch.services = tuple(f"application-{n:04}" for n in range(20))
    server.watch.containers = tuple(f"container-{n}" for n in range(20))
    sizes = []
    for _ in range(4):
        started = time.monotonic()
        heartbeat = server.measure()
        assert time.monotonic() - started < 8
        sizes.append(size(heartbeat))
    # What could be watched is told once; what is watched, each time.
    assert max(sizes) < 64 * 1024
    assert sizes[-1] < 16 * 1024 + 4 * 1024
    told = {c.name: c.error for c in heartbeat.collectors if c.error}
    assert told["disks"].startswith("only 64 of 5000 file systems are shown")
    assert told["network"] == "only 64 of 5000 interfaces are shown one by one"
    assert told["services"].startswith("only 1000 of 5000 units are offered")
    assert told["containers"] == "docker: only 250 of 5000 containers are told"
    assert heartbeat.metrics.network_rx_bytes == 5000 * 123456789
    assert isinstance(
        parse_message(dump_json(dump_message(heartbeat)), "nas"), Heartbeat
    )


def test_hundreds_of_watched_things_still_make_a_message(server: Server) -> None:
    server.watch.services = tuple(f"application-{n:04}" for n in range(5000))
    server.watch.containers = tuple(f"container-{n}" for n in range(5000))
    heartbeat = server.measure()
    assert size(heartbeat) <= MAX_BODY
    told = {c.name: c.error for c in heartbeat.collectors}
    assert told["services"] == (
        "only 500 of 5000 are watched; watch fewer on this server"
    )
    assert len(heartbeat.services) == len(heartbeat.containers) == 500
