"""What a container may use at most, where its control group says so.

In an LXC container lxcfs puts its limits into /proc, so that nothing is left to do: a
limit counts only where it is smaller than what the machine seems to have. The group at
the root is a container's own; that of a real machine has no limits. cgroups(7).
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .surroundings import Surroundings

_ROOT = "sys/fs/cgroup"
_CACHE = re.compile(r"^inactive_file (\d+)$", re.MULTILINE)
_USAGE = re.compile(r"^usage_usec (\d+)$", re.MULTILINE)


def memory_limit(around: Surroundings) -> int | None:
    """Return the bytes that may be used; None where there is no limit."""
    return _number(around, "memory.max")


def memory_used(around: Surroundings) -> int | None:
    """Return the bytes in use without files that can be dropped, like MemAvailable."""
    if (used := _number(around, "memory.current")) is None:
        return None
    cache = _CACHE.search(around.read_or_none(f"{_ROOT}/memory.stat") or "")
    return max(used - int(cache[1]), 0) if cache else used


def cpu_limit(around: Surroundings) -> float | None:
    """Return how many processors may be used; None where there is no limit."""
    words = (around.read_or_none(f"{_ROOT}/cpu.max") or "").split()
    with contextlib.suppress(ValueError, ZeroDivisionError):
        quota, period = map(int, words)
        return quota / period if quota > 0 else None
    return None


def cpu_used(around: Surroundings) -> int | None:
    """Return the microseconds of processors that were used since the start."""
    found = _USAGE.search(around.read_or_none(f"{_ROOT}/cpu.stat") or "")
    return int(found[1]) if found else None


def _number(around: Surroundings, name: str) -> int | None:
    try:
        # "max" is no limit.
        return int(around.read_or_none(f"{_ROOT}/{name}") or "")
    except ValueError:
        return None
