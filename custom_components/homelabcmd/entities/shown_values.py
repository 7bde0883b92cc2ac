"""One sensor's value on its way to the state machine, through its deadband."""

from datetime import datetime
import time

from homeassistant.helpers.typing import StateType

from ..core.deadband import (
    REFRESH_SECONDS,
    USAGE_CPU,
    USAGE_MEMORY,
    Deadband,
    Written,
    worth_writing,
)
from ..protocol.inventory import Container, Service

type Value = StateType | datetime
type Item = Service | Container


class ShownValue:
    """Decides whether a new value is shown, and how it is rounded."""

    def __init__(self, band: Deadband | None) -> None:
        """Without a band every change is shown as it is."""
        self._band = band
        self._written: Written | None = None
        self.shown: Value = None

    def take(self, value: Value, *, force: bool = False) -> bool:
        """Take over a value; return whether it is to be written.

        `force` writes it even if it hardly moved, for the first one after a gap.
        """
        if self._band is None:
            changed = value != self.shown
            self.shown = value
            return changed or force
        number = _number(value)
        now = time.monotonic()
        if not (force or worth_writing(self._band, self._written, number, now)):
            return False
        if number is None:
            self._written, self.shown = None, None
        else:
            self._written = Written(value=number, at=now)
            self.shown = (
                value if isinstance(value, datetime) else self._band.round(number)
            )
        return True


class Usage:
    """Decides when what a unit or container uses is worth a row of its own.

    It moves with every heartbeat and hardly matters: a quarter of an hour is soon
    enough, and a change of the state brings it along anyway.
    """

    def __init__(self) -> None:
        """Start with nothing shown."""
        self._at = time.monotonic()
        self._shown: Item | None = None

    def take(self, item: Item | None, *, shown: bool) -> bool:
        """Return whether to write an item; `shown` if it is written in any case."""
        now = time.monotonic()
        if not shown and not (
            now - self._at >= REFRESH_SECONDS and _moved(self._shown, item)
        ):
            return False
        self._at, self._shown = now, item
        return True


def _moved(before: Item | None, item: Item | None) -> bool:
    if before is None or item is None:
        return before is not item
    return (
        _counts(before) != _counts(item)
        or _stepped(USAGE_CPU, before.cpu_percent, item.cpu_percent)
        or _stepped(USAGE_MEMORY, before.memory_mb, item.memory_mb)
    )


def _counts(item: Item) -> int | None:
    return item.pid if isinstance(item, Service) else item.restarts


def _stepped(band: Deadband, before: float | None, value: float | None) -> bool:
    written = None if before is None else Written(value=before, at=0)
    return worth_writing(band, written, value, 0)


def _number(value: Value) -> float | None:
    if isinstance(value, datetime):
        return value.timestamp()
    return None if value is None else float(value)
