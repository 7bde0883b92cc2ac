"""Log every kind of trouble once, and once that it is over."""

from __future__ import annotations

from . import log
from .clock import Clock
from .outcomes import Outcome, Refused
from .protocol.refusals import Code

_AWAY = "away"


class Troubles:
    """What stands between the agent and the hub since the last delivery."""

    def __init__(self, clock: Clock) -> None:
        """Start without any."""
        self._clock = clock
        self._since = 0.0
        self._told: set[str] = set()

    @property
    def seconds(self) -> float:
        """How long there has been trouble."""
        return self._clock.boot() - self._since if self._told else 0.0

    def note(self, outcome: Outcome) -> None:
        """Log a failed delivery, unless its kind was logged since the last success."""
        kind, text = _describe(outcome)
        if not self._told:
            self._since = self._clock.boot()
        if kind not in self._told:
            self._told.add(kind)
            log.warning(text)

    def over(self) -> None:
        """Log that the hub received a heartbeat after all."""
        if self._told:
            log.info(f"the hub receives heartbeats again after {self.seconds:.0f} s")
            self._told.clear()


def _describe(outcome: Outcome) -> tuple[str, str]:
    if not isinstance(outcome, Refused):
        # A hub that restarts refuses connections, then answers without a signature:
        # one outage, so one kind.
        reason = getattr(outcome, "reason", "")
        return _AWAY, f"heartbeat not delivered, trying on: {reason}"
    detail = outcome.detail
    if detail.code == Code.STARTING:
        return _AWAY, "the hub is starting, trying on"
    if outcome.signed:
        return (
            detail.code,
            f"the hub refuses, trying on: {detail.message}",
        )
    # Anybody may answer so, with any code: not each is a line of its own.
    known = detail.code in {code.value for code in Code}
    return f"unsigned {detail.code if known else ''}", (
        f"refused without the hub's signature, trying on: {detail.message}"
    )
