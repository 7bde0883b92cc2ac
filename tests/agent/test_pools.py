"""ZFS pools: their own figures, for what is mounted may be a small part of them."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path

import pytest

from homelab_agent.collectors import disk, disks, pools
from homelab_agent.collectors.errors import CollectorError
from homelab_agent.collectors.sample import Sample
from homelab_agent.collectors.surroundings import Surroundings
from homelab_agent.protocol.inventory import Disk

from .stand_ins import FakeHelper, put
from .test_disks import line

BLOCK = 10**6
GB = 10**9
PROXMOX = {
    "name": "rpool",
    "size": 1000 * GB,
    "allocated": 900 * GB,
    "free": 100 * GB,
    "health": "ONLINE",
}
MOUNTS = (
    line("/", "zfs", "rpool/ROOT/pve-1", "0:30"),
    line("/rpool", "zfs", "rpool", "0:31"),
)


def _nearly_empty(_path: Path) -> os.statvfs_result:
    """Return 3 GB of 100 in use."""
    blocks, free = 100 * GB // BLOCK, 97 * GB // BLOCK
    return os.statvfs_result((BLOCK, BLOCK, blocks, free, free, 0, 0, 0, 0, 255))


class Machine:
    """A made-up machine with ZFS, whose mounted datasets are nearly empty."""

    def __init__(self, root: Path, helper: FakeHelper) -> None:
        """Start with one pool that volumes have filled."""
        self.time = 1000.0
        self.root = root
        self.helper = helper
        self.tell(PROXMOX)
        put(root, "sys/module/zfs/version", "2.2.7\n")
        put(root, "proc/self/mountinfo", "\n".join(MOUNTS))
        self.around = Surroundings(
            root=root,
            boot=lambda: self.time,
            statvfs=_nearly_empty,
        )
        self._pools = pools.collector(self.around)
        self._disks = disks.collector(self.around)
        self._disk = disk.collector(self.around)

    def tell(self, *found: dict[str, object]) -> None:
        self.helper.answers["pools"] = {"pools": list(found)}

    def look(self) -> dict[str, Disk]:
        self.time += 61
        self.health = self._pools()
        return {found.mount: found for found in self._disks().disks or ()}

    def root_percent(self) -> float | None:
        metrics = self._disk().metrics
        return metrics.disk_percent if metrics else None


@pytest.fixture
def machine(tmp_path: Path, unix_sockets: None) -> Iterator[Machine]:
    with FakeHelper().at(tmp_path) as helper:
        yield Machine(tmp_path, helper)


def test_pool_that_volumes_have_filled_is_nearly_full(machine: Machine) -> None:
    root = machine.look()["/"]
    assert (root.percent, root.used_gb, root.free_gb) == (90, 900, 100)
    assert (root.total_gb, root.health) == (1000, "ONLINE")
    assert machine.root_percent() == 90


def test_without_an_answer_what_is_mounted_is_shown(machine: Machine) -> None:
    del machine.helper.answers["pools"]
    with pytest.raises(CollectorError):
        machine.look()
    machine.helper.answers["pools"] = {"pools": []}
    machine.time += 600
    root = machine.look()["/"]
    assert (root.percent, root.health) == (5.8, None)


def test_trouble_with_the_helper_is_told_until_it_is_over(machine: Machine) -> None:
    machine.look()
    machine.helper.answers["pools"] = {}
    machine.time += 120
    for _ in range(5):
        with pytest.raises(CollectorError, match="not understood"):
            machine.look()
    # What was known stands for a while, and not for ever.
    assert machine.root_percent() == 90
    machine.time += 600
    with pytest.raises(CollectorError):
        machine.look()
    assert machine.root_percent() == 3
    machine.tell(PROXMOX)
    machine.time += 120
    assert machine.look()["/"].percent == 90


def test_pool_of_which_nothing_is_mounted_is_shown_by_its_name(
    machine: Machine,
) -> None:
    machine.tell(PROXMOX, PROXMOX | {"name": "tank", "allocated": 500 * GB})
    tank = machine.look()["tank"]
    assert (tank.device, tank.fstype, tank.percent) == ("tank", "zfs", 83.3)


@pytest.mark.parametrize("health", ["DEGRADED", "FAULTED", "SUSPENDED"])
def test_pool_that_is_not_well_is_told_and_keeps_its_figures(
    machine: Machine, health: str
) -> None:
    machine.tell(PROXMOX | {"health": health})
    root = machine.look()["/"]
    assert (root.percent, root.health) == (90, health)
    assert machine.health.trouble == (
        f"the pool rpool is {health}; see: zpool status rpool"
    )


def test_faulted_pool_without_figures_is_told(machine: Machine) -> None:
    none = {"size": None, "allocated": None, "free": None, "health": "FAULTED"}
    machine.tell(PROXMOX | none)
    root = machine.look()["/"]
    assert (root.percent, root.health) == (None, "FAULTED")
    assert machine.health.trouble is not None


def test_pools_are_asked_for_every_other_minute(machine: Machine) -> None:
    for _ in range(60):
        machine.look()
    assert 28 <= machine.helper.asked.count("pools") <= 31


def test_machine_without_zfs_asks_nobody(tmp_path: Path, unix_sockets: None) -> None:
    with FakeHelper().at(tmp_path) as helper:
        assert pools.collector(Surroundings(root=tmp_path))() == Sample()
    assert helper.asked == []


def test_container_neither_asks_for_the_pool_nor_adds_up_what_is_not_its_own(
    machine: Machine,
) -> None:
    put(machine.root, "run/systemd/container", "lxc")
    subvolumes = (
        line("/", "zfs", "rpool/data/subvol-101-disk-0", "0:30"),
        line("/srv", "zfs", "rpool/data/subvol-101-disk-1", "0:31"),
    )
    put(machine.root, "proc/self/mountinfo", "\n".join(subvolumes))
    found = machine.look()
    # Each with its quota, of which 3 % are used.
    assert {name: disk.percent for name, disk in found.items()} == {"/": 3, "/srv": 3}
    assert machine.helper.asked == []


@pytest.mark.parametrize(
    "answer", [{}, {"pools": 1}, {"pools": [{}]}, {"pools": [PROXMOX | {"size": "x"}]}]
)
def test_answer_that_makes_no_sense_is_a_trouble(
    machine: Machine, answer: dict[str, object]
) -> None:
    machine.helper.answers["pools"] = answer
    with pytest.raises(CollectorError, match="not understood"):
        machine.look()
