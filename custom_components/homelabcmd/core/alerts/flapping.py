"""A subject that changes back and forth is held as one alert rather than told as many.

It flaps when it changed so often within the window, and is steady again when it did
not change for as long. What is worse than anything it has shown is no flapping: a
level that it never reached before ends the hold.
"""

from dataclasses import dataclass

from .rule_settings import Bound


@dataclass(frozen=True, kw_only=True, slots=True)
class Flaps:
    """The recent changes of one subject."""

    changes: tuple[float, ...] = ()
    """Monotonic seconds of each, as many as decide."""
    peak: int = 0
    """The highest level among them."""
    on: bool = False


STEADY = Flaps()


def follow(
    flaps: Flaps, before: int, level: int, limit: Bound, mono: float, *, changed: bool
) -> Flaps:
    """Return the changes after a reading that took a subject from level to level."""
    if not changed and (
        not flaps.changes or _stands(flaps, before, level, limit, mono)
    ):
        return flaps
    recent = tuple(at for at in flaps.changes if mono - at < limit.duration)
    peak = max(flaps.peak if recent else 0, before)
    if changed:
        recent = (*recent, mono)[-int(limit.threshold) :]
    if not recent:
        return STEADY
    enough = changed and len(recent) >= limit.threshold
    after = Flaps(
        changes=recent,
        peak=max(peak, level),
        on=level <= peak and (flaps.on or enough),
    )
    return flaps if after == flaps else after


def _stands(flaps: Flaps, before: int, level: int, limit: Bound, mono: float) -> bool:
    """Return whether nothing of the flaps is over, as is mostly so."""
    return before == level <= flaps.peak and mono - flaps.changes[0] < limit.duration
