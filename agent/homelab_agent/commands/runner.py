"""Has one command done by the root helper, and finds out how it ended."""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol

from ..clock import Clock
from ..collectors.errors import CollectorError
from ..collectors.helper import (
    ActionInterruptedError,
    ActionKnownError,
    ActionNotStartedError,
    ActionRefusedError,
)
from ..text import clean
from .entry import Entry, Result, Stage, fitting
from .journal import Journal
from .verbs import VERBS, UnsayableError

PATIENCE = 600.0
"""Seconds beyond its time after which nobody waits for the end of a command."""
BEGIN_WITHIN = 600.0
"""Seconds after it was taken over in which a command begins, or never. The hub gives it
up for lost some time later, and what is lost must not begin any more."""
_TRIES = 3
_REFUSED = frozenset({"not_allowed", "not_started", "changed"})
_LATE = "it was too late to begin"
_NOT_KNOWN = (
    "something came in between, and nobody knows whether it was done; look yourself"
)


class Asks(Protocol):
    """The root helper."""

    def ask(self, verb: str, patience: float = ..., **more: str) -> dict[str, Any]:
        """Return the answer to a reading verb; raises CollectorError."""
        ...

    def act(self, verb: str, target: str, action_id: str) -> dict[str, Any]:
        """Have something done; raises the errors of an action."""
        ...


class CommandRunner:
    """Runs in the thread of one command."""

    def __init__(self, journal: Journal, helper: Asks, clock: Clock) -> None:
        """Take whom to ask and where to put it down."""
        self._journal = journal
        self._helper = helper
        self._clock = clock

    def run(self, entry: Entry) -> None:
        """Do a command, or find out about one that was begun, and put down the end."""
        if entry.stage is Stage.ACCEPTED:
            result = self._begin(entry)
        else:
            result = self._find_out(entry)
        self._journal.finish(entry.command.command_id, result)

    def _begin(self, entry: Entry) -> Result:
        try:
            target = VERBS[entry.command.action].target(entry.command)
        except UnsayableError as error:
            return Result("refused", error=str(error))
        for attempt in range(_TRIES):
            # Until it stands on the disk that it begins, it does not.
            command_id = entry.command.command_id
            while self._in_time(entry) and not self._journal.start(command_id):
                self._clock.sleep(5)
            if not self._in_time(entry):
                return Result("expired", error=_LATE)
            try:
                return self._act(entry, target)
            except ActionNotStartedError as error:
                reason = str(error)
                self._clock.sleep(2 * (attempt + 1))
        return Result("refused", error=f"nothing was done: {reason}")

    def _act(self, entry: Entry, target: str) -> Result:
        """Ask the helper and wait; raises ActionNotStartedError."""
        command = entry.command
        try:
            answer = self._helper.act(command.action, target, command.command_id)
        except ActionRefusedError as error:
            return Result("refused", error=str(error))
        except (ActionKnownError, ActionInterruptedError):
            return self._find_out(entry)
        result = _result(answer)
        reboots = VERBS[command.action].reboots
        if result is None or (reboots and result.outcome == "succeeded"):
            return self._find_out(entry)
        return result

    def _in_time(self, entry: Entry) -> bool:
        now = self._clock.now()
        taken = entry.accepted_at
        late = taken is not None and now > taken.timestamp() + BEGIN_WITHIN
        return now < entry.expires_at and not late

    def _find_out(self, entry: Entry) -> Result:
        """Wait for the end of something that was begun."""
        known = self._journal.get(entry.command.command_id) or entry
        verb = VERBS[entry.command.action]
        if self._journal.began_before(known):
            if verb.reboots:
                return Result("succeeded", output=f"boot id {self._journal.boot_id}\n")
            return Result("interrupted", error="the server was restarted meanwhile")
        if verb.reboots:
            return self._wait_for_reboot(entry)
        return self._wait_for_end(entry, lasting=verb.lasting)

    def _wait_for_end(self, entry: Entry, *, lasting: bool) -> Result:
        patience = entry.command.timeout_seconds + PATIENCE
        until = self._clock.boot() + patience
        pause = 0.5
        while self._clock.boot() < until:
            try:
                answer = self._helper.ask("outcome", id=entry.command.command_id)
            except CollectorError:
                answer = {}
            if answer.get("state", "running") != "running":
                return _outcome(answer)
            if lasting and answer:
                until = self._clock.boot() + patience
            self._clock.sleep(pause)
            pause = min(pause * 2, 10.0)
        return Result("interrupted", error="it has not ended for very long")

    def _wait_for_reboot(self, entry: Entry) -> Result:
        """Wait to be ended; return only if the server does not boot anew."""
        until = self._clock.boot() + entry.command.timeout_seconds
        while self._clock.boot() < until:
            self._clock.sleep(1)
            try:
                answer = self._helper.ask("outcome", id=entry.command.command_id)
            except CollectorError:
                continue
            result = _outcome(answer)
            if answer.get("state") == "finished" and result.outcome != "succeeded":
                return result
        seconds = entry.command.timeout_seconds
        return Result("failed", error=f"the server has not rebooted in {seconds:.0f} s")


def _outcome(answer: dict[str, Any]) -> Result:
    if answer.get("state") == "finished" and isinstance(answer.get("result"), dict):
        found = _result(answer["result"])
        if found is not None:
            return found
    return dataclasses.replace(
        Result("interrupted", error=_NOT_KNOWN), output=_output(answer)
    )


def _result(answer: dict[str, Any]) -> Result | None:
    """Return what the helper says of an end; None if it is none."""
    code = answer.get("code")
    exit_code = answer.get("exit_code")
    whole = isinstance(exit_code, int) and not isinstance(exit_code, bool)
    found = Result(
        outcome="succeeded" if answer.get("ok") is True else "failed",
        output=_output(answer),
        exit_code=exit_code if whole else None,
    )
    if found.outcome == "succeeded":
        return found
    if code in ("running", "interrupted"):
        return None
    message = clean(str(answer.get("message", "")), 500) or None
    return dataclasses.replace(
        found, outcome="refused" if code in _REFUSED else "failed", error=message
    )


def _output(answer: dict[str, Any]) -> str | None:
    output = answer.get("output")
    return fitting(output) if isinstance(output, str) and output else None
