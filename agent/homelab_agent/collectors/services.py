"""How the watched systemd units are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..protocol.inventory import Service
from .cgroups import Cgroups
from .dbus import SOCKET
from .errors import CollectorError
from .sample import Collect, Sample
from .units import NO_UNIT, NOT_KNOWN, Available, State, Systemd, full_name
from .watch import without_excess

if TYPE_CHECKING:
    from .surroundings import Surroundings

_RELIST = 3600.0
"""Seconds after which the list of what could be watched is made anew."""
_FOLDERS = (
    *("etc/systemd/system", "run/systemd/system", "run/systemd/generator"),
    *("lib/systemd/system", "usr/lib/systemd/system", "usr/local/lib/systemd/system"),
    "etc/systemd/system/multi-user.target.wants",
)
"""A change in one of these is a reason to do it at once. In run/systemd/transient there
is one with every container that starts and every health check of Podman's."""


@dataclass(frozen=True)
class _Process:
    pid: int
    folder: str


class _Services:
    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._systemd = Systemd(around.root / SOCKET)
        self._groups = Cgroups(around, working_set=False)
        self._processes: dict[str, _Process] = {}
        self._available: Available | None = None
        self._listed_at = 0.0
        self._folders: tuple[int, ...] = ()

    def __call__(self) -> Sample:
        names, trouble = without_excess(self._around.watch.services)
        try:
            services = self._described(self._states(names))
        except CollectorError as error:
            trouble = str(error)
            services = tuple(Service(name=name, status=NOT_KNOWN) for name in names)
        try:
            self._list()
        except CollectorError as error:
            # A machine without systemd has nothing to be watched and no trouble.
            trouble = trouble or (str(error) if names else None)
        self._groups.end_cycle()
        available = self._available
        return Sample(
            services=services,
            available_services=available.names if available else None,
            trouble=trouble or (available.trouble if available else None),
        )

    def _states(self, names: tuple[str, ...]) -> dict[str, State]:
        """Return the state of each name as it is written in Home Assistant."""
        units = {name: unit for name in names if (unit := full_name(name))}
        wanted = list(dict.fromkeys(units.values()))
        found = dict(zip(wanted, self._systemd.states(wanted), strict=True))
        return {
            name: found[units[name]] if name in units else NO_UNIT for name in names
        }

    def _described(self, states: dict[str, State]) -> tuple[Service, ...]:
        running = {state.path for state in states.values() if state.path}
        self._processes = {
            path: process
            for path, process in self._processes.items()
            if path in running and self._groups.has_process(process.folder, process.pid)
        }
        # Asked once, and again when the process has changed.
        root = self._groups.root()
        found = self._systemd.processes(sorted(running - self._processes.keys()))
        for path, (pid, group) in found.items():
            if pid and root and group:
                self._processes[path] = _Process(pid, f"{root}{group}")
        groups = {path: f"{root}{group}" for path, (_, group) in found.items() if group}
        groups |= {path: process.folder for path, process in self._processes.items()}
        return tuple(
            self._service(name, state, groups if root else {})
            for name, state in states.items()
        )

    def _service(self, name: str, state: State, groups: dict[str, str]) -> Service:
        process = self._processes.get(state.path or "")
        folder = groups.get(state.path or "")
        usage = self._groups.usage(folder) if folder else None
        return Service(
            name=name,
            status=state.status,
            detail=state.detail,
            pid=process.pid if process else None,
            memory_mb=usage.memory_mb if usage else None,
            cpu_percent=usage.cpu_percent if usage else None,
        )

    def _list(self) -> None:
        now = self._around.boot()
        folders = tuple(self._changed(name) for name in _FOLDERS)
        if (
            self._available is not None
            and folders == self._folders
            and now - self._listed_at < _RELIST
        ):
            return
        self._available = self._systemd.available()
        self._folders, self._listed_at = folders, now

    def _changed(self, folder: str) -> int:
        try:
            return (self._around.root / folder).stat().st_mtime_ns
        except OSError:
            return 0


def collector(around: Surroundings) -> Collect:
    """Return the collector of services and available_services."""
    return _Services(around)
