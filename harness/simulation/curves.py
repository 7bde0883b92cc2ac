"""How busy the hours of a day are, and counters that follow them."""

from dataclasses import dataclass
from functools import cached_property
import math

from .noise import lattice

HOUR = 3600.0
DAY = 24 * HOUR

# Period in seconds, and the part of the rate that swings with it: together below 1.
_SWINGS = ((53.0, 0.25), (331.0, 0.25), (1741.0, 0.2), (9433.0, 0.15))


@dataclass(frozen=True)
class Curve:
    """The level of a day at each full hour, 0 to 100; straight lines in between."""

    levels: tuple[int, ...]

    @cached_property
    def _sums(self) -> tuple[float, ...]:
        """The integral from midnight to each full hour, in seconds of full level."""
        sums = [0.0]
        for hour in range(24):
            mean = (self._at(hour) + self._at(hour + 1)) / 2
            sums.append(sums[-1] + mean * HOUR)
        return tuple(sums)

    def _at(self, hour: int) -> float:
        return self.levels[hour % 24] / 100

    def level(self, seconds: float) -> float:
        """Return the level from 0 to 1; `seconds` are of the local clock."""
        hour, place = divmod(seconds % DAY / HOUR, 1)
        start, end = self._at(int(hour)), self._at(int(hour) + 1)
        return start + (end - start) * place

    def integral(self, seconds: float) -> float:
        """Return the area below the curve since 1970, in seconds of full level."""
        days, rest = divmod(seconds, DAY)
        hour, place = divmod(rest / HOUR, 1)
        start = self._at(int(hour))
        mean = start + (self._at(int(hour) + 1) - start) * place / 2
        return days * self._sums[24] + self._sums[int(hour)] + mean * place * HOUR


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A stream of bytes that never stands still: its counter only ever rises.

    The counter is the curve's integral on a clock that runs now faster, now slower,
    so the rate is lively and the counter still needs no memory.
    """

    seed: str
    curve: Curve
    base: float
    """Bytes a second at any time."""
    peak: float
    """Bytes a second on top where the curve is at its height."""

    def rate(self, seconds: float) -> float:
        """Return the bytes a second at a moment."""
        shifted, speed = self._clock(seconds)
        return (self.base + self.peak * self.curve.level(shifted)) * speed

    def counted(self, seconds: float) -> float:
        """Return the bytes since 1970."""
        shifted, _ = self._clock(seconds)
        return self.base * shifted + self.peak * self.curve.integral(shifted)

    def _clock(self, seconds: float) -> tuple[float, float]:
        shifted, speed = seconds, 1.0
        for number, (period, share) in enumerate(_SWINGS):
            turn = 2 * math.pi / period
            angle = turn * seconds + math.pi * lattice(self.seed, number)
            shifted += share / turn * math.sin(angle)
            speed += share * math.cos(angle)
        return shifted, speed


def _curve(night: str, morning: str, afternoon: str, evening: str) -> Curve:
    """Return a curve of four times six hours."""
    hours = f"{night} {morning} {afternoon} {evening}".split()
    return Curve(tuple(int(level) for level in hours))


STEADY = _curve(
    "60 55 50 50 50 50", "55 60 65 70 75 75", "75 75 75 75 75 80", "85 85 80 75 70 65"
)
OFFICE = _curve(
    "5 5 5 5 5 5", "10 20 55 85 95 90", "60 75 95 100 85 55", "30 25 20 15 10 5"
)
EVENING = _curve(
    "25 8 5 5 5 5", "5 8 10 10 10 12", "15 15 15 18 25 40", "60 85 100 100 90 55"
)
NIGHT = _curve("5 15 95 100 95 55", "10 3 3 3 3 3", "3 3 3 3 3 3", "3 3 3 3 3 3")
VISITORS = _curve(
    "20 12 8 6 6 8", "15 30 50 65 75 80", "85 80 80 80 85 90", "95 100 95 80 60 35"
)
HOME = _curve(
    "15 12 10 10 10 15", "45 75 60 40 35 40", "50 40 35 40 55 80", "95 100 100 85 55 25"
)
