"""Which containers restart again and again, by what their engine has counted.

An engine that starts a container anew each time it ends shows it as running whenever
somebody looks; only its count of restarts tells.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from ...protocol.fields import integer, list_of, number, text
from ...protocol.inventory import Container

WINDOW = 600
"""Seconds in which the count must have risen so often."""
RISES = 3
MAX_CONTAINERS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Restarts:
    """The count of a container, and when it rose of late."""

    name: Annotated[str, text(1024)]
    count: Annotated[int, integer()]
    """The last that was told."""
    rises: Annotated[tuple[float, ...], list_of(number(0, WINDOW), RISES)] = ()
    """Seconds since each time it was seen to have risen, the last ones."""

    @property
    def looping(self) -> bool:
        """Whether it restarts again and again."""
        return len(self.rises) >= RISES


def follow(
    known: Mapping[str, Restarts], told: Iterable[Container], passed: float
) -> Mapping[str, Restarts]:
    """Return the counts after a heartbeat that came `passed` seconds after another.

    A count that falls is that of a container that was created anew, and one that is
    missing says nothing.
    """
    aged = {name: _aged(item, passed) for name, item in known.items()}
    after = {}
    for container in told:
        name, before = container.name, aged.get(container.name)
        if container.restarts is not None:
            after[name] = _counted(name, before, container.restarts)
        elif before is not None:
            after[name] = before
    for name, before in aged.items():
        if before.rises and name not in after and len(after) < MAX_CONTAINERS:
            after[name] = before
    return after


def _aged(item: Restarts, passed: float) -> Restarts:
    if not item.rises:
        return item
    rises = tuple(age + passed for age in item.rises if age + passed <= WINDOW)
    return Restarts(name=item.name, count=item.count, rises=rises)


def _counted(name: str, before: Restarts | None, count: int) -> Restarts:
    if before is None:
        return Restarts(name=name, count=count)
    if count == before.count:
        return before
    rises = before.rises
    if count > before.count:
        rises = (*rises, 0.0)[-RISES:]
    return Restarts(name=name, count=count, rises=rises)
