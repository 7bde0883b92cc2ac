"""What systemd says of its units: one call for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
import re
from typing import Any

from .dbus import BusError, call
from .dbus_wire import Call

RUNNING, STOPPED, FAILED, NOT_KNOWN = "running", "stopped", "failed", "unknown"
_KINDS = "service|socket|timer|mount|automount|target|path|slice|swap|scope|device"
# Instances of templates are units, templates (foo@.service) are not. There are no
# patterns and no options here; a name only ever is a text inside a message.
_UNIT = re.compile(
    rf"[A-Za-z0-9:_][A-Za-z0-9:_.\\-]*(@[A-Za-z0-9:_.\\-]+)?\.({_KINDS})"
)
_MAX_NAME = 255
_SUFFIXES = tuple(f".{kind}" for kind in _KINDS.split("|"))

# ActiveState of org.freedesktop.systemd1(5); without it, the unit is not running.
_STATUS = {
    "active": RUNNING,
    "reloading": RUNNING,
    "refreshing": RUNNING,
    "failed": FAILED,
    "maintenance": STOPPED,
    "inactive": STOPPED,
    "deactivating": STOPPED,
    "activating": STOPPED,
}
# It died, and systemd is about to try again.
_RETRYING = "auto-restart"
# LoadStates that explain why a unit is not running.
_UNLOADED = {
    "not-found": NOT_KNOWN,
    "masked": STOPPED,
    "error": FAILED,
    "bad-setting": FAILED,
}
# Unit files of these kinds are there to be started by a person, or once were.
_WANTED = {
    *("enabled", "enabled-runtime", "disabled", "linked", "linked-runtime"),
    *("indirect", "generated", "transient"),
}
_OWN = ("/etc/systemd/system/", "/usr/local/lib/systemd/system/")
# systemd's own, those of logins and of the boot.
_INTERNAL = re.compile(
    r"systemd-|user@|user-runtime-dir@|getty@|serial-getty@|console-getty|"
    r"container-getty@|autovt@|dbus-org\.|emergency|rescue|initrd-|modprobe@|"
    r"debug-shell|quotaon|plymouth|session-|run-|rc-local|rc\.|halt|"
    r"homelab-agent-helper@"
)
_MAX_AVAILABLE = 1000


@dataclass(frozen=True, kw_only=True)
class State:
    """How a unit is."""

    status: str
    detail: str
    path: str | None = None
    """Its object on the bus, while it runs."""


@dataclass(frozen=True, kw_only=True)
class Available:
    """The units that a person may want to watch."""

    names: tuple[str, ...]
    trouble: str | None = None
    """What to say of those that there is no room for."""


NO_UNIT = State(status=NOT_KNOWN, detail="not-found")


def full_name(name: str) -> str | None:
    """Return the name with its type, or None if no unit can be called so."""
    unit = name if name.endswith(_SUFFIXES) else f"{name}.service"
    return unit if len(unit) <= _MAX_NAME and _UNIT.fullmatch(unit) else None


class Systemd:
    """systemd, as it can be asked over the bus."""

    def __init__(self, bus: Path) -> None:
        """Take the path of the system bus."""
        self._bus = bus

    def states(self, units: list[str]) -> list[State]:
        """Return how units are, in their order; raises BusError."""
        if not units:
            return []
        (rows,) = self._manager(("ListUnitsByNames", (units,)))
        if rows is not None and len(rows[0]) == len(units):
            return [_state(row) for row in rows[0]]
        # There is a name that this systemd does not accept. Alone, it harms no other.
        each = self._manager(*(("ListUnitsByNames", ([unit],)) for unit in units))
        if not any(each):
            raise BusError("systemd does not say how the watched units are")
        return [_state(rows[0][0]) if rows and rows[0] else NO_UNIT for rows in each]

    def processes(self, paths: Iterable[str]) -> dict[str, tuple[int, str]]:
        """Return main process and control group of running services."""
        paths = list(paths)
        kind = "org.freedesktop.systemd1.Service"
        calls = [
            Call(
                destination="org.freedesktop.systemd1",
                path=path,
                interface="org.freedesktop.DBus.Properties",
                member="Get",
                arguments=(kind, name),
            )
            for path in paths
            for name in ("MainPID", "ControlGroup")
        ]
        if not calls:
            return {}
        answers = call(self._bus, calls)
        found = {}
        for path, pid, group in zip(paths, answers[::2], answers[1::2], strict=True):
            if pid is not None and group is not None:
                found[path] = int(pid[0]), str(group[0])
        return found

    def available(self) -> Available:
        """Return the services that a person may want to watch; raises BusError."""
        files, units = self._manager(
            ("ListUnitFiles", ()), ("ListUnitsByPatterns", ([], ["*.service"]))
        )
        if files is None or units is None:
            raise BusError("systemd does not list its units")
        wanted = (path for path, state in files[0] if _is_wanted(path, state))
        found = {path.rpartition("/")[2] for path in wanted}
        # Others are started by others, and only matter where they run.
        found |= {row[0] for row in units[0] if row[3] in {"active", "failed"}}
        names = {
            name.removesuffix(".service")
            for name in found
            if name.endswith(".service") and full_name(name)
        }
        kept = sorted(name for name in names if not _INTERNAL.match(name))
        trouble = None
        if len(kept) > _MAX_AVAILABLE:
            trouble = f"only {_MAX_AVAILABLE} of {len(kept)} units are offered"
            trouble += "; type the names of others"
        return Available(names=tuple(kept[:_MAX_AVAILABLE]), trouble=trouble)

    def _manager(
        self, *methods: tuple[str, tuple[str | list[str], ...]]
    ) -> list[tuple[Any, ...] | None]:
        calls = [
            Call(
                destination="org.freedesktop.systemd1",
                path="/org/freedesktop/systemd1",
                interface="org.freedesktop.systemd1.Manager",
                member=member,
                arguments=arguments,
            )
            for member, arguments in methods
        ]
        return call(self._bus, calls)


def _is_wanted(path: str, state: str) -> bool:
    # Whoever wrote a unit here means it, also where nothing else starts it.
    return state in _WANTED or (state == "static" and path.startswith(_OWN))


def _state(row: tuple[Any, ...]) -> State:
    load, active, sub, path = row[2], row[3], row[4], row[6]
    if active == "inactive" and load in _UNLOADED:
        return State(status=_UNLOADED[load], detail=load)
    status = _STATUS.get(active, NOT_KNOWN)
    if active == "activating" and sub.startswith(_RETRYING):
        status = FAILED
    running = path if status == RUNNING else None
    return State(status=status, detail=f"{active} ({sub})", path=running)
