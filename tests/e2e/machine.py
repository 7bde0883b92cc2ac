"""What this machine says of itself, read without the agent's code."""

from datetime import UTC, datetime
from pathlib import Path
import shutil


def memory_percent() -> float:
    """Return the part of the memory that programs can't get."""
    figures = {
        line.split(":")[0]: int(line.split()[1])
        for line in Path("/proc/meminfo").read_text().splitlines()
    }
    return 100 * (1 - figures["MemAvailable"] / figures["MemTotal"])


def disk_percent() -> float:
    """Return how full the root file system is, like `df`."""
    usage = shutil.disk_usage("/")
    return 100 * usage.used / (usage.used + usage.free)


def boot_time() -> datetime:
    """Return when this machine was started."""
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith("btime "):
            return datetime.fromtimestamp(int(line.split()[1]), UTC)
    raise LookupError("btime")
