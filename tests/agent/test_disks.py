"""File systems: each once, no sleeping disk woken, no hung server waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
import os
from pathlib import Path
import threading
import time
from typing import Any

import pytest

from homelab_agent.collectors import Collectors, aside, disk, disks
from homelab_agent.collectors.mounts import file_systems
from homelab_agent.collectors.sample import Sample
from homelab_agent.collectors.surroundings import Surroundings
from homelab_agent.protocol.inventory import Disk

from .stand_ins import FakeHelper, put

DEAD = "/mnt/nas does not answer; check its server, or unmount it"


def line(
    point: str,
    fstype: str,
    source: str = "/dev/x",
    device: str = "8:1",
    part: str = "/",
) -> str:
    return f"36 35 {device} {part} {point} rw shared:1 master:2 - {fstype} {source} rw"


def points(*lines: str) -> list[str]:
    return [found.mount.point for found in file_systems("\n".join(lines))]


def test_only_what_holds_files_of_people_counts() -> None:
    assert points(
        line("/", "ext4"),
        line("/proc", "proc", device="0:4"),
        line("/run", "tmpfs", device="0:5"),
        line("/snap/core/1", "squashfs", device="7:0"),
        line("/var/lib/docker/overlay2/x/merged", "overlay", device="0:50"),
        line("/var/lib/docker/btrfs", "btrfs", device="0:51"),
        line("/boot/efi", "vfat", device="8:2"),
        line("/mnt/auto", "autofs", device="0:52"),
        line("/run/user/1000/gvfs", "fuse.gvfsd-fuse", device="0:53"),
        line("/var/lib/lxcfs", "fuse.lxcfs", device="0:54"),
        line("/mnt/nas", "nfs4", "nas:/data", "0:55"),
        line("/mnt/box", "cifs", "//box/x", "0:56"),
        line("/mnt/far", "fuse.sshfs", "a@b:/", "0:57"),
    ) == ["/", "/boot/efi", "/mnt/box", "/mnt/far", "/mnt/nas"]


def test_bind_mounts_and_second_mounts_are_left_out() -> None:
    assert points(
        line("/", "ext4"),
        line("/srv/bind", "ext4", part="/home/x"),
        line("/srv/again", "ext4"),
        line("/etc/hosts", "xfs", device="8:9", part="/containers/hosts"),
        line("/tmp", "ext4", part="/tmp/systemd-private-1/tmp"),
    ) == ["/"]


def test_root_that_is_a_part_of_something_counts() -> None:
    assert points(line("/", "overlay", "overlay", "0:30")) == ["/"]
    assert points(line("/", "ext4", part="/var/lib/lxc/a/rootfs")) == ["/"]


def test_subvolumes_of_btrfs_are_one_file_system() -> None:
    assert points(
        line("/home", "btrfs", device="0:40", part="/@home"),
        line("/srv/data", "btrfs", device="0:41", part="/@data"),
        line("/", "btrfs", device="0:40", part="/@"),
    ) == ["/", "/srv/data"]


def test_datasets_of_a_zfs_pool_are_one_and_mergerfs_is_one() -> None:
    found = file_systems(
        "\n".join(
            [
                line("/tank/media", "zfs", "tank/media", "0:61"),
                line("/tank", "zfs", "tank", "0:60"),
                line("/pool", "fuse.mergerfs", "a:b", "0:62"),
                line("/srv/pool", "fuse.mergerfs", "a:b", "0:62"),
            ]
        )
    )
    assert [system.mount.point for system in found] == ["/pool", "/tank"]
    assert len(found[1].parts) == 2


def test_what_is_mounted_over_a_mount_hides_it() -> None:
    assert points(line("/mnt/a", "ext4"), line("/mnt/a", "tmpfs", device="0:9")) == []


def test_odd_names_and_half_lines_are_read() -> None:
    assert points(
        line(r"/mnt/my\040disk\134n", "ext4"),
        line("/mnt/<script>", "xfs", device="8:3"),
        "36 35 8:7 / /mnt/half rw",
        "",
        "nonsense - ",
    ) == ["/mnt/<script>", "/mnt/my disk\\n"]


# figures


class Machine:
    """A made-up machine whose file systems count who looks at them."""

    def __init__(self, root: Path) -> None:
        """Start with an empty table of mounts."""
        self.root = root
        self.time = 1000.0
        self.looks: list[str] = []
        self.hung: dict[str, threading.Event] = {}
        self.blocks = 1000
        self.failing: dict[str, OSError] = {}
        self.around = Surroundings(
            root=root, statvfs=self._statvfs, boot=lambda: self.time
        )
        self.collect = disks.collector(self.around)

    def mount(self, *lines: str) -> None:
        put(self.root, "proc/self/mountinfo", "\n".join(lines))

    def turning(self, name: str, device: str, moved: int | None = 0) -> None:
        """Plug in a disk with one partition."""
        folder = self.root / f"sys/devices/{name}"
        put(folder, "queue/rotational", "1\n")
        put(folder, f"{name}1/partition", "1\n")
        for parent, target in (
            ("sys/block", folder),
            ("sys/class/block", folder),
        ):
            (self.root / parent).mkdir(parents=True, exist_ok=True)
            (self.root / parent / name).symlink_to(target)
        (self.root / f"sys/class/block/{name}1").symlink_to(folder / f"{name}1")
        (self.root / "sys/dev/block").mkdir(parents=True, exist_ok=True)
        (self.root / "sys/dev/block" / device).symlink_to(folder / f"{name}1")
        if moved is not None:
            self.move(name, moved)

    def move(self, name: str, counter: int) -> None:
        put(self.root, f"sys/devices/{name}/stat", f"{counter} 0 0\n")

    def look(self, minutes: float = 1) -> tuple[Disk, ...]:
        self.time += 60 * minutes
        return self.collect().disks or ()

    def _statvfs(self, path: Path) -> os.statvfs_result:
        point = "/" + str(path.relative_to(self.root)).removeprefix(".")
        self.looks.append(point)
        if event := self.hung.get(point):
            event.wait(30)
        if failure := self.failing.get(point):
            raise failure
        used = len(self.looks)
        return os.statvfs_result(
            (4096, 10**6, self.blocks, self.blocks - used, 900, 0, 0, 0, 0, 255)
        )


@pytest.fixture
def machine(tmp_path: Path, unix_sockets: None) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    for event in machine.hung.values():
        event.set()


def test_figures_are_those_of_df(machine: Machine) -> None:
    machine.mount(line("/", "ext4", "/dev/sda1"))
    (disk,) = machine.look()
    assert disk == Disk(
        mount="/",
        device="/dev/sda1",
        fstype="ext4",
        total_gb=1.0,
        used_gb=0.001,
        free_gb=0.9,
        percent=0.1,
    )


def test_pool_adds_up_what_its_datasets_use(machine: Machine) -> None:
    machine.mount(
        line("/tank", "zfs", "tank", "0:60"), line("/tank/a", "zfs", "tank/a", "0:61")
    )
    (disk,) = machine.look()
    assert (disk.used_gb, disk.free_gb, disk.total_gb) == (0.003, 0.9, 0.903)


def test_thousands_of_mounts_are_cut_and_named(machine: Machine) -> None:
    machine.mount(*(line(f"/m/{n:05}", "ext4", device=f"8:{n}") for n in range(3000)))
    found = machine.collect()
    assert found.disks is not None
    assert len(found.disks) == 64
    assert found.trouble is not None
    assert "only 64 of 3000 file systems" in found.trouble


def test_what_others_mount_does_not_hide_the_disks_of_this_machine(
    machine: Machine,
) -> None:
    machine.mount(
        *(
            line(f"/home/{n}", "fuse.sshfs", device=f"0:{100 + n}", source=f"nas:/{n}")
            for n in range(63)
        ),
        line("/mnt/data", "ext4", device="8:17"),
        line("/srv/pool", "fuse.mergerfs", device="0:60"),
        line("/srv/media", "xfs", device="8:33"),
        line("/", "ext4", device="8:1"),
    )
    found = [disk.mount for disk in machine.look()]
    assert found[:4] == ["/", "/mnt/data", "/srv/media", "/srv/pool"]
    assert len(found) == 64


def test_mount_that_may_not_be_looked_at_costs_only_itself(machine: Machine) -> None:
    machine.mount(
        line("/", "ext4"),
        line("/root/x", "ext4", device="8:2"),
        line("/home/a/s", "fuse.sshfs", device="0:9"),
    )
    for point in ("/root/x", "/home/a/s"):
        machine.failing[point] = PermissionError(13, "Permission denied")
    found = machine.collect()
    assert [disk.mount for disk in found.disks or ()] == ["/"]
    assert found.trouble == "/root/x may not be looked at by this agent"


# sleeping disks


def power(helper: FakeHelper, **states: str) -> None:
    disks = [{"name": name, "state": state} for name, state in states.items()]
    helper.answers["disk_power"] = {"disks": disks}


@pytest.fixture
def helper(machine: Machine) -> Iterator[FakeHelper]:
    with FakeHelper().at(machine.root) as helper:
        yield helper


@pytest.mark.parametrize("moved", [0, None])
def test_sleeping_disk_is_not_touched_and_keeps_its_figures(
    machine: Machine, helper: FakeHelper, moved: int | None
) -> None:
    machine.mount(line("/", "ext4", device="9:9"), line("/mnt/a", "ext4"))
    machine.turning("sda", "8:1", moved)
    power(helper, sda="active")
    _, before = machine.look()
    assert before.standby is False
    power(helper, sda="standby")
    machine.looks.clear()
    for _ in range(30):
        _, after = machine.look()
        if moved is not None:
            assert after.used_gb == before.used_gb
    assert after.standby is True
    assert after.mount == "/mnt/a"
    tail = machine.looks[-15:]
    assert set(tail) == {"/"}


def test_disk_that_sleeps_from_the_start_is_shown_without_figures(
    machine: Machine, helper: FakeHelper
) -> None:
    machine.mount(line("/mnt/a", "ext4", "/dev/sda1"))
    machine.turning("sda", "8:1", None)
    power(helper, sda="standby")
    (disk,) = machine.look()
    assert disk == Disk(mount="/mnt/a", device="/dev/sda1", fstype="ext4", standby=True)
    assert machine.looks == []


def test_disk_that_the_kernel_has_put_to_sleep_needs_no_question(
    machine: Machine, helper: FakeHelper
) -> None:
    machine.mount(line("/mnt/a", "ext4"))
    machine.turning("sda", "8:1")
    put(machine.root, "sys/devices/sda/device/power/runtime_status", "suspended\n")
    (disk,) = machine.look()
    assert disk.standby is True
    assert machine.looks == helper.asked == []


def test_sleeping_disk_stays_untouched_when_the_helper_fails_meanwhile(
    machine: Machine, helper: FakeHelper
) -> None:
    machine.mount(line("/mnt/a", "ext4"), line("/mnt/b", "ext4", device="8:17"))
    machine.turning("sda", "8:1")
    machine.turning("sdb", "8:17")
    power(helper, sda="active", sdb="active")
    machine.look()
    # It worked once more before it fell asleep, so its counters are not those of the
    # last look.
    machine.move("sda", 5)
    power(helper, sda="standby", sdb="active")
    machine.time += 600
    machine.look()
    machine.looks.clear()
    answers: tuple[Any, ...] = (b"", b"nonsense\n", {"disks": []})
    for answer in answers:
        helper.answers["disk_power"] = answer
        machine.move("sdb", int(machine.time))
        machine.time += 600
        sleeping, _ = machine.look()
        assert sleeping.standby is True
    assert "/mnt/a" not in machine.looks
    assert "/mnt/b" in machine.looks


@pytest.mark.parametrize("fstype", ["fuse.mergerfs", "zfs"])
def test_pool_is_looked_at_unless_all_disks_sleep(
    machine: Machine, helper: FakeHelper, fstype: str
) -> None:
    machine.mount(line("/srv/pool", fstype, "a:b", "0:62"))
    machine.turning("sda", "8:1")
    machine.turning("sdb", "8:17")
    power(helper, sda="standby", sdb="standby")
    (disk,) = machine.look()
    assert (disk.standby, disk.percent) == (True, None)
    assert machine.looks == []
    # A disk that is none of the pool's may sleep for ever.
    power(helper, sda="standby", sdb="active")
    machine.move("sdb", 5)
    (disk,) = machine.look(minutes=3)
    assert (disk.standby, disk.percent) == (False, 0.1)
    assert machine.looks == ["/srv/pool"]


def test_root_on_a_sleeping_disk_is_not_touched_by_any_collector(
    machine: Machine, helper: FakeHelper
) -> None:
    machine.mount(line("/", "ext4", "/dev/sda1"))
    machine.turning("sda", "8:1")
    power(helper, sda="standby")
    table = [("disk", disk.collector), ("disks", disks.collector)]
    collectors = Collectors(machine.around, table)
    found = collectors.measure()
    assert found.sample.metrics is None
    assert [d.standby for d in found.sample.disks or ()] == [True]
    assert machine.looks == []
    power(helper, sda="active")
    machine.move("sda", 5)
    machine.time += 180
    found = collectors.measure()
    assert found.sample.metrics is not None
    assert found.sample.metrics.disk_total_gb == 1.0
    assert [d.standby for d in found.sample.disks or ()] == [False]


def test_woken_disk_is_measured_again(machine: Machine, helper: FakeHelper) -> None:
    machine.mount(line("/mnt/a", "ext4"))
    machine.turning("sda", "8:1")
    power(helper, sda="standby")
    machine.look()
    assert machine.looks == []
    power(helper, sda="active")
    machine.move("sda", 7)
    machine.look(minutes=3)
    assert machine.looks == ["/mnt/a"]


def test_helper_is_asked_rarely(machine: Machine, helper: FakeHelper) -> None:
    machine.mount(line("/mnt/a", "ext4"), line("/mnt/b", "ext4", device="8:17"))
    machine.turning("sda", "8:1")
    machine.turning("sdb", "8:17")
    power(helper, sda="active", sdb="standby")
    for minute in range(60):
        machine.move("sda", minute)
        machine.look()
    assert 5 <= len(helper.asked) <= 7


def test_sleeping_disk_without_traffic_is_not_asked_about_again(
    machine: Machine, helper: FakeHelper
) -> None:
    machine.mount(line("/mnt/a", "ext4"))
    machine.turning("sda", "8:1")
    power(helper, sda="standby")
    for _ in range(100):
        machine.look()
    assert helper.asked == ["disk_power"]


def test_quiet_disk_is_not_looked_at_again(
    machine: Machine, helper: FakeHelper
) -> None:
    machine.mount(line("/mnt/a", "ext4"))
    machine.turning("sda", "8:1")
    power(helper, sda="active")
    for _ in range(5):
        (disk,) = machine.look()
    assert machine.looks == ["/mnt/a"]
    assert disk.standby is False


@pytest.mark.parametrize(("fstype", "looks"), [("ext4", 1), ("vfat", 0)])
def test_without_helper_only_what_lies_in_memory_is_read(
    machine: Machine, fstype: str, looks: int
) -> None:
    machine.mount(line("/mnt/a", fstype))
    machine.turning("sda", "8:1")
    (disk,) = machine.look()
    assert len(machine.looks) == looks
    assert disk.standby is False


def test_disks_below_raid_and_encryption_are_found(
    machine: Machine, helper: FakeHelper
) -> None:
    machine.turning("sda", "8:1")
    machine.turning("sdb", "8:17")
    md = machine.root / "sys/devices/md0"
    for part in ("sda1", "sdb1"):
        (md / "slaves" / part).mkdir(parents=True)
    (machine.root / "sys/class/block/md0").symlink_to(md)
    crypt = machine.root / "sys/devices/dm-0"
    (crypt / "slaves/md0").mkdir(parents=True)
    put(crypt, "dm/name", "data\n")
    for folder in ("sys/block", "sys/class/block"):
        (machine.root / folder / "dm-0").symlink_to(crypt)
    (machine.root / "sys/dev/block/253:0").symlink_to(crypt)
    drives = machine.around.drives
    assert drives.behind("253:0", "/dev/mapper/data") == {"sda", "sdb"}
    # Btrfs has no number of its own.
    assert drives.behind("0:40", "/dev/mapper/data") == {"sda", "sdb"}
    (machine.root / "sys/fs/btrfs/1-2/devices/sda1").mkdir(parents=True)
    (machine.root / "sys/fs/btrfs/1-2/devices/sdb1").mkdir(parents=True)
    assert drives.behind("0:40", "/dev/sda1") == {"sda", "sdb"}


@pytest.mark.parametrize(
    "answer",
    [
        {"disks": "nonsense"},
        {"disks": [{}]},
        {},
        b"nonsense\n",
        b'{"ok": false, "message": "no"}\n',
        b"",
    ],
)
def test_nonsense_of_the_helper_breaks_nothing(
    machine: Machine, helper: FakeHelper, answer: Any
) -> None:
    machine.mount(line("/mnt/a", "ext4"))
    machine.turning("sda", "8:1")
    helper.answers["disk_power"] = answer
    found = machine.collect()
    assert found.trouble is None
    assert [disk.mount for disk in found.disks or ()] == ["/mnt/a"]


# servers that hang


def test_hung_server_costs_its_limit_once_and_the_others_nothing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disks, "_PATIENCE", 0.3)
    machine.mount(
        line("/", "ext4"),
        line("/mnt/nas", "nfs4", device="0:50"),
        line("/mnt/box", "cifs", device="0:51"),
    )
    machine.hung["/mnt/nas"] = threading.Event()

    def timed() -> tuple[float, Sample]:
        started = time.monotonic()
        found = machine.collect()
        return time.monotonic() - started, found

    seconds, found = timed()
    assert 0.25 < seconds < 1
    assert found.trouble == DEAD
    assert [disk.mount for disk in found.disks or ()] == ["/", "/mnt/box"]
    for _ in range(5):
        seconds, found = timed()
        assert seconds < 0.2
        assert found.trouble == DEAD
    assert machine.looks.count("/mnt/nas") == 1

    machine.hung.pop("/mnt/nas").set()
    time.sleep(0.1)
    _, found = timed()
    assert found.trouble is None
    assert len(found.disks or ()) == 3


def test_hundred_dead_servers_cost_few_threads_and_the_time_of_one(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disks, "_PATIENCE", 0.3)
    dead = [f"/mnt/nas-{number:03}" for number in range(60)]
    machine.mount(
        line("/", "ext4"),
        *(line(p, "nfs4", device=f"0:{100 + n}") for n, p in enumerate(dead)),
    )
    for point in dead:
        machine.hung[point] = threading.Event()
    before = threading.active_count()
    for limit in (1.0, 0.2, 0.2):
        started = time.monotonic()
        found = machine.collect()
        assert time.monotonic() - started < limit
        assert [disk.mount for disk in found.disks or ()] == ["/"]
        assert threading.active_count() - before <= 16
    for event in machine.hung.values():
        event.set()
    machine.hung.clear()
    time.sleep(0.1)
    assert len(machine.collect().disks or ()) == 61
    assert threading.active_count() == before


def test_machine_without_room_for_a_thread_recovers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def good(_around: Surroundings) -> Callable[[], Sample]:
        return lambda: Sample(machine_id="m")

    start, full = aside._start, [True]

    def maybe(work: Callable[[], None]) -> threading.Thread:
        if full[0]:
            raise RuntimeError("can't start new thread")
        return start(work)

    monkeypatch.setattr(aside, "_start", maybe)
    collectors = Collectors(Surroundings(), [("a", good), ("b", good)])
    started = time.monotonic()
    found = collectors.measure()
    assert time.monotonic() - started < 1
    assert all("can't start new thread" in (c.error or "") for c in found.collectors)
    full[0] = False
    found = collectors.measure()
    assert [c.error for c in found.collectors] == [None, None]


def test_mounts_that_look_the_same_are_shown_once_with_a_word(
    machine: Machine,
) -> None:
    machine.mount(
        line("/m/" + "x" * 300, "ext4"),
        line("/m/" + "x" * 301, "ext4", device="8:2"),
        line(r"/m/a\012b", "ext4", device="8:3"),
        line(r"/m/a\040b", "ext4", device="8:4"),
    )
    found = machine.collect()
    names = [disk.mount for disk in found.disks or ()]
    assert names == ["/m/a b", ("/m/" + "x" * 300)[:255]]
    assert "more than one is shown as /m/a b" in (found.trouble or "")


def test_collector_that_hangs_is_named_and_delays_by_its_limit_only() -> None:
    release = threading.Event()
    calls = []

    def hanging(_around: Surroundings) -> Callable[[], Sample]:
        def collect() -> Sample:
            calls.append(1)
            release.wait(30)
            return Sample(boot_id="late")

        return collect

    def good(_around: Surroundings) -> Callable[[], Sample]:
        return lambda: Sample(machine_id="m")

    table = [("hanging", hanging), ("good", good)]
    collectors = Collectors(Surroundings(), table, {"hanging": 0.2})
    for limit in (0.5, 0.1, 0.1):
        started = time.monotonic()
        found = collectors.measure()
        assert time.monotonic() - started < limit
        assert [c.error for c in found.collectors] == [
            "no result after 0.2 seconds; the rest goes on",
            None,
        ]
        assert found.sample.machine_id == "m"
    assert calls == [1]
    release.set()
    time.sleep(0.1)
    assert collectors.measure().sample.boot_id == "late"


@pytest.mark.parametrize(
    ("fstype", "source", "shown"),
    [
        ("fuse", "curlftpfs#ftp://me:secret@host/", "curlftpfs#ftp://host/"),
        ("cifs", "//me@nas/share", "//nas/share"),
        ("fuse.sshfs", "me@nas:/srv", "nas:/srv"),
        ("davfs", "https://me:secret@cloud/dav", "https://cloud/dav"),
        ("ext4", "/dev/mapper/a@b", "/dev/mapper/a@b"),
    ],
)
def test_the_device_of_a_mount_does_not_say_who_logs_in(
    machine: Machine, fstype: str, source: str, shown: str
) -> None:
    machine.mount(line("/mnt/a", fstype, source=source))
    assert [disk.device for disk in machine.look()] == [shown]
