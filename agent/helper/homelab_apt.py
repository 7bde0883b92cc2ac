"""What apt says, and what it means; nothing here runs anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
import hashlib
import re

# Inst bash [5.2.15-2] (5.2.15-2+b8 Debian:12.9/stable, Debian-Security:12/... [amd64])
# What is new has no first version; ":i386" follows what is of another architecture.
INST = re.compile(r"Inst ([^\s:]+)(:\S+)? (?:\[(\S+)\] )?\((\S+) ([^)]*)\)")
CONF = re.compile(r"Conf (\S+)")
SECURITY = re.compile(r"Debian-Security|[a-z0-9]-security\b", re.IGNORECASE)
STATUS = re.compile(r"(dl|pm)status:[^\n]*?:([0-9.]+):[^\n]*\n")
# Of apt's two counts to 100, the second is most of the work.
PHASES = {"dl": ("download", 0, 0.3), "pm": ("install", 30, 0.7)}
LOCKED = re.compile(r"(?:Could not get lock|Unable to (?:lock|acquire)) .*")
HELD_BY = re.compile(r"held by process \d+ \(([^)\n]{1,100})\)")
BROKEN = re.compile(r"error processing (?:package|archive) (\S{1,200})")
CONFIGURE = "run on the server: sudo dpkg --configure -a"
REPAIR = "run on the server: sudo apt-get -f install"
# What apt and dpkg say, and what that means. The first that fits counts.
TROUBLES = tuple(
    (re.compile(said), meaning)
    for said, meaning in (
        (
            "dpkg was interrupted",
            f"an installation was interrupted before this one; {CONFIGURE}",
        ),
        (
            "No space left on device|don't have enough free space",
            f"the disk is full; make room, then {CONFIGURE}",
        ),
        (
            "Unable to fetch some archives|Failed to fetch",
            "packages could not be downloaded; nothing was installed",
        ),
        (
            "Read-only file system",
            "the file system is read-only; nothing can be installed",
        ),
        (
            "[Uu]nmet dependencies|held broken packages",
            f"the installed packages do not fit together; {REPAIR}",
        ),
    )
)


@dataclass(frozen=True)
class Item:
    """A package that apt would install."""

    name: str
    current: str | None
    candidate: str
    security: bool = False
    architecture: str = ""
    """As apt writes it after a name, ":i386"; empty for the server's own."""

    @property
    def wanted(self) -> str:
        """Return how apt-get is told to install this."""
        return f"{self.name}{self.architecture}"


def items_of(output: str) -> list[Item]:
    """Read what apt-get says that it would install."""
    found = (match for match in map(INST.match, output.split("\n")) if match)
    return [
        Item(name, current, candidate, bool(SECURITY.search(origins)), other or "")
        for name, other, current, candidate, origins in (m.groups() for m in found)
    ]


def digest_of(items: Iterable[Item]) -> str:
    """Return what a set of updates is known by: whatever changes in it changes that."""
    lines = sorted(f"{i.name} {i.current or '-'} {i.candidate}\n" for i in items)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def unfinished_in(output: str) -> list[str]:
    """Return what apt would configure without installing it: it is broken already."""
    lines = output.split("\n")
    installed = {line.split(" ")[1] for line in lines if INST.match(line)}
    found = [match[1] for match in map(CONF.match, lines) if match]
    return [name for name in found if name not in installed]


def progress_in(reports: str) -> tuple[str, int] | None:
    """Read how far apt is: the step, and how much of all is done, in percent."""
    found = STATUS.findall(reports)
    if not found:
        return None
    phase, percent = found[-1]
    step, begin, share = PHASES[phase]
    return step, min(100, int(begin + share * float(percent)))


def meaning_of(output: str, code: int | None) -> str:
    """Return a failure of apt-get in words that say what to do."""
    if LOCKED.search(output):
        who = HELD_BY.search(output)
        name = f" ({who[1]})" if who else ""
        return f"another program works with packages{name}; nothing was done"
    for trouble, meaning in TROUBLES:
        if trouble.search(output):
            return meaning
    if names := ", ".join(list(dict.fromkeys(BROKEN.findall(output)))[:10]):
        said = f"a script or a file of {names} failed; the output says why. Mend that, "
        return f"{said}then {CONFIGURE}"
    return f"apt-get ended with {code}; the output says why"
