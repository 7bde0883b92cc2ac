"""The agent in a container: what it shows is the container's, not its host's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from homelab_agent.collectors import COLLECTORS, host, power, temperatures
from homelab_agent.collectors.sample import Sample
from homelab_agent.collectors.surroundings import Surroundings
from homelab_agent.protocol.inventory import Metrics

from .stand_ins import put
from .test_temperatures import chip

TABLE = dict(COLLECTORS)
GROUP = "sys/fs/cgroup"
MEMINFO = """MemTotal:       8388608 kB
MemFree:        4194304 kB
MemAvailable:   6291456 kB
SwapTotal:      {swap} kB
SwapFree:       {free} kB
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put(tmp_path, "run/systemd/container", "lxc")
    put(tmp_path, "proc/meminfo", MEMINFO.format(swap=0, free=0))
    return tmp_path


def memory(root: Path) -> Metrics:
    return TABLE["memory"](Surroundings(root=root))().metrics or Metrics()


def test_memory_is_that_of_the_limit(root: Path) -> None:
    put(root, f"{GROUP}/memory.max", f"{2 * 2**30}\n")
    put(root, f"{GROUP}/memory.current", f"{2**30}\n")
    put(root, f"{GROUP}/memory.stat", f"anon 1\ninactive_file {2**29}\n")
    found = memory(root)
    assert (found.memory_percent, found.memory_total_gb) == (25, 2.147)


def test_a_limit_without_what_is_used_says_nothing(root: Path) -> None:
    put(root, f"{GROUP}/memory.max", f"{2 * 2**30}\n")
    assert memory(root).memory_percent == 25
    assert memory(root).memory_total_gb == 8.59


@pytest.mark.parametrize("limit", ["max", "", str(2**50)])
def test_memory_without_a_limit_is_what_proc_says(root: Path, limit: str) -> None:
    put(root, f"{GROUP}/memory.max", f"{limit}\n")
    put(root, f"{GROUP}/memory.current", f"{2**30}\n")
    found = memory(root)
    assert (found.memory_percent, found.memory_total_gb) == (25, 8.59)


@pytest.mark.parametrize(
    ("swap", "percent"), [(0, None), (1024, 0)], ids=["no swap", "swap"]
)
def test_swap_that_lxcfs_miscounts_is_not_in_use(
    root: Path, swap: int, percent: float | None
) -> None:
    text = MEMINFO.format(swap=swap, free=18446744073709551488)
    put(root, "proc/meminfo", text)
    assert memory(root).swap_percent == percent


def test_processors_are_those_that_may_be_used(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 16)
    put(root, f"{GROUP}/cpu.max", "150000 100000\n")
    time = [100.0]
    around = Surroundings(root=root, boot=lambda: time[0], sleep=lambda _s: None)
    assert host.cpu_count(around) == 2

    put(root, f"{GROUP}/cpu.stat", "usage_usec 1000000\nuser_usec 5\n")
    collect = TABLE["cpu"](around)
    collect()
    time[0] += 10
    put(root, f"{GROUP}/cpu.stat", "usage_usec 4000000\nuser_usec 5\n")
    metrics = collect().metrics
    assert metrics is not None
    # 3 of the 15 seconds that a processor and a half has in 10.
    assert metrics.cpu_percent == 20

    # Between two limits there is nothing to compare.
    time[0] += 10
    put(root, f"{GROUP}/cpu.max", "300000 100000\n")
    assert collect() == Sample()
    time[0] += 10
    put(root, f"{GROUP}/cpu.stat", "usage_usec 7000000\nuser_usec 5\n")
    assert collect().metrics == Metrics(cpu_percent=10)


@pytest.mark.parametrize("limit", ["max 100000", "", "0 0", "x"])
def test_without_a_limit_all_processors_count(
    root: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 16)
    put(root, f"{GROUP}/cpu.max", f"{limit}\n")
    assert host.cpu_count(Surroundings(root=root)) == 16


def test_heat_and_power_of_its_host_are_not_the_containers(root: Path) -> None:
    chip(root, 0, "coretemp", ("Package id 0", "51000\n"))
    (root / "sys/class/powercap/intel-rapl:0").mkdir(parents=True)
    around = Surroundings(root=root)
    assert temperatures.collector(around)() == Sample(temperatures=())
    assert power.collector(around)() == Sample()


def test_each_boot_of_a_container_is_another_one(tmp_path: Path) -> None:
    boot_id = tmp_path / "proc/sys/kernel/random/boot_id"
    boot_id.parent.mkdir(parents=True)
    boot_id.write_text("of-the-machine\n")
    assert Surroundings(root=tmp_path).boot_mark == "of-the-machine"
    mark = tmp_path / "run/systemd/container"
    mark.parent.mkdir(parents=True)
    seen = set()
    for moment in (1_000_000_000, 2_000_000_000):
        mark.write_text("lxc")
        os.utime(mark, ns=(moment, moment))
        seen.add(Surroundings(root=tmp_path).boot_mark)
    assert len(seen) == 2
