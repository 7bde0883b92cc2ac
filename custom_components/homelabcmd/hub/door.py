"""Who is let in: fresh messages, not too many, from the machine that we know."""

import time

from homeassistant.util import dt as dt_util

from ..const import LOGGER
from ..core.servers import server
from ..core.servers.admission import Caller, Gate
from ..core.servers.identity import Verdict
from ..protocol.messages import Heartbeat, Message
from ..servers.coordinator import ServerCoordinator
from ..servers.issues import ServerIssues


class Door:
    """Judges every message before it is taken in."""

    def __init__(self, issues: ServerIssues, *, crashed: bool) -> None:
        """Count the start from now; `crashed` is how the last one ended."""
        self._issues = issues
        self._gate = Gate(dt_util.utcnow(), time.monotonic(), crashed=crashed)

    def follow_the_clock(self) -> None:
        """Go on when the clock was set, and say so if it was set back."""
        behind = self._gate.follow(dt_util.utcnow(), time.monotonic())
        if behind:
            LOGGER.warning(
                "The clock was set back to %.0f s before HomelabCmd started. It goes "
                "on by the new time; if that is wrong, set the clock of this machine",
                behind,
            )

    def admit(self, caller: Caller) -> None:
        """Let a signed message in; raises Refusal if it is not fresh."""
        self.follow_the_clock()
        self._gate.admit(caller, dt_util.utcnow(), time.monotonic())

    def count(self, caller: Caller, kind: str | None) -> None:
        """Take note of an admitted message; raises Refusal if there are too many.

        What can't be read counts as a heartbeat.
        """
        self._gate.count(caller, kind or Heartbeat.type, time.monotonic())

    def judge(
        self, coordinator: ServerCoordinator, message: Message, now: float
    ) -> Verdict:
        """Return whether a message is new or stale; raises Refusal for a stranger's."""
        if isinstance(message, Heartbeat):
            verdict = server.judge(coordinator.data, message, now)
        else:
            verdict = server.judge_other(coordinator.data, message, now)
        if verdict in (Verdict.OTHER_MACHINE, Verdict.TWO_RUNS):
            raise self._issues.refuse(coordinator, message, verdict, now)
        return verdict

    def drop(self, server_id: str) -> None:
        """Forget a server that was removed."""
        self._gate.drop(server_id)
