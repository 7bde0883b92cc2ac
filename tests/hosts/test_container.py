"""A server that is an LXC container: lxcfs lays its figures over the machine's."""

from __future__ import annotations

import pytest

from harness.lab.host import Host

from .hub import Hub
from .reports import beat, errors, install, watch

pytestmark = pytest.mark.hosts

MEMINFO = """MemTotal: 524288 kB
MemFree: 262144 kB
MemAvailable: 393216 kB
SwapTotal: 0 kB
SwapFree: 18446744073709551488 kB
"""
COVERS = {"meminfo": MEMINFO, "uptime": "4321.00 1.00\n", "loadavg": "0.25 0 0 1/9 9\n"}


def cover(host: Host) -> None:
    """Mount files over those of /proc, as lxcfs does."""
    (host.root / "root/covers").mkdir()
    for name, text in COVERS.items():
        (host.root / f"root/covers/{name}").write_text(text)
    # Where everybody may read them, as everybody may read /proc.
    host.read("cp -r /root/covers /run/covers && chmod -R a+rX /run/covers")
    for name in COVERS:
        host.read(f"mount --bind /run/covers/{name} /proc/{name}")


def test_agent_reports_the_container_and_not_its_host(host: Host, hub: Hub) -> None:
    cover(host)
    watch(hub, (), ())
    install(host, hub)
    found = beat(hub, lambda heartbeat: "uptime_seconds" in heartbeat["metrics"])
    metrics = found["metrics"]
    assert (metrics["memory_total_gb"], metrics["memory_percent"]) == (0.537, 25)
    assert "swap_percent" not in metrics
    assert metrics["uptime_seconds"] == 4321
    assert metrics["load_1m"] == 0.25
    # What is not there is nobody's fault.
    assert errors(found) == {}
    assert "power_watts" not in found
    assert found["temperatures"] == []

    # What is no longer covered: a restart of the agent follows.
    host.read("umount /proc/meminfo /proc/uptime /proc/loadavg")
    assert beat(hub, lambda _heartbeat: True)["metrics"]["memory_total_gb"] == 0.537
    host.read("systemctl restart homelab-agent")
    beat(hub, lambda heartbeat: heartbeat["metrics"]["memory_total_gb"] > 1)
