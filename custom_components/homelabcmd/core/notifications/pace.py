"""How often a target is written to: not too many at a time, and slower while it fails.

Times are monotonic seconds.
"""

from dataclasses import dataclass, replace

WINDOW_SECONDS = 60
MOST_IN_WINDOW = 5
"""Messages of their own to one target; what is more becomes one that sums them up."""
SETTLE_SECONDS = 10
"""How long a flood is given to end before it is summed up."""
RETRY_SECONDS = 15 * 60
"""For how long a message is tried."""
_FIRST_RETRY = 5
_LONGEST_RETRY = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """What was sent to one target lately, and since when it fails."""

    sent: tuple[float, ...] = ()
    """When messages were sent within the window."""
    summed_up: float | None = None
    """When there was a summary last."""
    failures: int = 0
    """How often it failed in a row."""
    retry_at: float = 0

    def resting(self, mono: float) -> bool:
        """Return whether it is too soon to try again."""
        return self.failures > 0 and mono < self.retry_at

    def lately(self, mono: float) -> int:
        """Return how many messages were sent within the window."""
        return sum(mono - at < WINDOW_SECONDS for at in self.sent)

    def may_sum_up(self, waiting_since: float, mono: float) -> bool:
        """Return whether a flood is summed up now: once a minute, when it settled."""
        if mono - waiting_since < SETTLE_SECONDS:
            return False
        return self.summed_up is None or mono - self.summed_up >= WINDOW_SECONDS

    def delivered(self, mono: float, *, counts: bool, summary: bool) -> Pace:
        """Return the pace after a message got through."""
        sent = tuple(at for at in self.sent if mono - at < WINDOW_SECONDS)
        return Pace(
            sent=(*sent, mono) if counts else sent,
            summed_up=mono if summary else self.summed_up,
        )

    def failed(self, mono: float) -> Pace:
        """Return the pace after a message did not get through."""
        delay = min(_FIRST_RETRY * 2**self.failures, _LONGEST_RETRY)
        return replace(self, failures=self.failures + 1, retry_at=mono + delay)
