"""A disk that sleeps is not touched: the kernel itself says who looked."""

from __future__ import annotations

from collections.abc import Callable
import json
from pathlib import Path

import pytest

from harness.lab.host import Host

from .hub import Hub
from .pool import Pool
from .reports import beat, install, watch

pytestmark = pytest.mark.hosts

# In place of the root helper: a disk of the tests' own says how it is.
HELPER = """import pathlib, sys
request = sys.stdin.readline()
print(pathlib.Path("/usr/local/lab/power.json").read_text(), flush=True)
"""
DROP_IN = "[Service]\nExecStart=\nExecStart=/usr/bin/python3 /usr/local/lab/helper.py\n"
UNITS = "etc/systemd/system"


def with_disk(root: Path) -> None:
    """Make up a turning disk on a host that is not booted yet."""
    disk = root / "usr/local/lab/block/sda"
    (disk / "queue").mkdir(parents=True)
    (disk / "queue/rotational").write_text("1\n")
    (disk / "stat").write_text("0\n")
    folder = root / UNITS / "homelab-agent-helper@.service.d"
    folder.mkdir()
    (folder / "disk.conf").write_text(DROP_IN)
    (root / "usr/local/lab/helper.py").write_text(HELPER)


def says(host: Host, state: str) -> None:
    answer = {"ok": True, "containers": [], "notes": {}, "domains": []}
    disks = [{"name": "sda", "state": state}]
    (host.root / "usr/local/lab/power.json").write_text(
        json.dumps(answer | {"disks": disks})
    )


def test_pool_is_only_looked_at_while_a_disk_is_awake(boot: Callable, hub: Hub) -> None:
    with Pool().mounted() as pool:
        host = boot(with_disk, pool.mount)
        host.read("mount --bind /usr/local/lab/block /sys/block")
        says(host, "standby")
        watch(hub, (), ())
        install(host, hub)
        pool.asked.clear()
        host.read("systemctl restart homelab-agent")
        for counter in range(3):
            found = beat(hub, lambda beat: beat["type"] == "heartbeat")
            # Something moves, as when the disk was woken and told to sleep again.
            (host.root / "usr/local/lab/block/sda/stat").write_text(f"{counter}\n")
        shown = {disk["mount"]: disk for disk in found["disks"]}
        assert shown["/srv/pool"]["standby"] is True
        assert "percent" not in shown["/srv/pool"]
        assert pool.asked == []

        # The same way, with a disk that is awake, is seen by the kernel.
        says(host, "active")
        host.read("systemctl restart homelab-agent")
        found = beat(
            hub, lambda beat: any(disk.get("percent") == 75.0 for disk in beat["disks"])
        )
        (disk,) = [disk for disk in found["disks"] if disk["mount"] == "/srv/pool"]
        assert disk["standby"] is False
        assert pool.asked
