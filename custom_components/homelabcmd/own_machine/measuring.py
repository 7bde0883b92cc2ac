"""Reads the machine with psutil; blocking, so it is for an executor.

In a container that is what the container can see of its host: processors, memory, load
and network (if it has the host's network), and the disks that are mounted into it.
"""

from collections.abc import Iterator
import contextlib
from datetime import UTC, datetime
import hashlib
import hmac
import os
from pathlib import Path
import platform
import re
from typing import Any

from ..core.own_machine.reading import (
    Counters,
    Heat,
    Partition,
    Reading,
    Times,
    Usage,
    counted,
)
from ..protocol.counted import VIRTUAL_INTERFACES

_MACHINE_ID = re.compile("[0-9a-f]{32}")
# The agent's: the same machine has the same id, whoever reports it.
_PURPOSE = b"homelab-agent machine id 1"
_DISK_SENSOR = "drivetemp"
"""It asks the disk, which may sleep, or would stay awake for it."""
_MAX_SENSORS = 64
_LOWEST, _HIGHEST = -100.0, 200.0


class Machine:
    """The machine, with what does not change read once."""

    def __init__(self, *, container: bool, address: str | None) -> None:
        """Take whether Home Assistant is in a container, and its own address."""
        # Only here: who has no such server does not need it.
        import psutil  # noqa: PLC0415

        self._psutil: Any = psutil
        self._container = container
        self._address = address
        self._cpu_model = _cpu_model()
        self._booted: datetime | None = None

    def times(self) -> Times:
        """Return what the processors did since boot."""
        times = self._psutil.cpu_times()
        # Guest time is in user and nice already.
        named = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
        total = sum(getattr(times, name, 0.0) for name in named)
        return Times(total=total, idle=times.idle + getattr(times, "iowait", 0.0))

    def read(self) -> Reading:
        """Return everything; raises OSError if the machine can't be read."""
        psutil = self._psutil
        now = datetime.now(UTC)
        memory, swap = psutil.virtual_memory(), psutil.swap_memory()
        system = os.uname()
        names = {} if self._container else _release()
        one, five, fifteen = os.getloadavg()
        return Reading(
            at=now.replace(microsecond=0),
            times=self.times(),
            memory=Usage(
                total=memory.total, used=max(memory.total - memory.available, 0)
            ),
            swap=Usage(total=swap.total, used=swap.used) if swap.total else None,
            root=self._usage("/"),
            disks=tuple(self._disks()),
            interfaces=tuple(self._interfaces()),
            heat=() if _in_lxc() else tuple(_heat())[:_MAX_SENSORS],
            load=(one, five, fifteen),
            booted=self._boot_time(),
            boot_id=_text("/proc/sys/kernel/random/boot_id"),
            hostname=system.nodename,
            ip_address=self._address,
            mac_address=self._mac(),
            cpu_model=self._cpu_model,
            cpu_count=psutil.cpu_count(),
            machine_id=machine_id(),
            distribution=names.get("NAME"),
            version=names.get("VERSION") or names.get("VERSION_ID"),
            kernel=system.release,
            architecture=system.machine,
        )

    def _boot_time(self) -> datetime:
        booted = datetime.fromtimestamp(self._psutil.boot_time(), UTC)
        # It trembles by a second, which would look like a restart each time.
        if self._booted is None or abs((booted - self._booted).total_seconds()) > 2:
            self._booted = booted.replace(microsecond=0)
        return self._booted

    def _usage(self, mount: str) -> Usage | None:
        try:
            found = self._psutil.disk_usage(mount)
        except OSError:
            return None
        return Usage(total=found.total, used=found.used, free=found.free)

    def _disks(self) -> Iterator[tuple[Partition, Usage]]:
        partitions = [
            Partition(
                device=each.device,
                mount=each.mountpoint,
                fstype=each.fstype,
                turning=_turning(each.device),
            )
            for each in self._psutil.disk_partitions(all=False)
            # A container has single files of its host mounted, too.
            if Path(each.mountpoint).is_dir()
        ]
        for partition in counted(partitions):
            if (usage := self._usage(partition.mount)) is not None and usage.total:
                yield partition, usage

    def _interfaces(self) -> Iterator[Counters]:
        found = self._psutil.net_io_counters(pernic=True, nowrap=False)
        names = sorted(found)
        physical = [name for name in names if _is_physical(name)]
        # In a container even the way out is a virtual interface.
        others = [name for name in names if not name.startswith(VIRTUAL_INTERFACES)]
        for name in physical or others:
            counters = found[name]
            yield Counters(
                name=name, received=counters.bytes_recv, sent=counters.bytes_sent
            )

    def _mac(self) -> str | None:
        for addresses in self._psutil.net_if_addrs().values():
            if any(each.address == self._address for each in addresses):
                for each in addresses:
                    if each.family == self._psutil.AF_LINK:
                        return str(each.address).lower()
        return None


def machine_id() -> str | None:
    """Return what an agent on this machine calls it; None where it has no id."""
    found = (_text("/etc/machine-id") or "").strip()
    if not _MACHINE_ID.fullmatch(found):
        return None
    return hmac.new(bytes.fromhex(found), _PURPOSE, hashlib.sha256).hexdigest()


def _in_lxc() -> bool:
    """Return whether the machine is a container itself, by systemd's interface.

    It sees its host's sensors, and each of its neighbours would be hot with it.
    """
    return Path("/run/systemd/container").exists()


def _is_physical(interface: str) -> bool:
    return Path("/sys/class/net", interface, "device").exists()


def _turning(device: str) -> bool:
    """Return whether a device is, or is on, a disk that turns."""
    name = Path(os.path.realpath(device)).name
    place = Path(os.path.realpath(f"/sys/class/block/{name}"))
    for folder in (place, place.parent):
        if (told := _text(str(folder / "queue/rotational"))) is not None:
            return told == "1"
    return False


def _heat() -> Iterator[Heat]:
    """Yield what the sensors say that are no disk's; psutil would ask those, too."""
    for chip in sorted(Path("/sys/class/hwmon").glob("*")):
        name = _text(str(chip / "name")) or "sensor"
        if name == _DISK_SENSOR:
            continue
        inputs = sorted(chip.glob("temp*_input"))
        for file in inputs:
            stem = file.name.removesuffix("_input")
            label = _text(str(chip / f"{stem}_label"))
            if label is None and len(inputs) > 1:
                label = stem
            with contextlib.suppress(ValueError):
                celsius = int(_text(str(file)) or "") / 1000
                # Nothing is plugged in where it is exactly 0, or far from anything.
                if celsius and _LOWEST < celsius < _HIGHEST:
                    yield Heat(
                        name=f"{name} {label}" if label else name, celsius=celsius
                    )


def _cpu_model() -> str | None:
    values: dict[str, str] = {}
    for line in (_text("/proc/cpuinfo") or "").splitlines():
        name, _, value = line.partition(":")
        values.setdefault(name.strip(), value.strip())
    board = _text("/proc/device-tree/model")
    return values.get("Model") or values.get("model name") or board


def _release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text(errors="replace").strip("\0 \n") or None
    except OSError:
        return None
