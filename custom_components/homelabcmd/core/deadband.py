"""Which change of a figure is worth a row in the recorder: the only such place.

A figure is rounded to what a person can use and written when it has moved by its
deadband since it was last written; within a quarter of an hour it is written anyway
if it moved at all. So a step of twice the deadband is never late, and a figure that
rests costs nothing.
"""

from dataclasses import dataclass

REFRESH_SECONDS = 900


@dataclass(frozen=True, kw_only=True)
class Deadband:
    """How far a figure must move to be written, in its own unit."""

    step: float
    share: float = 0
    """Part of the last written value; the larger of the two counts."""
    digits: int = 0
    """Decimals that are shown and stored."""
    refresh: bool = True
    """Whether smaller moves are written after a quarter of an hour."""

    def round(self, value: float) -> float | int:
        """Return the figure as it is shown."""
        return round(value, self.digits or None)


CPU = Deadband(step=1)
MEMORY = Deadband(step=0.5, digits=1)
DISK = Deadband(step=0.1, digits=1)
MEMORY_GB = Deadband(step=0.1, share=0.01, digits=1)
DISK_GB = Deadband(step=0.1, share=0.005, digits=1)
LOAD = Deadband(step=0.1, digits=2)
TEMPERATURE = Deadband(step=1)
RATE = Deadband(step=1000, share=0.1)
POWER = Deadband(step=1)
POWER_SUM = Deadband(step=5, share=0.02)
"""Of all servers, each of which wavers."""
COUNTER = Deadband(step=1_000_000)
COUNT = Deadband(step=1)
COST = Deadband(step=0.01, digits=2)
USAGE_CPU = Deadband(step=5)
"""Of a unit or container; it is looked at once in `REFRESH_SECONDS`."""
USAGE_MEMORY = Deadband(step=10, share=0.1)
"""As USAGE_CPU, in MB."""
BOOT_TIME = Deadband(step=120, refresh=False)
"""Seconds: boot times are computed from clocks that are set now and then."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A figure as it was last written."""

    value: float
    at: float
    """Monotonic seconds."""


def worth_writing(
    band: Deadband, written: Written | None, value: float | None, mono: float
) -> bool:
    """Return whether the figure has moved enough; None is a figure that is missing."""
    if written is None or value is None:
        return (written is None) != (value is None)
    moved = abs(value - written.value)
    if moved >= max(band.step, band.share * abs(written.value)):
        return True
    return (
        band.refresh
        and mono - written.at >= REFRESH_SECONDS
        and band.round(value) != band.round(written.value)
    )
