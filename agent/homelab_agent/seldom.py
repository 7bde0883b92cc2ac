"""Lists that change seldom, and when they go into a heartbeat.

They are told at the start, when they have changed, and every hour; to the hub, a list
that is left out has not changed. Where a heartbeat would grow too large, the next one
takes what has no room.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from .clock import Clock
from .collectors.sample import Sample
from .protocol.fields import dump_json, to_json
from .protocol.messages import Heartbeat, dump_message

SIZE = 16 * 1024
"""Bytes that a heartbeat should not exceed."""
_LEAST_ROOM = 4 * 1024
"""For a list, where the watched things alone fill the heartbeat."""
_MOST_ROOM = 64 * 1024
_HOUR = 3600.0
# A list of what could be watched is of no use without its end.
_CUT_TO_SIZE = {
    "available_services": False,
    "available_containers": False,
    "update_sets": False,
    "package_updates": True,
}


@dataclass(frozen=True)
class _Told:
    value: tuple[Any, ...]
    at: float


class Seldom:
    """What the hub has been told of these lists in this run."""

    def __init__(self, clock: Clock) -> None:
        """Start with nothing told."""
        self._clock = clock
        self._told: dict[str, _Told] = {}
        self._latest: dict[str, tuple[Any, ...]] = {}

    def add(self, heartbeat: Heartbeat, sample: Sample) -> Heartbeat:
        """Return the heartbeat with the lists that are due and have room."""
        due = {}
        for name in _CUT_TO_SIZE:
            value = getattr(sample, name)
            if value is not None and self._is_due(name, value):
                due[name] = value
        self._latest = due
        if not due:
            return heartbeat
        room = max(SIZE - len(dump_json(dump_message(heartbeat))), _LEAST_ROOM)
        added: dict[str, Any] = {}
        for name, value in due.items():
            # The first always goes, else none ever would.
            most = room if _CUT_TO_SIZE[name] or added else _MOST_ROOM
            fitting = _fitting(name, value, most)
            if added and len(fitting) < len(value):
                continue
            added[name] = fitting
            room -= _size(name, fitting)
        return dataclasses.replace(heartbeat, **added)

    def delivered(self, heartbeat: Heartbeat) -> None:
        """Note that the hub has what this heartbeat tells."""
        for name, value in self._latest.items():
            if getattr(heartbeat, name) is not None:
                self._told[name] = _Told(value, self._clock.boot())

    def _is_due(self, name: str, value: tuple[Any, ...]) -> bool:
        told = self._told.get(name)
        return (
            told is None or told.value != value or self._clock.boot() - told.at >= _HOUR
        )


def _fitting(name: str, value: tuple[Any, ...], room: int) -> tuple[Any, ...]:
    """Return as much of the beginning of a list as there is room for."""
    while value and _size(name, value) > room:
        value = value[: len(value) * 9 // 10]
    return value


def _size(name: str, value: tuple[Any, ...]) -> int:
    return len(dump_json({name: to_json(value)}))
