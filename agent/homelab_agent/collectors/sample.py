"""What a collector returns: the parts of a heartbeat that it knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any

from ..protocol.fields import boolean, integer, list_of, number, object_of, text
from ..protocol.inventory import (
    Container,
    Disk,
    Host,
    Metrics,
    Network,
    OsInfo,
    PackageUpdate,
    Service,
    Temperature,
    UpdateSet,
)

GB = 10**9
MB = 10**6
_ID = text(128)
_MAX_ITEMS = 2000
_names = list_of(text(1024), _MAX_ITEMS)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The findings of one collector, or of several combined; None is not known."""

    metrics: Annotated[Metrics | None, object_of(Metrics)] = None
    host: Annotated[Host | None, object_of(Host)] = None
    os_info: Annotated[OsInfo | None, object_of(OsInfo)] = None
    machine_id: Annotated[str | None, _ID] = None
    boot_id: Annotated[str | None, _ID] = None
    disks: Annotated[tuple[Disk, ...] | None, list_of(object_of(Disk), _MAX_ITEMS)] = (
        None
    )
    networks: Annotated[
        tuple[Network, ...] | None, list_of(object_of(Network), _MAX_ITEMS)
    ] = None
    temperatures: Annotated[
        tuple[Temperature, ...] | None, list_of(object_of(Temperature), _MAX_ITEMS)
    ] = None
    services: Annotated[
        tuple[Service, ...] | None, list_of(object_of(Service), _MAX_ITEMS)
    ] = None
    containers: Annotated[
        tuple[Container, ...] | None, list_of(object_of(Container), _MAX_ITEMS)
    ] = None
    power_watts: Annotated[float | None, number(0, 1e6)] = None
    updates_available: Annotated[int | None, integer()] = None
    security_updates: Annotated[int | None, integer()] = None
    reboot_required: Annotated[bool | None, boolean] = None
    package_updates: Annotated[
        tuple[PackageUpdate, ...] | None, list_of(object_of(PackageUpdate), _MAX_ITEMS)
    ] = None
    """This and what could be watched are always complete here; what of it goes into a
    heartbeat is decided later."""
    update_sets: Annotated[
        tuple[UpdateSet, ...] | None, list_of(object_of(UpdateSet), 2)
    ] = None
    available_services: Annotated[tuple[str, ...] | None, _names] = None
    available_containers: Annotated[tuple[str, ...] | None, _names] = None
    trouble: Annotated[str | None, text(1024)] = None
    """What went wrong although the rest is good, and what to do."""


Collect = Callable[[], Sample]
"""Measures once; raises what it likes when it can't."""


def combine(first: Sample, second: Sample) -> Sample:
    """Return both findings in one; where both know something, the second wins."""
    both: Sample = _combine(first, second)
    return both


def _combine(first: Any, second: Any) -> Any:  # noqa: ANN401 - a tree of dataclasses
    if first is None or second is None:
        return first if second is None else second
    if not is_dataclass(first):
        return second
    both = {
        field.name: _combine(getattr(first, field.name), getattr(second, field.name))
        for field in fields(first)
    }
    kind: Any = type(first)
    return kind(**both)
