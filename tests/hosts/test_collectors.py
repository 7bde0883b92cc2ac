"""What the agent sees of a real host: units, disks, a hung mount, containers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
import ctypes
import json
import os
from pathlib import Path
import shutil
import subprocess
import time
from typing import Any

import pytest

from harness.lab.host import Host
from homelab_agent.protocol.replies import Config
from tests.agent.fake_hub import Answer, FakeHub, Request

from .hub import Hub

pytestmark = pytest.mark.hosts

ENGINE = Path(__file__).with_name("stand_in_engine.py")
MISSING = "the root helper is not installed"
HOSTILE = ("--now", "../x", "a b", 'quo"te', "*", "<script>", "日本", "x" * 300, "x@.y")
UNITS = {
    "runs": "ExecStart=/usr/bin/sleep infinity",
    "stopped": "ExecStart=/usr/bin/sleep infinity",
    "fails": "ExecStart=/usr/bin/false",
    "once": "Type=oneshot\nRemainAfterExit=yes\nExecStart=/usr/bin/true",
    "restarts": "ExecStart=/usr/bin/false\nRestart=always\nRestartSec=3600",
}
STARTED = ("runs", "fails", "once", "restarts")


def units(root: Path) -> None:
    """Put our units and two hundred others into a host that is not booted yet."""
    folder = root / "etc/systemd/system"
    others = dict.fromkeys((f"other-{n:03}" for n in range(200)), UNITS["runs"])
    for name, text in (UNITS | others).items():
        (folder / f"{name}.service").write_text(f"[Service]\n{text}\n")
    (folder / "masked.service").symlink_to("/dev/null")
    (folder / "alias.service").symlink_to("runs.service")
    wants = folder / "multi-user.target.wants"
    wants.mkdir(exist_ok=True)
    for name in STARTED:
        (wants / f"{name}.service").symlink_to(f"../{name}.service")


@pytest.fixture
def disks(tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """Return what mounts two data disks on a host, one of them twice."""
    with ExitStack() as stack:

        def mount(root: Path) -> None:
            for name in ("media", "backup disk"):
                image, point = tmp_path / f"{name}.img", root / "srv" / name
                point.mkdir(parents=True)
                with image.open("wb") as file:
                    file.truncate(32 * 1024 * 1024)
                do("mkfs.ext4", "-q", image)
                do("mount", "-o", "loop", image, point)
                stack.callback(do, "umount", "--lazy", point)
            (root / "srv/media/films").mkdir()
            (root / "mnt/films").mkdir()
            do("mount", "--bind", root / "srv/media/films", root / "mnt/films")
            stack.callback(do, "umount", "--lazy", root / "mnt/films")

        yield mount


@pytest.fixture
def hung(tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """Return what mounts a server on a host that never answers."""
    with ExitStack() as stack:

        def mount(root: Path) -> None:
            point = root / "mnt/nas"
            point.mkdir(parents=True)
            fuse = os.open("/dev/fuse", os.O_RDWR)
            # To close it ends all that waits.
            stack.callback(os.close, fuse)
            options = f"fd={fuse},rootmode=40000,user_id=0,group_id=0,allow_other"
            libc = ctypes.CDLL(None, use_errno=True)
            arguments = (b"nas:/data", bytes(point), b"fuse.sshfs", 0, options.encode())
            assert libc.mount(*arguments) == 0, os.strerror(ctypes.get_errno())

        yield mount


def do(*command: str | Path) -> None:
    subprocess.run(command, check=True)


def watch(hub: Hub, services: tuple[str, ...], containers: tuple[str, ...]) -> None:
    config = Config(
        heartbeat_interval_seconds=10, services=services, containers=containers
    )

    def respond(server: FakeHub, request: Request) -> Answer:
        known = request.json["type"] == "heartbeat"
        return (
            server.reply(request, config=config) if known else server.received(request)
        )

    hub.servers["nas"].respond = respond


def install(host: Host, hub: Hub) -> None:
    result = host.run(hub.line("nas"))
    assert result.status == 0, result.output


def beat(hub: Hub, fits: Callable[[dict], Any], seconds: float = 45) -> dict:
    """Return the first heartbeat from now on that fits."""
    until, last = time.monotonic() + seconds, {}
    while time.monotonic() < until:
        last = hub.servers["nas"].next_request(timeout=seconds).json
        if last["type"] == "heartbeat" and fits(last):
            return last
    raise AssertionError(json.dumps(last, indent=1))


def errors(heartbeat: dict) -> dict[str, str]:
    found = heartbeat["collectors"]
    return {each["name"]: each["error"] for each in found if each.get("error")}


def test_units_of_every_kind_are_seen_among_two_hundred(
    boot: Callable, hub: Hub
) -> None:
    host = boot(units)
    names = (*UNITS, "masked", "alias", "gone", "systemd-journald.service")
    watch(hub, (*names, *HOSTILE), ())
    install(host, hub)
    found = beat(hub, lambda beat: beat["services"] and "pid" in beat["services"][0])
    services = {service["name"]: service for service in found["services"]}
    assert list(services) == [*names, *HOSTILE]
    said = {
        name: (services[name]["status"], services[name]["detail"]) for name in names
    }
    assert said == {
        "runs": ("running", "active (running)"),
        "stopped": ("stopped", "inactive (dead)"),
        "fails": ("failed", "failed (failed)"),
        "once": ("running", "active (exited)"),
        "restarts": ("failed", "activating (auto-restart)"),
        "masked": ("stopped", "masked"),
        "alias": ("running", "active (running)"),
        "gone": ("unknown", "not-found"),
        "systemd-journald.service": ("running", "active (running)"),
    }
    assert {services[name]["status"] for name in HOSTILE} == {"unknown"}
    pid = host.read("systemctl show --value -p MainPID runs")
    assert services["runs"]["pid"] == services["alias"]["pid"] == int(pid)
    assert errors(found) == {}

    host.read("systemctl stop runs; systemctl start stopped")
    found = beat(hub, lambda beat: beat["services"][1]["status"] == "running")
    assert found["services"][0]["status"] == "stopped"
    found = beat(hub, lambda beat: "cpu_percent" in beat["services"][1])
    assert found["services"][1]["cpu_percent"] < 5


def test_units_that_can_be_watched_are_offered(boot: Callable, hub: Hub) -> None:
    host = boot(units)
    install(host, hub)
    found = beat(hub, lambda beat: "available_services" in beat)
    offered = found["available_services"]
    assert {"runs", "other-000", "other-199"} <= set(offered)
    assert not [name for name in offered if name.startswith(("systemd-", "getty@"))]
    assert len(json.dumps(found)) < 16 * 1024


def test_data_disks_are_seen_once_and_a_hung_server_harms_nobody(
    boot: Callable, hub: Hub, disks: Callable, hung: Callable
) -> None:
    host = boot(disks, hung)
    install(host, hub)
    found = beat(hub, lambda beat: beat["type"] == "heartbeat")
    shown = {disk["mount"]: disk for disk in found["disks"]}
    assert set(shown) == {"/", "/srv/media", "/srv/backup disk"}
    used = host.read("df --output=size -B1 /srv/media | tail -n 1")
    assert shown["/srv/media"]["total_gb"] == round(int(used) / 1e9, 3)
    assert errors(found) == {"disks": "/mnt/nas does not answer"}
    later = beat(hub, lambda beat: beat["sequence"] > found["sequence"], 90)
    assert errors(later) == {"disks": "/mnt/nas does not answer"}
    (took,) = [c["duration_ms"] for c in later["collectors"] if c["name"] == "disks"]
    assert took < 500


def engine(root: Path) -> None:
    shutil.copy(ENGINE, root / "usr/local/bin/engine")


def test_containers_are_seen_through_the_helper_as_they_come_and_go(
    boot: Callable, hub: Hub
) -> None:
    host = boot(engine)
    changes = host.root / "root/engine.json"

    def change(**states: dict[str, str]) -> None:
        changes.write_text(
            json.dumps({f"container-{n[1:]}": s for n, s in states.items()})
        )
        host.read("mv /root/engine.json /run/engine.json")

    change(c2={"State": "exited"}, c3={"Health": "unhealthy"})
    host.read("systemd-run --unit engine /usr/bin/python3 /usr/local/bin/engine 3")
    scope = f"docker-{1:064x}.scope"
    host.read(f"systemd-run --scope --unit {scope} sleep infinity >/dev/null 2>&1 &")
    watch(hub, (), ("container-1", "container-2", "container-3", "gone", *HOSTILE))
    install(host, hub)
    found = beat(
        hub, lambda beat: beat["containers"] and "cpu_percent" in beat["containers"][0]
    )
    one, two, three, gone, *hostile = found["containers"]
    assert (one["status"], one["health"], one["restarts"]) == ("running", "healthy", 1)
    assert (two["status"], two["detail"]) == ("stopped", "exited")
    assert (three["status"], three["health"]) == ("running", "unhealthy")
    assert (gone["status"], gone["detail"]) == ("unknown", "not-found")
    assert {container["detail"] for container in hostile} == {"not-found"}
    assert errors(found) == {}

    change(c1={"State": "exited"})
    host.read(f"systemctl stop {scope}")
    beat(hub, lambda beat: beat["containers"][0]["status"] == "stopped")


def test_without_helper_or_engine_the_rest_goes_on(host: Host, hub: Hub) -> None:
    install(host, hub)
    found = beat(hub, lambda beat: beat["type"] == "heartbeat")
    assert errors(found) == {}
    assert found["containers"] == []
    host.read("systemctl disable --now homelab-agent-helper.socket")
    watch(hub, ("dbus",), ("web",))
    found = beat(hub, lambda beat: beat["containers"], 90)
    assert [c["status"] for c in found["containers"]] == ["unknown"]
    assert errors(found)["containers"].startswith(MISSING)
    assert [service["status"] for service in found["services"]] == ["running"]
    assert found["metrics"]["memory_percent"] > 0
    checked = host.run("homelab-agent check")
    assert checked.status == 0, checked.output
    assert f"ok   helper: {MISSING}" in checked.output
