#!/usr/bin/env python3
"""Measure what the agent costs a server: memory, processor time, bytes.

Usage: script/bench agent [--suite SUITE] [--seconds SECONDS]

One booted Debian without anything else to do runs the released agent with its root
helper, watching 20 units, 20 containers and 10 file systems with 200 further units
around. Processor time is what the control groups of agent and helper count; the
simulation of apt, which runs only when packages change, is over before. The container
engine is a stand-in that answers as Docker does, for it is not what is measured; the
containers are real control groups. What systemd, the bus and an engine spend on being
asked is theirs and not counted.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
import json
from pathlib import Path
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "agent")]

from harness.lab.host import Host  # noqa: E402 - the path comes first
from homelab_agent.protocol.replies import Config  # noqa: E402
from tests.agent.fake_hub import Answer, FakeHub, Request  # noqa: E402
from tests.hosts.hub import Hub  # noqa: E402
from tests.hosts.mirror import SOURCE, Mirror  # noqa: E402

UNITS, OTHER_UNITS, CONTAINERS, MOUNTS = 20, 200, 20, 10
SERVICE = "homelab-agent.service"
HELPER_SLICE = r"system-homelab\x2dagent\x2dhelper.slice"
GROUPS = "/sys/fs/cgroup/system.slice"
LIMITS = {"PSS": 18.0, "CPU": 60.0, "bytes": 16 * 1024}
ENGINE = ROOT / "tests/hosts/stand_in_engine.py"
UNIT = """[Unit]
Description=Something that runs on a server at home, number {number}
[Service]
ExecStart=/usr/bin/sleep infinity
[Install]
WantedBy=multi-user.target
"""


def container_ids() -> list[str]:
    """Return the ids of the containers."""
    return [f"{number:064x}" for number in range(1, CONTAINERS + 1)]


def prepare(root: Path) -> None:
    """Put units and the stand-in for an engine into a host that is not booted yet."""
    units = root / "etc/systemd/system"
    for number in range(UNITS + OTHER_UNITS):
        name = f"bench-{number:03}.service"
        (units / name).write_text(UNIT.format(number=number))
    wants = units / "multi-user.target.wants"
    wants.mkdir(exist_ok=True)
    for number in range(UNITS):
        name = f"bench-{number:03}.service"
        (wants / name).symlink_to(f"../{name}")
    shutil.copy(ENGINE, root / "usr/local/bin/engine")
    (root / "etc/apt/sources.list").write_text(SOURCE)


@contextmanager
def mounted(root: Path, folder: Path) -> Iterator[None]:
    """Mount small ext4 file systems on a host that is not booted yet."""
    points = []
    try:
        for number in range(1, MOUNTS):
            image, point = folder / f"disk-{number}", root / f"mnt/disk-{number}"
            point.mkdir(parents=True)
            with image.open("wb") as file:
                file.truncate(16 * 1024 * 1024)
            subprocess.run(["mkfs.ext4", "-q", image], check=True)
            subprocess.run(["mount", "-o", "loop", image, point], check=True)
            points.append(point)
        yield
    finally:
        for point in points:
            subprocess.run(["umount", "--lazy", point], check=False)


def watching(hub: FakeHub, request: Request) -> Answer:
    """Answer like a hub on which all of it was chosen."""
    config = Config(
        heartbeat_interval_seconds=60,
        services=tuple(f"bench-{number:03}" for number in range(UNITS)),
        containers=tuple(f"container-{number}" for number in range(1, CONTAINERS + 1)),
    )
    good = hub.judge(request) is None
    return hub.reply(request, config=config) if good else hub.received(request)


def cpu_ms(host: Host, group: str) -> float:
    """Return the milliseconds that a control group has used."""
    text = host.read(f"cat '{GROUPS}/{group}/cpu.stat'")
    found = re.search(r"usage_usec (\d+)", text)
    return int(found[1]) / 1000 if found else 0.0


def measure(suite_seconds: int) -> int:
    """Boot, install, wait, and print a table; returns the exit code."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bundle = folder / "homelab-agent.pyz"
        subprocess.run([ROOT / "script/build-agent", bundle], check=True)
        hub = stack.enter_context(Hub(bundle.read_bytes()))
        stack.enter_context(Mirror())
        server = hub.add("nas")
        server.respond = watching
        root = stack.enter_context(Host.prepared("bench"))
        prepare(root)
        stack.enter_context(mounted(root, folder))
        host = stack.enter_context(Host.booted("bench", "10.77.0.9", root))
        host.read(
            f"systemd-run --unit engine /usr/bin/python3 /usr/local/bin/engine "
            f"{CONTAINERS}"
        )
        for name in container_ids():
            unit = f"docker-{name}"
            host.read(
                f"systemd-run --scope --unit {unit} sleep infinity >/dev/null 2>&1 &"
            )
        installed = host.run(hub.line("nas"))
        if installed.status:
            print(installed.output)
            return 1
        # A slice that nothing is in would vanish, and its account with it.
        host.read(f"systemd-run --slice '{HELPER_SLICE}' sleep infinity")
        print("installed; waiting for the first minutes to pass", file=sys.stderr)
        time.sleep(100)
        drain(server)
        before = cpu_ms(host, SERVICE), cpu_ms(host, HELPER_SLICE)
        started = time.monotonic()
        time.sleep(suite_seconds)
        minutes = (time.monotonic() - started) / 60
        after = cpu_ms(host, SERVICE), cpu_ms(host, HELPER_SLICE)
        agent, helper = ((b - a) / minutes for a, b in zip(before, after, strict=True))
        pid = host.read(f"systemctl show --value -p MainPID {SERVICE}")
        memory = host.read(f"cat /proc/{pid}/smaps_rollup")
        bodies = drain(server)
        return report(agent, helper, memory, bodies)


