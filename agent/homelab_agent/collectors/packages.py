"""Which updates wait, and whether a restart does.

What can be installed from Home Assistant is what `upgrade --with-new-pkgs` would do, in
just the way in which the root helper asks for it. If that leaves something as it is,
the list of updates is that of `dist-upgrade`: a hole in the kernel that nobody is told
of would be worse than an update that is left to a person.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
import signal
import time
from typing import TYPE_CHECKING

from ..protocol.inventory import UpdateSet
from . import apt
from .errors import CollectorError
from .package_units import PackageUnits
from .sample import Collect, Sample

if TYPE_CHECKING:
    from .surroundings import Surroundings

_REBOOT = ("run/reboot-required", "var/run/reboot-required")
_WATCHED = ("var/lib/apt/lists", "var/lib/dpkg/status")
"""The simulation takes a second of a processor, so only a change of these starts it."""
_SECONDS = 60
_AGAIN = 3600.0
"""Seconds until a simulation that failed is tried again."""
_SIMULATE = ("-s", "-q", "-o", "Debug::NoLocking=1")
_UPGRADE = ("--no-remove", "--with-new-pkgs", "upgrade")
_EVERYTHING = ("dist-upgrade",)
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
_MAX_OUTPUT = 2 * 1024 * 1024
_PAUSE, _PATIENCE = 0.05, 10.0
"""Seconds, for whoever asks once."""


class _Packages:
    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._seen: tuple[int, ...] | None = None
        """The state of apt and dpkg that `_known` tells of."""
        self._running: _Simulation | None = None
        self._known: apt.Pending | None = None
        self._sets: tuple[UpdateSet, ...] = ()
        self._can_be: tuple[UpdateSet, ...] = ()
        """What can be installed, while everything that waits is not known yet."""
        self._trouble: str | None = None
        self._failed_at: float | None = None

    def __call__(self) -> Sample:
        if not Path(self._around.apt_get).exists():
            return Sample()
        state = tuple(self._changed(name) for name in _WATCHED)
        if self._running is None and (state != self._seen or self._due()):
            self._seen = state
            self._running = _Simulation(self._around.apt_get, _UPGRADE)
        self._look()
        waited = 0.0
        while self._around.patient and self._running is not None:
            if (waited := waited + _PAUSE) > _PATIENCE:
                self._running.kill()
                break
            self._around.sleep(_PAUSE)
            self._look()
        known = self._known
        return Sample(
            updates_available=known.count if known else None,
            security_updates=known.security if known else None,
            package_updates=known.listed if known else None,
            update_sets=self._sets if known else None,
            reboot_required=any((self._around.root / f).exists() for f in _REBOOT),
            trouble=self._trouble,
        )

    def _look(self) -> None:
        if self._running is None or (output := self._running.output()) is None:
            return
        words, self._running = self._running.words, None
        if not output:
            self._trouble = "apt-get can't tell what is to be updated; run: apt-get -s"
            self._trouble += f" {words[-1]}"
            self._failed_at = self._around.boot()
            return
        found = apt.items(output)
        if words == _UPGRADE:
            units = PackageUnits(self._around.root)
            self._can_be = apt.update_sets(found, units)
            if apt.held_back(output):
                self._running = _Simulation(self._around.apt_get, _EVERYTHING)
                return
        # Both at once: nobody is to approve one by the other's names.
        self._known, self._sets, self._trouble = apt.pending(found), self._can_be, None
        self._failed_at = None

    def _due(self) -> bool:
        failed = self._failed_at
        return failed is not None and self._around.boot() - failed > _AGAIN

    def _changed(self, name: str) -> int:
        try:
            return (self._around.root / name).stat().st_mtime_ns
        except OSError:
            return 0


class _Simulation:
    """A process in the background, which gives its memory back when it ends."""

    def __init__(self, apt_get: str, words: tuple[str, ...]) -> None:
        """Start it; raises CollectorError."""
        self.words = words
        self._output = os.memfd_create("updates")
        self._started = time.monotonic()
        # The lowest priority, as far as the agent's sandbox lets it.
        argv = (
            *("/usr/bin/timeout", "--kill-after=5", str(_SECONDS)),
            *("/usr/bin/nice", "-n", "19", apt_get, *_SIMULATE, *words),
        )
        quiet = os.O_RDWR
        try:
            self._process = os.posix_spawn(
                argv[0],
                argv,
                _ENVIRONMENT,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, quiet, 0),
                    (os.POSIX_SPAWN_DUP2, self._output, 1),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, quiet, 0),
                ],
            )
        except OSError as error:
            os.close(self._output)
            raise CollectorError(
                f"apt-get can't be started ({error.strerror}); is coreutils installed?"
            ) from None

    def kill(self) -> None:
        """End it; what it has written is worth nothing."""
        # `timeout` made a group of its own, with apt-get in it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process, signal.SIGKILL)

    def output(self) -> str | None:
        """Return what it has written, "" if it failed, None while it runs."""
        process, status = os.waitpid(self._process, os.WNOHANG)
        if not process:
            if time.monotonic() - self._started > 2 * _SECONDS:
                self.kill()
            return None
        raw = os.pread(self._output, _MAX_OUTPUT, 0)
        os.close(self._output)
        if os.waitstatus_to_exitcode(status):
            return ""
        # Nothing to do is a result too.
        return raw.decode("utf-8", "replace") or "\n"


def collector(around: Surroundings) -> Collect:
    """Return the collector of updates and reboot_required; nothing without apt."""
    return _Packages(around)
