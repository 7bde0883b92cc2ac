"""Is a subject well or not: thresholds, the band below them, and durations.

A level is reached when the value was at its threshold or above for its duration, and
left when the value is at its clear threshold or below; between the two nothing moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .rule_settings import Bound

SLACK = 0.5
"""Seconds: a heartbeat that is a blink early must not cost a whole interval."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """How a subject fares."""

    level: int = 0
    """The level that is reached; 0 is well."""
    since: tuple[float | None, ...] = ()
    """Per level, the monotonic seconds from which its threshold was reached."""

    @property
    def stirred(self) -> bool:
        """Whether a level is reached, or its duration is running."""
        return self.level > 0 or any(start is not None for start in self.since)


WELL = Condition()


def judge(
    bounds: Sequence[Bound | None], condition: Condition, value: float, mono: float
) -> Condition:
    """Return the condition after a reading; the same object if nothing changed."""
    since = _since(bounds, condition.since, value, mono)
    level = max(_reached(bounds, since, mono), _kept(bounds, condition.level, value))
    if level == condition.level and since == condition.since:
        return condition
    after = Condition(level=level, since=since)
    return after if after.stirred else WELL


def _since(
    bounds: Sequence[Bound | None],
    before: tuple[float | None, ...],
    value: float,
    mono: float,
) -> tuple[float | None, ...]:
    """Return from when each threshold has been reached."""
    since: list[float | None] = []
    for number, bound in enumerate(bounds):
        start = before[number] if before else None
        if bound is None or value < bound.threshold:
            start = None
        elif start is None:
            start = mono
        since.append(start)
    return tuple(since)


def _reached(
    bounds: Sequence[Bound | None], since: Sequence[float | None], mono: float
) -> int:
    for number in range(len(bounds), 0, -1):
        bound, start = bounds[number - 1], since[number - 1]
        if (
            bound is not None
            and start is not None
            and mono - start >= bound.duration - SLACK
        ):
            return number
    return 0


def _kept(bounds: Sequence[Bound | None], level: int, value: float) -> int:
    """Return the level, from the one it was at down, that the value still holds."""
    for number in range(level, 0, -1):
        bound = bounds[number - 1]
        if bound is not None and (value > bound.clear or value >= bound.threshold):
            return number
    return 0


def interrupted(condition: Condition) -> Condition:
    """Return the condition with its durations to start anew."""
    if all(start is None for start in condition.since):
        return condition
    if condition.level == 0:
        return WELL
    return Condition(level=condition.level, since=(None,) * len(condition.since))
