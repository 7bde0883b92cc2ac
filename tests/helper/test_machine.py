"""Disks and energy counters, from folders that look like /sys."""

from pathlib import Path

from helper import homelab_helper as helper
import pytest

from .rig import Rig

# What libata answers to CHECK POWER MODE: descriptor format, ATA status return.
DESCRIPTOR = bytes.fromhex("72 01 00 1d 00 00 00 0e 09 0c 00 00 00")
DESCRIPTOR_END = bytes.fromhex("00 00 00 00 00 00 40")


def descriptor(count: int, status: int = 0x50) -> bytes:
    return (DESCRIPTOR + bytes([count]) + DESCRIPTOR_END + bytes([status])).ljust(
        32, b"\0"
    )


def fixed(count: int, status: int = 0x50) -> bytes:
    """Return what some USB bridges answer instead."""
    sense = bytearray(32)
    sense[0], sense[3], sense[4], sense[6], sense[13] = 0x70, 0, status, count, 0x1D
    return bytes(sense)


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(f"{text}\n")


def disk(rig: Rig, name: str, status: str = "active", removable: str = "0") -> None:
    block = rig.folder / "sys/block" / name
    write(block, removable=removable)
    write(block / "device/power", runtime_status=status)
    # No disk, so that it refuses to say how it is.
    (rig.folder / "dev" / name).touch()


@pytest.mark.parametrize("sense", [descriptor, fixed])
@pytest.mark.parametrize(
    ("count", "state"),
    [
        (0x00, "standby"),
        (0x01, "standby"),
        (0x40, "active"),
        (0x80, "active"),
        (0x83, "active"),
        (0xFF, "active"),
        (0x02, "unknown"),
        (0x84, "unknown"),
    ],
)
def test_registers_are_read(sense: object, count: int, state: str) -> None:
    assert callable(sense)
    assert helper.power_state(sense(count)) == state


@pytest.mark.parametrize(
    "sense",
    [
        bytes(32),
        b"\xff" * 32,
        descriptor(0x00, status=0x51),
        fixed(0x00, status=0x51),
        # Illegal request: a bridge that does not know the command.
        bytes.fromhex("70 00 05 00 00 00 00 0a 00 00 00 00 20 00").ljust(32, b"\0"),
        bytes.fromhex("72 05 20 00").ljust(32, b"\0"),
    ],
)
def test_no_registers_are_unknown(sense: bytes) -> None:
    assert helper.power_state(sense) == "unknown"


def test_disk_that_the_kernel_has_put_to_sleep_is_not_opened(rig: Rig) -> None:
    disk(rig, "sda", status="suspended")
    (rig.folder / "dev/sda").unlink()
    disks = [{"name": "sda", "state": "standby"}]
    assert rig.hear("disk_power") == {"ok": True, "disks": disks}


def test_only_disks_are_told(rig: Rig) -> None:
    names = ("sda", "sdaa", "nvme0n1", "mmcblk0", "vda", "xvdb")
    others = ("loop0", "ram0", "zram0", "dm-0", "md0", "sr0", "mmcblk0boot0", "sda;id")
    for name in (*names, *others):
        disk(rig, name)
    disk(rig, "sdb", removable="1")
    found = rig.hear("disk_power")["disks"]
    assert [entry["name"] for entry in found] == sorted([*names, "sdb"])
    assert {entry["state"] for entry in found} == {"unknown"}


def test_disk_that_does_not_say_is_unknown(rig: Rig) -> None:
    disk(rig, "sda")
    (rig.folder / "dev/sda").unlink()
    disk(rig, "sdb")
    (rig.folder / "sys/block/sdc").mkdir()
    found = rig.hear("disk_power")["disks"]
    assert [entry["state"] for entry in found] == ["unknown"] * 3


def test_packages_are_counted_once(rig: Rig) -> None:
    powercap = rig.folder / "sys/class/powercap"
    counter = {"energy_uj": "123456789012", "max_energy_range_uj": "262143328850"}
    write(powercap / "intel-rapl:0", name="package-0", **counter)
    write(powercap / "intel-rapl:0:0", name="core", **counter)
    write(powercap / "intel-rapl:1", name="psys", **counter)
    write(powercap / "intel-rapl:2", name="package-1")
    write(powercap / "intel-rapl:3", name="package-2", energy_uj="x")
    write(powercap / "intel-rapl-mmio:0", name="package-0", **counter)
    assert rig.hear("rapl") == {
        "ok": True,
        "domains": [
            {
                "domain": "intel-rapl:0",
                "name": "package-0",
                "energy_uj": 123456789012,
                "max_energy_range_uj": 262143328850,
            }
        ],
    }


@pytest.mark.parametrize(
    ("verb", "key"), [("rapl", "domains"), ("disk_power", "disks")]
)
def test_machine_without_any_has_none(rig: Rig, verb: str, key: str) -> None:
    assert rig.hear(verb) == {"ok": True, key: []}
