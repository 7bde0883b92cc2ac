"""Read what apt-get would do."""

from __future__ import annotations

from dataclasses import dataclass
import re

from ..protocol.inventory import PackageUpdate
from ..text import clean

MAX_LISTED = 500
# Inst bash [5.2.15-2] (5.2.15-2+b8 Debian:12.9/stable, Debian-Security:12/... [amd64])
_LINE = re.compile(r"Inst (\S+) \[([^\]\s]+)\] \((\S+) ([^)]*)\)")
_SECURITY = re.compile(r"Debian-Security|[a-z0-9]-security\b", re.IGNORECASE)


@dataclass(frozen=True)
class Pending:
    """The updates that wait."""

    count: int
    security: int
    listed: tuple[PackageUpdate, ...]
    """Those for security first, then by name; not more than a person reads."""


def pending(output: str) -> Pending:
    """Read the output of a simulated upgrade.

    What has no present version is not an update: an update brings it along.
    """
    updates = []
    for line in output.split("\n"):
        if match := _LINE.match(line):
            name, current, candidate, origins = match.groups()
            update = PackageUpdate(
                name=clean(name) or "?",
                current=clean(current),
                candidate=clean(candidate),
                security=bool(_SECURITY.search(origins)),
            )
            updates.append(update)
    updates.sort(key=lambda update: (not update.security, update.name))
    security = sum(bool(update.security) for update in updates)
    return Pending(len(updates), security, tuple(updates[:MAX_LISTED]))
