"""The two threads that a managed server has: one listens, one reports results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import threading

from ..clock import Clock
from ..outcomes import Delivered, Outcome, code_of, is_removed
from ..protocol.messages import CommandResult, Wait
from ..protocol.refusals import Code
from .branch import Branch
from .desk import Desk
from .entry import Result

LONG_POLL_SECONDS = 25.0
"""After which the hub answers in any case."""
SHORTEST = 5.0
"""Seconds between two questions when an answer came at once and brought nothing: there
may be a proxy in between that does not wait."""
_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 60.0


@dataclass(frozen=True)
class Sender:
    """Who sends, as every message says."""

    server_id: str
    run_id: str
    machine_id: str | None


def start(work: Callable[[], None], name: str) -> None:
    """Run something beside the heartbeats until the agent ends."""
    threading.Thread(target=work, name=name, daemon=True).start()


class Listener:
    """Asks the hub for commands, and is answered when there are some."""

    def __init__(
        self,
        branch: Branch,
        desk: Desk,
        clock: Clock,
        sender: Sender,
        wanted: Callable[[], bool],
    ) -> None:
        """Take who says whether there can be any: in monitor mode there are none."""
        self._branch = branch
        self._desk = desk
        self._clock = clock
        self._sender = sender
        self._wanted = wanted

    def run(self) -> None:
        """Listen until the server is removed or managed no longer."""
        pause = _FIRST_PAUSE
        while self._wanted():
            asked = self._clock.boot()
            outcome = self._branch.send(
                Wait(
                    server_id=self._sender.server_id,
                    machine_id=self._sender.machine_id,
                    run_id=self._sender.run_id,
                    accepted=self._desk.accepted(),
                )
            )
            if is_removed(outcome):
                return
            if not isinstance(outcome, Delivered):
                self._clock.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            news = self._desk.offered(outcome.reply.pending_commands)
            early = asked + SHORTEST - self._clock.boot()
            if not news and early > 0:
                self._clock.sleep(early)


class Courier:
    """Brings results to the hub until it has them."""

    def __init__(
        self, branch: Branch, desk: Desk, clock: Clock, sender: Sender
    ) -> None:
        """Take what to send, and by which way."""
        self._branch = branch
        self._desk = desk
        self._clock = clock
        self._sender = sender

    def run(self) -> None:
        """Report until the server is removed."""
        pause = _FIRST_PAUSE
        while True:
            self._desk.news.wait()
            self._desk.news.clear()
            while untold := self._desk.untold():
                outcomes = [self._tell(*each) for each in untold.items()]
                if any(map(is_removed, outcomes)):
                    return
                if all(map(_has_it, outcomes)):
                    pause = _FIRST_PAUSE
                    continue
                # News cut a pause short, but not the ones that follow.
                self._clock.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _tell(self, command_id: str, result: Result) -> Outcome:
        outcome = self._branch.send(
            CommandResult(
                server_id=self._sender.server_id,
                machine_id=self._sender.machine_id,
                run_id=self._sender.run_id,
                command_id=command_id,
                outcome=result.outcome,
                success=result.outcome == "succeeded",
                output=result.output,
                error=result.error,
                exit_code=result.exit_code,
                started_at=result.started_at,
                finished_at=result.finished_at,
            )
        )
        if _has_it(outcome):
            self._desk.told(command_id)
        return outcome


def _has_it(outcome: Outcome) -> bool:
    """Return whether a result need not be sent again.

    A hub that does not know the command has been restored or cleared; it asks anew if
    it wants to know.
    """
    if isinstance(outcome, Delivered):
        return True
    signed = getattr(outcome, "signed", False)
    return signed and code_of(outcome) == Code.UNKNOWN_COMMAND