def drain(server: FakeHub) -> list[bytes]:
    """Return the heartbeats that have arrived."""
    found = []
    while not server.requests.empty():
        found.append(server.requests.get().body)
    return found


def report(agent: float, helper: float, memory: str, bodies: list[bytes]) -> int:
    """Print the table; returns 1 if a limit is passed."""
    sizes = [len(body) for body in bodies]
    last = json.loads(bodies[-1])
    found = {
        name: int(amount) / 1000
        for name, amount in re.findall(r"(\w+): +(\d+) kB", memory)
    }
    pss, rss = (round(found[name] * 1.024, 1) for name in ("Pss", "Rss"))
    rows = (
        ("PSS of the agent, MB", pss, LIMITS["PSS"]),
        ("RSS of the agent, MB", rss, None),
        ("CPU of the agent, ms a minute", round(agent, 1), None),
        ("CPU of the helper, ms a minute", round(helper, 1), None),
        ("CPU of both, ms a minute", round(agent + helper, 1), LIMITS["CPU"]),
        ("bytes a heartbeat, median", statistics.median(sizes), None),
        ("bytes a heartbeat, most", max(sizes), LIMITS["bytes"]),
    )
    for text, value, limit in rows:
        print(f"{text:34} {value:>10}" + (f"   (at most {limit:g})" if limit else ""))
    for kind in ("services", "containers", "disks"):
        statuses = [item.get("status", "") for item in last[kind]]
        print(
            f"{kind} in a heartbeat: {len(last[kind])}, running: "
            f"{statuses.count('running')}"
        )
    for collector in last["collectors"]:
        print(
            f"  {collector['name']:14} {collector['duration_ms']:8} ms "
            f"{collector.get('error', '')}"
        )
    return int(any(limit and value > limit for _, value, limit in rows))


def main() -> int:
    """Read the command line; inside the lab only."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=600, help="how long to measure")
    return measure(parser.parse_args().seconds)


if __name__ == "__main__":
    sys.exit(main())
