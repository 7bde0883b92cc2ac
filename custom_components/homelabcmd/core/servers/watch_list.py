"""Which units and containers the user wants watched, and what is said of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from ...protocol.fields import text
from ...protocol.inventory import Container, Service
from ...protocol.refusals import Refusal

MAX_NAME = 255
"""Characters of a unit's or container's name, as systemd and the engines have it."""
MAX_WATCHED = 100
"""Units, and as many containers: their names must fit an answer."""

_SERVICE = ".service"
_UNIT_TYPES = (
    ".automount",
    ".device",
    ".mount",
    ".path",
    ".scope",
    ".service",
    ".slice",
    ".socket",
    ".swap",
    ".target",
    ".timer",
)
_NAME = text(MAX_NAME)
_RUNS = {"running": True, "stopped": False, "failed": False}
_NOT_FOUND = "not-found"


class Problem(StrEnum):
    """Why a watched item is not simply running or stopped."""

    NOT_FOUND = "not_found"
    NOT_REPORTED = "not_reported"
    RESTARTING = "restarting"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A unit or container to watch."""

    name: str
    critical: bool = True
    """Whether it being down raises an alert."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what `as_data` returned."""
        return cls(name=data["name"], critical=data["critical"])

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"name": self.name, "critical": self.critical}


def unit_name(name: str) -> str:
    """Return a unit's name without `.service`, which systemd adds by itself."""
    short = name.removesuffix(_SERVICE)
    return name if not short or short.endswith(_UNIT_TYPES) else short


def usable(name: str) -> bool:
    """Return whether a name can travel to the agent."""
    try:
        return bool(_NAME(name, "name").strip())
    except Refusal:
        return False


def tidied(items: Iterable[Watched], *, units: bool) -> tuple[Watched, ...]:
    """Return the items once each, by the names they are known by."""
    found: dict[str, Watched] = {}
    for item in items:
        name = item.name.strip()
        name = unit_name(name) if units else name
        found.setdefault(name, Watched(name=name, critical=item.critical))
    return tuple(found.values())


def runs(item: Service | Container | None, *, looping: bool = False) -> bool | None:
    """Return whether something watched is up; None where that is not known.

    `looping` is whether it restarts again and again: as good as down.
    """
    running = _RUNS.get(item.status) if item is not None else None
    return running and not looping


def outline(item: Service | Container | None) -> object:
    """Return what of an item is worth a row when it changes, not what it uses."""
    if item is None:
        return None
    return item.status, item.detail, getattr(item, "health", None)


def problem(
    item: Service | Container | None, *, restarting: bool = False
) -> Problem | None:
    """Return what the user should know of an item besides its status."""
    if item is None:
        return Problem.NOT_REPORTED
    if item.detail == _NOT_FOUND:
        return Problem.NOT_FOUND
    if restarting:
        return Problem.RESTARTING
    if isinstance(item, Container) and item.health == Problem.UNHEALTHY:
        return Problem.UNHEALTHY
    return None
