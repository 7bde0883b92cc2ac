"""What a collector returns: the parts of a heartbeat that it knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any

from ..protocol.fields import object_of, text
from ..protocol.inventory import Host, Metrics, OsInfo

GB = 10**9
_ID = text(128)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The findings of one collector, or of several combined; None is not known."""

    metrics: Annotated[Metrics | None, object_of(Metrics)] = None
    host: Annotated[Host | None, object_of(Host)] = None
    os_info: Annotated[OsInfo | None, object_of(OsInfo)] = None
    machine_id: Annotated[str | None, _ID] = None
    boot_id: Annotated[str | None, _ID] = None


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
