"""What the agent sees of a real host: units, disks, a hung mount, containers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
import ctypes
from functools import partial
import json
import os
from pathlib import Path
import shutil
import subprocess

import pytest

from harness.lab.host import Host

from .hub import Hub
from .reports import beat, errors, install, watch

pytestmark = pytest.mark.hosts

ENGINE = Path(__file__).with_name("stand_in_engine.py")
MISSING = "the root helper is not installed"
DEAD = "/mnt/nas does not answer; check its server, or unmount it"
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
            mount_disks(stack, tmp_path, ("media", "backup disk"), root)
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


def mount_disks(
    stack: ExitStack, folder: Path, names: Sequence[str], root: Path
) -> None:
    """Mount a disk for each name below /srv of a host that is not booted yet."""
    for number, name in enumerate(names):
        image, point = folder / f"{number}.img", root / "srv" / name
        point.mkdir(parents=True)
        with image.open("wb") as file:
            file.truncate(32 * 1024 * 1024)
        do("mkfs.ext4", "-q", image)
        do("mount", "-o", "loop", image, point)
        stack.callback(do, "umount", "--lazy", point)


def do(*command: str | Path) -> None:
    subprocess.run(command, check=True)


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
    assert errors(found) == {"disks": DEAD}
    later = beat(hub, lambda beat: beat["sequence"] > found["sequence"], 90)
    assert errors(later) == {"disks": DEAD}
    (took,) = [c["duration_ms"] for c in later["collectors"] if c["name"] == "disks"]
    assert took < 500


def engine(root: Path) -> None:
    shutil.copy(ENGINE, root / "usr/local/bin/engine")


def test_hostile_names_of_containers_and_images_are_only_text(
    boot: Callable, hub: Hub
) -> None:
    host = boot(engine)
    made_up = {
        f"container-{number}": {"Names": [f"/{name}"], "Image": name}
        for number, name in enumerate(HOSTILE, 1)
    }
    (host.root / "root/engine.json").write_text(json.dumps(made_up))
    host.read("mv /root/engine.json /run/engine.json")
    count = len(HOSTILE)
    host.read(f"systemd-run --unit engine python3 /usr/local/bin/engine {count}")
    watch(hub, (), HOSTILE)
    install(host, hub)
    found = beat(hub, lambda beat: beat["containers"])
    shown = {c["name"]: (c["status"], c.get("image")) for c in found["containers"]}
    # The helper passes on 254 characters of a name.
    long = "x" * 300
    assert shown.pop(long) == ("unknown", None)
    assert shown == {n: ("running", n) for n in HOSTILE if n != long}
    assert errors(found) == {}


def test_hostile_names_of_mounts_and_interfaces_are_only_text(
    boot: Callable, hub: Hub, tmp_path: Path
) -> None:
    names = ("<script>", "--now", "a\nb", 'quo"te', "日本", "\udcff", "x" * 255)
    with ExitStack() as stack:
        host = boot(partial(mount_disks, stack, tmp_path, names))
        for name, peer in (("<script>", "--now"), ("日本", "pair")):
            host.read(f"ip link add name '{name}' type veth peer name '{peer}'")
        install(host, hub)
        found = beat(hub, lambda beat: beat["type"] == "heartbeat")
        shown = {disk["mount"] for disk in found["disks"]}
        assert shown == {
            "/",
            *(f"/srv/{name}" for name in ("<script>", "--now", 'quo"te', "日本")),
            *("/srv/a b", "/srv/\ufffd", "/srv/" + "x" * 250),
        }
        named = {network["name"] for network in found["networks"]}
        assert {"<script>", "--now", "日本", "host0"} <= named
        assert errors(found) == {}
        log = host.read("journalctl -o cat -u homelab-agent")
        assert len(log.splitlines()) < 10


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
