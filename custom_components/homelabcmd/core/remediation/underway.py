"""Actions that were decided: handed to agents, followed, and ended in time.

Nothing here runs anything. The agent does, once it has written the command into its
journal; an approved action is offered until the agent says that it has it, and its end
is learnt from the agent.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from ...protocol.messages import CommandResult, Progress
from ...protocol.replies import Command
from .action import (
    ENDINGS,
    LASTING,
    MAX_OUTPUT,
    TRANSITIONS,
    Action,
    ActionError,
    ActionErrorCode,
    ActionRecord,
    ActionType,
    Outcome,
    Status,
)
from .approval import Grant, Terms
from .book import ActionBook

PENDING_LIFE = timedelta(hours=24)
"""How long a person has to decide, and an agent to take it over."""
PATIENCE = timedelta(minutes=15)
"""How long after its time an agent may still say how a command ended."""


class Underway(ActionBook):
    """The actions on their way to their end."""

    def __init__(self) -> None:
        """Start without any."""
        super().__init__()
        self._progress: dict[str, tuple[Progress, datetime]] = {}
        """Of what runs: how far it is, and when that was heard. Not saved."""

    # The agent.

    def offered(self, action_ids: Iterable[str], wall: datetime) -> tuple[Command, ...]:
        """Return those of some actions that their agent is to be offered now."""
        return tuple(
            Command(
                command_id=action.action_id,
                action=action.action_type.value,
                target=action.target,
                parameters=dict(action.parameters),
                queued_at=action.created_at,
                expires_at=action.expires_at,
                timeout_seconds=action.timeout_seconds,
            )
            for action in map(self.actions.get, action_ids)
            if action is not None
            and action.status is Status.APPROVED
            and wall < action.expires_at
        )

    def approved(self) -> Iterator[Action]:
        """Yield what waits for an agent."""
        for action in self.live():
            if action.status is Status.APPROVED:
                yield action

    def accepted(
        self, server_id: str, action_ids: Iterable[str], wall: datetime
    ) -> tuple[ActionRecord, ...]:
        """Take note of what an agent has in its journal; what it can't have is left."""
        return tuple(
            self.move(action, Status.EXECUTING, wall, executed_at=wall)
            for action in map(self.actions.get, dict.fromkeys(action_ids))
            if action is not None
            and action.server_id == server_id
            and action.status is Status.APPROVED
        )

    def result(
        self, server_id: str, result: CommandResult, wall: datetime
    ) -> tuple[ActionRecord, ...]:
        """Take in how a command ended; one that is known already changes nothing.

        Raises ActionError `unknown_action` for one that this server was never given.
        """
        action = self.actions.get(result.command_id)
        if (
            action is None
            or action.server_id != server_id
            or action.status in (Status.PENDING, Status.REJECTED)
        ):
            raise ActionError(
                ActionErrorCode.UNKNOWN_ACTION, action_id=result.command_id
            )
        outcome = Outcome(result.outcome)
        ending = ENDINGS[outcome]
        if ending not in TRANSITIONS[action.status]:
            return ()
        return (
            self.move(
                action,
                ending,
                wall,
                executed_at=action.executed_at or result.started_at,
                completed_at=result.finished_at or wall,
                outcome=outcome,
                exit_code=result.exit_code,
                output=result.output and result.output[:MAX_OUTPUT],
                error=result.error and result.error[:MAX_OUTPUT],
            ),
        )

    def progressed(
        self, server_id: str, progress: Iterable[Progress], wall: datetime
    ) -> bool:
        """Take note of how far an agent says that actions are; return if any is."""
        told = {
            each.command_id: (each, wall)
            for each in progress
            if (action := self.actions.get(each.command_id)) is not None
            and action.server_id == server_id
            and action.status is Status.EXECUTING
        }
        self._progress |= told
        for action_id in self._progress.keys() - self._live.keys():
            del self._progress[action_id]
        return bool(told)

    def progress(self, action: Action) -> Progress | None:
        """Return how far an action is that runs, as far as its agent has said."""
        if action.status is not Status.EXECUTING:
            return None
        known = self._progress.get(action.action_id)
        return known and known[0]

    def running(self, server_id: str, action_type: ActionType) -> Action | None:
        """Return what of a type is approved or runs on a server, the latest."""
        found = None
        for action in self.live():
            decided = action.status is not Status.PENDING
            if decided and (action.server_id, action.action_type) == (
                server_id,
                action_type,
            ):
                found = action
        return found

    # Time.

    def tick(self, wall: datetime, terms: Terms) -> tuple[ActionRecord, ...]:
        """Let time pass.

        What nobody decided or took over ends, and what was never heard of again; what
        waits for a window begins when that opens; what takes too long is said once.
        """
        records = [
            record
            for action in self.live()
            if (record := self._later(action, wall, terms)) is not None
        ]
        return tuple(records)

    def _later(
        self, action: Action, wall: datetime, terms: Terms
    ) -> ActionRecord | None:
        if action.status is Status.EXECUTING:
            if wall >= self._patience(action):
                return self.end(action, Status.LOST, wall)
            late = action.action_type in LASTING and wall >= _time_is_over(action)
            if late and not action.overdue:
                return self.change(action, wall, overdue=True)
            return None
        if action.begins_at is not None:
            return self._planned(action, wall, terms)
        if wall >= action.expires_at:
            return self.end(action, Status.EXPIRED, wall)
        return None

    def _planned(
        self, action: Action, wall: datetime, terms: Terms
    ) -> ActionRecord | None:
        """Begin what waited for its window, or wait for the next one.

        The window may have been moved, or gone by while nobody looked.
        """
        grant = terms.grant(action.server_id, action.action_type, wall)
        until = grant.closes or wall + PENDING_LIFE
        if grant.covered and grant.opens is None:
            return self.move(
                action,
                Status.APPROVED,
                wall,
                decided_at=wall,
                auto_approved=True,
                begins_at=None,
                expires_at=until,
            )
        if grant.covered and wall < action.expires_at and _waits_for(action, grant):
            return None
        record = self.change(action, wall, begins_at=grant.opens, expires_at=until)
        # That it needs a person now is news to people, another time is not.
        return None if grant.covered else record

    def _patience(self, action: Action) -> datetime:
        """Return when an action that runs counts as lost.

        What is never broken off may run for as long as its agent says that it does.
        """
        since = _time_is_over(action)
        heard = self._progress.get(action.action_id)
        if action.action_type in LASTING and heard is not None:
            since = max(since, heard[1])
        return since + PATIENCE

    def resumed(self, wall: datetime) -> None:
        """Hold nothing against agents that nobody listened to until now."""
        for action in self.live():
            if action.status is Status.EXECUTING:
                self._progress[action.action_id] = (
                    Progress(command_id=action.action_id),
                    wall,
                )

    def end(self, action: Action, status: Status, wall: datetime) -> ActionRecord:
        """End an action of which its agent says nothing."""
        return self.move(action, status, wall, completed_at=wall)


def _waits_for(action: Action, grant: Grant) -> bool:
    """Return whether an action waits for the window that is next, or for its server."""
    return grant.closes is None or grant.opens == action.begins_at


def _time_is_over(action: Action) -> datetime:
    """Return when an action that runs should have ended."""
    began = action.executed_at or action.created_at
    return began + timedelta(seconds=action.timeout_seconds)
