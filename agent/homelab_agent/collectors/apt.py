"""Read what apt-get would do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
import hashlib
import re

from ..protocol.inventory import PackageUpdate, UpdateSet
from ..text import clean

MAX_LISTED = 500
MAX_NAMED = 50
# Inst bash [5.2.15-2] (5.2.15-2+b8 Debian:12.9/stable, Debian-Security:12/... [amd64])
# What is new has no first version; ":i386" follows what is of another architecture.
_LINE = re.compile(r"Inst ([^\s:]+)(:\S+)? (?:\[(\S+)\] )?\((\S+) ([^)]*)\)")
_HELD_BACK = re.compile(r"and (\d+) not upgraded")
_REBOOTS = re.compile(
    r"(linux-image|linux-modules|proxmox-kernel|pve-kernel|raspberrypi-kernel"
    r"|intel-microcode|amd64-microcode|firmware-|libc6|dbus|systemd)(?![a-z])"
)
"""What is only in use after a reboot: kernels, firmware, and what all else hangs on."""
_SECURITY = re.compile(r"Debian-Security|[a-z0-9]-security\b", re.IGNORECASE)


@dataclass(frozen=True)
class Pending:
    """The updates that wait."""

    count: int
    security: int
    listed: tuple[PackageUpdate, ...]
    """Those for security first, then by name; not more than a person reads."""


@dataclass(frozen=True)
class Item:
    """A package that apt would install."""

    name: str
    architecture: str
    """":i386"; empty for the server's own."""
    current: str | None
    candidate: str
    security: bool


def items(output: str) -> list[Item]:
    """Read the output of a simulated upgrade."""
    found = (match.groups() for match in map(_LINE.match, output.split("\n")) if match)
    return [
        Item(name, other or "", current, candidate, bool(_SECURITY.search(origins)))
        for name, other, current, candidate, origins in found
    ]


def held_back(output: str) -> bool:
    """Return whether a simulated upgrade leaves something as it is."""
    found = _HELD_BACK.search(output)
    return found is not None and int(found[1]) > 0


def pending(found: Iterable[Item]) -> Pending:
    """Return what waits; what has no present version is not an update."""
    updates = _updates(found)
    security = sum(bool(update.security) for update in updates)
    return Pending(len(updates), security, tuple(updates[:MAX_LISTED]))


def _updates(found: Iterable[Item]) -> list[PackageUpdate]:
    """Return what is there in another version, for security first, then by name."""
    updates = [
        PackageUpdate(
            name=clean(item.name + item.architecture) or "?",
            current=clean(item.current),
            candidate=clean(item.candidate),
            security=item.security,
        )
        for item in found
        if item.current is not None
    ]
    return sorted(updates, key=lambda update: (not update.security, update.name))


def digest(found: Iterable[Item]) -> str:
    """Return what a set is approved by; the root helper reckons the same way."""
    lines = sorted(f"{i.name} {i.current or '-'} {i.candidate}\n" for i in found)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def update_sets(
    found: list[Item], services: Callable[[Item], Iterable[str]]
) -> tuple[UpdateSet, ...]:
    """Return what could be installed together; `services` tells a package's units."""
    security = [item for item in found if item.security]
    scopes = {"all": found, "security": security}
    return tuple(
        _set(scope, chosen, services) for scope, chosen in scopes.items() if chosen
    )


def _set(
    scope: str, chosen: list[Item], services: Callable[[Item], Iterable[str]]
) -> UpdateSet:
    added = [clean(item.name) or "?" for item in chosen if item.current is None]
    units = {unit for item in chosen for unit in services(item)}
    return UpdateSet(
        scope=scope,
        digest=digest(chosen),
        count=len(chosen),
        security=sum(item.security for item in chosen),
        packages=tuple(_updates(chosen)[:MAX_NAMED]),
        added=tuple(added[:MAX_NAMED]),
        services=tuple(sorted(units)[:MAX_NAMED]),
        reboot=any(_REBOOTS.match(item.name) is not None for item in chosen),
    )
