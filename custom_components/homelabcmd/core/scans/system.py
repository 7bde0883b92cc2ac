"""Parsers of what a machine is, and how it fares."""

import re
import shlex

from .facts import MAX_ITEMS, Cpu, Disk, Kernel, Load, Memory, OperatingSystem
from .text import lines, number, pairs, whole, word

_KB = 1024
_GB = 10**9
_MAX_KB = 10**15
_UNAMES = 3
_MOUNTS = re.compile(
    r"(?P<device>.+?) (?:(?P<fstype>[A-Za-z][\w.-]*) )?(?P<total>[0-9]{1,15}) "
    r"(?P<used>[0-9]{1,15}) (?P<free>-?[0-9]{1,15}) (?:[0-9]{1,3}%|-) (?P<mount>/.*)",
    re.ASCII,
)
"""A line of `df -Pk`, with or without `-T` and with single blanks; names may have some,
too. With more of them a line could be made that takes a second to be read."""
_PASSING = frozenset(
    {
        "aufs",
        "cgroup",
        "cgroup2",
        "devtmpfs",
        "efivarfs",
        "iso9660",
        "overlay",
        "proc",
        "ramfs",
        "squashfs",
        "sysfs",
        "tmpfs",
    }
)
"""Types of file systems that are not on a disk, or always full."""
_RECLAIMABLE = ("MemFree", "Buffers", "Cached", "SReclaimable")
"""What can be had without swapping, on kernels that do not say it themselves."""
_MODELS = ("model name", "Model", "Hardware", "cpu model", "cpu", "uarch")
"""How /proc/cpuinfo calls the processor, on one architecture or another."""


def os_release(text: str) -> OperatingSystem | None:
    """Read /etc/os-release."""
    values = {key: _unquoted(value) for key, value in pairs(text, "=").items()}
    name = values.get("PRETTY_NAME") or values.get("NAME")
    if not name:
        return None
    return OperatingSystem(
        id=word(values.get("ID", "linux")),
        name=word(name),
        version=word(values.get("VERSION_ID", "")),
    )


def _unquoted(value: str) -> str:
    try:
        return " ".join(shlex.split(value))
    except ValueError:
        return value


def uname(text: str) -> Kernel | None:
    """Read the host name, release and machine, each in a line."""
    found = [word(line) for line in lines(text)]
    if len(found) < _UNAMES:
        return None
    hostname, release, machine = found[-_UNAMES:]
    return Kernel(hostname=hostname, release=release, machine=machine)


def cpuinfo(text: str) -> Cpu | None:
    """Read /proc/cpuinfo."""
    count = 0
    for line in lines(text):
        key, _, value = line.partition(":")
        count += key.strip() == "processor" and whole(value.strip()) is not None
    values = pairs(text, ":")
    model = next((values[key] for key in _MODELS if values.get(key)), "")
    return Cpu(model=word(model), count=count) if count else None


def meminfo(text: str) -> Memory | None:
    """Read /proc/meminfo."""
    sizes: dict[str, int] = {}
    for key, value in pairs(text, ":").items():
        amount = whole(value.removesuffix("kB").strip())
        if amount is not None and amount <= _MAX_KB:
            sizes[key] = amount * _KB
    total = sizes.get("MemTotal")
    available = sizes.get("MemAvailable")
    if available is None and "MemFree" in sizes:
        available = sum(sizes.get(key, 0) for key in _RECLAIMABLE)
    if not total or available is None:
        return None
    used = max(total - available, 0)
    return Memory(
        total_gb=_in_gb(total),
        used_gb=_in_gb(used),
        percent=round(100 * used / total, 1),
    )


def loadavg(text: str) -> Load | None:
    """Read /proc/loadavg."""
    for line in lines(text):
        found = [number(part) for part in line.split()[:3]]
        one, five, fifteen = (*found, None, None, None)[:3]
        if one is not None and five is not None and fifteen is not None:
            return Load(one=max(one, 0), five=max(five, 0), fifteen=max(fifteen, 0))
    return None


def uptime(text: str) -> float | None:
    """Read /proc/uptime, in seconds."""
    for line in lines(text):
        seconds = number(line.split()[0])
        if seconds is not None and seconds >= 0:
            return seconds
    return None


def df(text: str) -> tuple[Disk, ...] | None:
    """Read `df -Pk` or `df -PkT`: what is on disks, each once."""
    found: dict[str, Disk] = {}
    understood = False
    for line in lines(text):
        if match := _MOUNTS.fullmatch(" ".join(line.split())):
            understood = True
            fstype, device = match["fstype"] or "", match["device"]
            on_disk = device.startswith("/") or (fstype and ":" not in device)
            if on_disk and fstype not in _PASSING and int(match["total"]):
                disk = _disk(match)
                # A later mount hides an earlier one at the same place.
                found[disk.mount] = disk
    return tuple(found.values())[:MAX_ITEMS] if understood else None


def _disk(match: re.Match[str]) -> Disk:
    used, free = int(match["used"]), max(int(match["free"]), 0)
    return Disk(
        mount=word(match["mount"]),
        device=word(match["device"]),
        fstype=word(match["fstype"] or ""),
        total_gb=_in_gb(int(match["total"]) * _KB),
        used_gb=_in_gb(used * _KB),
        percent=round(100 * used / (used + free), 1) if used + free else 0,
    )


def _in_gb(size: int) -> float:
    return round(size / _GB, 3)
