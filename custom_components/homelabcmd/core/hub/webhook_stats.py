"""How the webhook fares: what was accepted, what was refused, how long it took."""

from collections import Counter, deque

from ...protocol.refusals import Code

_SAMPLES = 1000


class Stats:
    """Figures since Home Assistant started."""

    def __init__(self) -> None:
        """Start at zero."""
        self.heartbeats = 0
        self.refused: Counter[Code] = Counter()
        self._seconds: deque[float] = deque(maxlen=_SAMPLES)

    def took(self, seconds: float) -> None:
        """Take note of how long an accepted heartbeat took."""
        self.heartbeats += 1
        self._seconds.append(seconds)

    def p95_ms(self) -> float | None:
        """Return the 95th percentile of the last heartbeats in milliseconds."""
        if not self._seconds:
            return None
        ordered = sorted(self._seconds)
        return ordered[int(0.95 * (len(ordered) - 1))] * 1000
