"""Planned work on a server: alerts open and end as ever, but nobody is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_SECONDS = 366 * 86400


@dataclass(frozen=True, kw_only=True, slots=True)
class Maintenance:
    """A server's maintenance that is on."""

    ends: float | None = None
    """Monotonic seconds; None lasts until somebody ends it."""
    until: datetime | None = None
    """The same, to show."""


def begin(duration: float | None, wall: datetime, mono: float) -> Maintenance:
    """Begin now, for so many seconds or until it is ended."""
    if duration is None:
        return Maintenance()
    duration = min(max(duration, 0), MAX_SECONDS)
    return Maintenance(ends=mono + duration, until=_after(wall, duration))


def over(maintenance: Maintenance, mono: float) -> bool:
    """Return whether its time has passed."""
    return maintenance.ends is not None and mono >= maintenance.ends


def left(maintenance: Maintenance, mono: float) -> float | None:
    """Return the seconds that are left of it."""
    return None if maintenance.ends is None else max(maintenance.ends - mono, 0)


def resume(
    seconds: float | None, until: datetime | None, wall: datetime, mono: float
) -> Maintenance:
    """Take maintenance up after a restart.

    The time that we were away counts, as far as the wall clock knows; one that was
    set back can't make it longer than what was left of it.
    """
    if seconds is None:
        return Maintenance()
    if until is not None:
        seconds = min(seconds, (until - wall).total_seconds())
    return begin(seconds, wall, mono)


def _after(wall: datetime, seconds: float) -> datetime | None:
    try:
        return wall + timedelta(seconds=seconds)
    except OverflowError:
        return None
