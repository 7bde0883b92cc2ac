"""How the watched containers are.

The root helper asks the engines. That costs a start of Python each time, so it is done
every five minutes, and at once when the control groups show that a container came or
went: that a container stops is seen by the next heartbeat, that one becomes unhealthy
within five minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..protocol.inventory import Container
from ..text import clean
from .cgroups import Cgroups
from .errors import CollectorError
from .helper import HelperLateError, HelperMissingError
from .sample import Collect, Sample
from .units import FAILED, NOT_KNOWN, RUNNING, STOPPED
from .watch import without_excess

if TYPE_CHECKING:
    from .surroundings import Surroundings

_SLOW, _QUICK = 300.0, 20.0
"""Seconds between two questions, without and with a reason to ask."""
_IDLE = "not running"
"""The helper's note of an engine that is not there or was stopped."""
_CUT = "only "
"""How its note of an engine with very many containers begins."""
_LOOK_AT = {"docker": "docker", "podman": "podman.socket"}
# The states of both engines.
_STATUS = {
    "running": RUNNING,
    "healthy": RUNNING,
    "unhealthy": RUNNING,
    "starting": RUNNING,
    "restarting": FAILED,
    "dead": FAILED,
    "created": STOPPED,
    "initialized": STOPPED,
    "configured": STOPPED,
    "paused": STOPPED,
    "stopping": STOPPED,
    "stopped": STOPPED,
    "exited": STOPPED,
    "removing": STOPPED,
}


@dataclass(frozen=True, kw_only=True)
class _Found:
    engine: str
    id: str
    image: str | None
    state: str
    health: str | None
    restarts: int | None


class _Containers:
    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._groups = Cgroups(around, working_set=True)
        self._found: dict[str, _Found] | None = None
        self._idle: frozenset[str] = frozenset()
        """The engines that do not run."""
        self._before: dict[str, _Found] = {}
        """What was found when their engines last told of them."""
        self._asked_at: float | None = None
        self._asked_for: tuple[object, ...] = ()
        self._trouble: str | None = None

    def __call__(self) -> Sample:
        names, excess = without_excess(self._around.watch.containers)
        running = self._groups.containers()
        self._ask((names, frozenset(running)), wanted=bool(names or running))
        found = self._found or {}
        containers = tuple(self._described(name, found, running) for name in names)
        self._groups.end_cycle()
        return Sample(
            containers=containers,
            available_containers=tuple(sorted(found)) if self._found else None,
            trouble=excess or self._trouble,
        )

    def _ask(self, reason: tuple[object, ...], *, wanted: bool) -> None:
        now = self._around.boot()
        age = now - self._asked_at if self._asked_at is not None else None
        pause = _QUICK if reason != self._asked_for else _SLOW
        # A server that shows no sign of a container may have stopped ones: once at the
        # start, and again when something happens, is enough for those.
        if age is not None and (age < pause or not (wanted or pause == _QUICK)):
            return
        self._asked_at, self._asked_for = now, reason
        well = self._trouble is None
        try:
            self._take(self._around.helper.ask("containers"))
        except HelperLateError:
            # Its answer can be read in the next cycle.
            self._asked_for = ()
            self._asked_at = now - _QUICK
        except HelperMissingError as error:
            self._found = None
            self._trouble = str(error) if self._around.watch.containers else None
        except CollectorError as error:
            self._trouble = str(error)
        if well and self._trouble is not None:
            # An engine that is just being stopped or started, more likely than not.
            self._asked_for = ()

    def _take(self, answer: dict[str, Any]) -> None:
        self._found = _read(answer)
        self._trouble = notes(answer)
        noted = _notes(answer)
        self._idle = frozenset(e for e, text in noted.items() if text == _IDLE)
        silent = {n: c for n, c in self._before.items() if c.engine in noted}
        self._before = silent | self._found

    def _absent(self, name: str, running: dict[str, str]) -> Container:
        """Describe a container that no engine tells of."""
        before = self._before.get(name)
        if self._found is not None and before and before.engine in self._idle:
            # Docker's go on where only Docker itself fell.
            status = RUNNING if before.id in running else STOPPED
            return Container(
                name=name,
                image=before.image,
                status=status,
                detail=f"{before.engine} is not running",
            )
        complete = self._found is not None and self._trouble is None
        detail = "not-found" if complete else None
        return Container(name=name, status=NOT_KNOWN, detail=detail)

    def _described(
        self, name: str, found: dict[str, _Found], running: dict[str, str]
    ) -> Container:
        if (container := found.get(name)) is None:
            return self._absent(name, running)
        folder = running.get(container.id)
        usage = self._groups.usage(folder) if folder else None
        return Container(
            name=name,
            image=container.image,
            status=_STATUS.get(container.state, NOT_KNOWN),
            detail=container.state,
            health=container.health,
            cpu_percent=usage.cpu_percent if usage else None,
            memory_mb=usage.memory_mb if usage else None,
            restarts=container.restarts,
        )


def collector(around: Surroundings) -> Collect:
    """Return the collector of containers and available_containers."""
    return _Containers(around)


def _read(answer: dict[str, Any]) -> dict[str, _Found]:
    """Return the containers by name; what is odd is left out."""
    listed = answer.get("containers")
    found: dict[str, _Found] = {}
    for container in listed if isinstance(listed, list) else ():
        if not isinstance(container, dict):
            continue
        name = clean(str(container.get("name") or ""))
        # Of two engines that have the same name, Docker was listed first.
        if not name or name in found:
            continue
        health, restarts = container.get("health"), container.get("restarts")
        whole = isinstance(restarts, int) and 0 <= restarts < 2**63
        found[name] = _Found(
            engine=str(container.get("engine")),
            id=str(container.get("id")),
            image=clean(str(container.get("image") or "")),
            state=clean(str(container.get("state") or "").lower()) or NOT_KNOWN,
            health=clean(str(health)) if health else None,
            restarts=restarts if whole else None,
        )
    return found


def notes(answer: dict[str, Any]) -> str | None:
    """Return what the helper says about engines that do not answer, and what to do."""
    said = []
    for engine, text in _notes(answer).items():
        if text == _IDLE:
            continue
        unit = None if text.startswith(_CUT) else _LOOK_AT.get(engine)
        look = f"; look at: systemctl status {unit}" if unit else ""
        said.append(f"{engine}: {text}{look}")
    return clean("; ".join(said), 500)


def _notes(answer: dict[str, Any]) -> dict[str, str]:
    noted = answer.get("notes")
    return {str(k): str(v) for k, v in noted.items()} if isinstance(noted, dict) else {}
