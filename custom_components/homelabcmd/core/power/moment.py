"""A moment by both clocks, and the months of Home Assistant's time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cached_property

_MONTHS = 12


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Now: durations are judged on `mono`, months and hours on `wall`."""

    mono: float
    """Monotonic seconds."""
    wall: datetime
    zone: tzinfo
    """Home Assistant's."""

    def earlier(self, mono: float) -> datetime:
        """Return the wall time of an earlier moment."""
        return self.wall - timedelta(seconds=self.mono - mono)

    @cached_property
    def month(self) -> str:
        """The month, as 2026-03."""
        return month_of(self.wall, self.zone)

    def month_at(self, mono: float) -> str:
        """Return the month of an earlier moment."""
        return month_of(self.earlier(mono), self.zone)


def month_of(wall: datetime, zone: tzinfo) -> str:
    """Return the month of a moment, as 2026-03."""
    local = wall.astimezone(zone)
    return f"{local.year:04}-{local.month:02}"


def month_start(month: str, zone: tzinfo) -> datetime:
    """Return when a month begins."""
    year, number = map(int, month.split("-"))
    return datetime(year, number, 1, tzinfo=zone)


def month_before(month: str) -> str:
    """Return the month before."""
    return _shifted(month, -1)


def month_ends(start: float, now: Moment) -> Iterator[float]:
    """Yield the monotonic seconds between `start` and now at which a month began."""
    month = now.month_at(start)
    while month < now.month:
        month = _shifted(month, 1)
        # Compared as moments: subtracting local times would forget summer time.
        begins = month_start(month, now.zone).timestamp()
        yield now.mono - (now.wall.timestamp() - begins)


def _shifted(month: str, by: int) -> str:
    year, number = map(int, month.split("-"))
    year, rest = divmod(year * _MONTHS + number - 1 + by, _MONTHS)
    return f"{year:04}-{rest + 1:02}"
