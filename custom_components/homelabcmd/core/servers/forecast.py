"""When a disk will be full, as far as its past says so.

A straight line through the last two weeks, by least squares. It is told only if the
disk has really been filling up like that: who was promised three months and gets three
days will not believe the next one.
"""

from collections.abc import Sequence
from statistics import StatisticsError, correlation, linear_regression
from typing import NamedTuple

WINDOW_DAYS = 14
"""How far back is looked."""

_DAY = 86400
_MIN_POINTS = 84
"""Half the hours of a week."""
_MIN_SPAN = 7 * _DAY
_MAX_AGE = _DAY
"""Seconds; what was measured longer ago says nothing of now."""
_MIN_RISE = 1.0
"""Points in all; less may be a log file, and noise."""
_MIN_FIT = 0.8
"""The share of what happened that the line explains (the square of the correlation)."""
_MAX_OFF = 2.0
"""Points between the line and the newest value: something was deleted, or copied."""
_MAX_CHANGE = 3.0
"""How many times faster one half of the time may be than the other: a single big copy
explains itself by a line, too."""
_MAX_DAYS = 365


class Point(NamedTuple):
    """How full a disk was."""

    moment: float
    """Seconds since 1970."""
    percent: float


def full_at(points: Sequence[Point], now: float) -> float | None:
    """Return the moment at which a disk will be full; None where that can't be said.

    The points are in the order of their time.
    """
    if len(points) < _MIN_POINTS or not _is_recent(points, now):
        return None
    slope = _slope(points)
    if slope is None or not (_fits(points, slope) and _is_steady(points)):
        return None
    last = points[-1]
    seconds = (100 - last.percent) / slope
    return last.moment + seconds if 0 < seconds <= _MAX_DAYS * _DAY else None


def _is_recent(points: Sequence[Point], now: float) -> bool:
    first, last = points[0].moment, points[-1].moment
    return last - first >= _MIN_SPAN and now - last <= _MAX_AGE


def _slope(points: Sequence[Point]) -> float | None:
    """Return the points per second by which a disk fills up; None if it does not."""
    try:
        slope, _ = linear_regression(*_axes(points))
    except StatisticsError:
        return None
    return slope if slope > 0 else None


def _fits(points: Sequence[Point], slope: float) -> bool:
    """Return whether the line is what happened."""
    moments, values = _axes(points)
    if slope * moments[-1] < _MIN_RISE:
        return False
    _, start = linear_regression(moments, values)
    off = abs(values[-1] - (start + slope * moments[-1]))
    return off <= _MAX_OFF and correlation(moments, values) ** 2 >= _MIN_FIT


def _is_steady(points: Sequence[Point]) -> bool:
    """Return whether it happened all the time."""
    half = len(points) // 2
    slopes = _slope(points[:half]), _slope(points[half:])
    if None in slopes:
        return False
    slow, fast = sorted(slope for slope in slopes if slope is not None)
    return fast <= _MAX_CHANGE * slow


def _axes(points: Sequence[Point]) -> tuple[list[float], list[float]]:
    """Return times, from the first on, and values.

    With seconds since 1970 the squares would lose their last digits.
    """
    first = points[0].moment
    return (
        [point.moment - first for point in points],
        [point.percent for point in points],
    )
