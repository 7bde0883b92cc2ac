"""The maintenance window of a server: when it may be worked on without a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any, Self

_WEEK = 7


class Day(StrEnum):
    """A day of the week, in the order of `datetime.weekday`, as Home Assistant has."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


@dataclass(frozen=True, kw_only=True)
class Window:
    """From a time until a time on some days, in Home Assistant's time zone.

    One that ends before it begins goes on until the next day.
    """

    days: frozenset[Day]
    start: time
    end: time

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what `as_data` returned."""
        return cls(
            days=frozenset(map(Day, data["days"])),
            start=time.fromisoformat(data["start"]),
            end=time.fromisoformat(data["end"]),
        )

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "days": [day.value for day in Day if day in self.days],
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
        }

    def next(self, local: datetime) -> tuple[datetime, datetime]:
        """Return when it is open next, from and until; now is within if it is open.

        `local` is a moment in Home Assistant's time zone.
        """
        # Two weeks: the only one of a week may fall into an hour that is left out.
        for ahead in range(-1, 2 * _WEEK + 1):
            day = local.date() + timedelta(days=ahead)
            if tuple(Day)[day.weekday()] not in self.days:
                continue
            opens = datetime.combine(day, self.start, local.tzinfo)
            overnight = timedelta(days=self.end <= self.start)
            closes = datetime.combine(day + overnight, self.end, local.tzinfo)
            # Compared as moments: on two nights a year the clock goes back or on, and
            # what lies in the hour that is left out then is no window.
            if closes.timestamp() > max(local.timestamp(), opens.timestamp()):
                return opens, closes
        raise ValueError("a window needs a day")
