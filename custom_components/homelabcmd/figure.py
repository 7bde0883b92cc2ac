"""One sensor's value on its way to the state machine, through its deadband."""

from datetime import datetime
import time

from homeassistant.helpers.typing import StateType

from .core.deadband import Deadband, Written, worth_writing

type Value = StateType | datetime


class Figure:
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


def _number(value: Value) -> float | None:
    if isinstance(value, datetime):
        return value.timestamp()
    return None if value is None else float(value)
