"""All actions: queued, decided, handed out, and how each of them ended.

Nothing here runs anything. The agent does, once it has written the command into its
journal; the queue offers an approved action until the agent says that it has it, and
learns from it how it ended. Every operation returns the records of what it changed.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import uuid

from ...protocol.inventory import Allowed
from ...protocol.messages import CommandResult
from ...protocol.replies import Command
from ..alerts.alert import MAX_NOTE, Person, printable
from . import approval, whitelist
from .action import (
    ENDINGS,
    MAX_OUTPUT,
    TRANSITIONS,
    Action,
    ActionError,
    ActionErrorCode,
    ActionRecord,
    ActionType,
    Outcome,
    Status,
    What,
)
from .approval import AutoApproval

PENDING_LIFE = timedelta(hours=24)
"""How long a person has to decide, and an agent to take it over."""
PATIENCE = timedelta(minutes=15)
"""How long after its time an agent may still say how a command ended."""
RETENTION = timedelta(days=90)
MAX_ACTIONS = 2000
DEFAULT_LIMIT = 100
_TRIED = frozenset({Status.COMPLETED, Status.FAILED, Status.LOST})


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What somebody or something wants done."""

    server_id: str
    action_type: ActionType
    target: str
    alert_id: str | None = None
    by: Person | None = None
    decided: bool = False
    """Whether who asks for it lets it happen, here and now."""
    timeout_seconds: float = 300

    @property
    def what(self) -> What:
        """What is to be done, as `Action.what`."""
        return self.server_id, self.action_type, self.target


def random_id() -> str:
    """Return the id of a new action."""
    return str(uuid.uuid4())


class ActionQueue:
    """The actions of all servers, by their ids, in the order they were queued."""

    def __init__(self, new_id: Callable[[], str] = random_id) -> None:
        """Start without any."""
        self.actions: dict[str, Action] = {}
        self._new_id = new_id

    # Asking and deciding.

    def queue(
        self, wish: Wish, allowed: Allowed | None, auto: AutoApproval, wall: datetime
    ) -> tuple[Action, tuple[ActionRecord, ...]]:
        """Queue an action; the same one that is unfinished is that one.

        Approved at once if who asks has decided, or if it needs no person and was not
        done too often lately; its target is called as the whitelist calls it. Raises
        ActionError `server_monitor_only` or `action_not_allowed`.
        """
        wish = replace(wish, target=_allowed(wish, allowed))
        for other in self.actions.values():
            if other.unfinished and other.what == wish.what:
                return other, ()
        covered = auto.covers(wish.server_id, wish.action_type)
        stormy = covered and approval.storming(self.actions.values(), wish.what, wall)
        action = Action(
            action_id=self._new_id(),
            server_id=wish.server_id,
            action_type=wish.action_type,
            target=wish.target,
            alert_id=wish.alert_id,
            stormy=stormy,
            created_at=wall,
            created_by=wish.by,
            expires_at=wall + PENDING_LIFE,
            timeout_seconds=wish.timeout_seconds,
        )
        if wish.decided and wish.by is not None:
            action = replace(
                action, status=Status.APPROVED, decided_at=wall, decided_by=wish.by
            )
        elif covered and not stormy:
            action = replace(
                action, status=Status.APPROVED, decided_at=wall, auto_approved=True
            )
        self._make_room()
        self.actions[action.action_id] = action
        record = ActionRecord(before=None, action=action, at=wall, by=wish.by)
        return action, (record,)

    def approve(
        self,
        action_id: str,
        by: Person,
        note: str | None,
        allowed: Allowed | None,
        wall: datetime,
    ) -> ActionRecord:
        """Let an action happen: a person says so.

        Raises ActionError `unknown_action`, `action_not_pending`, `action_not_allowed`
        or `server_monitor_only`.
        """
        action = self._pending(action_id, wall)
        _allowed(action, allowed)
        return self._decide(action, Status.APPROVED, by, note, wall)

    def reject(
        self, action_id: str, by: Person, note: str | None, wall: datetime
    ) -> ActionRecord:
        """Keep an action from happening.

        Raises ActionError `unknown_action` or `action_not_pending`.
        """
        action = self._pending(action_id, wall)
        return self._decide(action, Status.REJECTED, by, note, wall)

    def _decide(
        self,
        action: Action,
        status: Status,
        by: Person,
        note: str | None,
        wall: datetime,
    ) -> ActionRecord:
        return self._move(
            action,
            status,
            wall,
            by=by,
            decided_at=wall,
            decided_by=by,
            note=printable(note, MAX_NOTE),
        )

    def _pending(self, action_id: str, wall: datetime) -> Action:
        action = self.get(action_id)
        if action.status is not Status.PENDING or wall >= action.expires_at:
            raise ActionError(
                ActionErrorCode.NOT_PENDING, action_id=action_id, status=action.status
            )
        return action

    # The agent.

    def offered(self, action_ids: Iterable[str], wall: datetime) -> tuple[Command, ...]:
        """Return those of some actions that their agent is to be offered now."""
        return tuple(
            Command(
                command_id=action.action_id,
                action=action.action_type.value,
                target=action.target,
                parameters={},
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
        for action in self.actions.values():
            if action.status is Status.APPROVED:
                yield action

    def accepted(
        self, server_id: str, action_ids: Iterable[str], wall: datetime
    ) -> tuple[ActionRecord, ...]:
        """Take note of what an agent has in its journal; what it can't have is left."""
        return tuple(
            self._move(action, Status.EXECUTING, wall, executed_at=wall)
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
            self._move(
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

    # Time.

    def tick(self, wall: datetime) -> tuple[ActionRecord, ...]:
        """End what nobody decided or took over, and what was never heard of again."""
        records = []
        for action in list(self.actions.values()):
            if action.status in (Status.PENDING, Status.APPROVED):
                if wall >= action.expires_at:
                    records.append(self._end(action, Status.EXPIRED, wall))
            elif action.status is Status.EXECUTING and wall >= _patience(action):
                records.append(self._end(action, Status.LOST, wall))
        return tuple(records)

    def _end(self, action: Action, status: Status, wall: datetime) -> ActionRecord:
        return self._move(action, status, wall, completed_at=wall)

    def withdraw(self, alert_id: str, wall: datetime) -> tuple[ActionRecord, ...]:
        """End what an alert asked for that is over, as far as it was not begun."""
        return tuple(
            self._end(action, Status.EXPIRED, wall)
            for action in self.about(alert_id)
            if action.proposed and action.status in (Status.PENDING, Status.APPROVED)
        )

    def unjudged(self) -> Iterator[Action]:
        """Yield what was to remedy an alert and ended, and did it help?"""
        for action in self.actions.values():
            if (
                action.alert_id is not None
                and action.remedied is None
                and action.status in _TRIED
            ):
                yield action

    def judged(self, action_id: str, *, remedied: bool) -> None:
        """Take note whether an action has remedied what it was to."""
        action = self.actions[action_id]
        self.actions[action_id] = replace(action, remedied=remedied)

    def forget(self, server_id: str) -> None:
        """Drop the actions of a server that was removed."""
        self.actions = {
            action_id: action
            for action_id, action in self.actions.items()
            if action.server_id != server_id
        }

    def prune(self, wall: datetime) -> bool:
        """Forget what ended more than 90 days ago; return if there was anything."""
        kept = {
            action_id: action
            for action_id, action in self.actions.items()
            if action.unfinished or wall - action.created_at <= RETENTION
        }
        changed = len(kept) < len(self.actions)
        self.actions = kept
        return changed

    def _make_room(self) -> None:
        """Forget the oldest that ended, if there are too many."""
        ended = (a.action_id for a in self.actions.values() if not a.unfinished)
        while len(self.actions) >= MAX_ACTIONS:
            if (oldest := next(ended, None)) is None:
                return
            del self.actions[oldest]
            ended = (a.action_id for a in self.actions.values() if not a.unfinished)

    # What there is.

    def get(self, action_id: str) -> Action:
        """Return an action; raises ActionError `unknown_action`."""
        if (action := self.actions.get(action_id)) is None:
            raise ActionError(ActionErrorCode.UNKNOWN_ACTION, action_id=action_id)
        return action

    def about(self, alert_id: str) -> Iterator[Action]:
        """Yield the actions that are to remedy an alert, the oldest first."""
        for action in list(self.actions.values()):
            if action.alert_id == alert_id:
                yield action

    def query(
        self,
        *,
        action_id: str | None = None,
        status: Status | None = None,
        server_id: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> list[Action]:
        """Return the actions that fit, the newest first; raises ActionError."""
        actions = [self.get(action_id)] if action_id else self.actions.values()
        found = [
            action
            for action in actions
            if (status is None or action.status is status)
            and (server_id is None or action.server_id == server_id)
        ]
        return found[::-1][:limit]

    def _move(
        self,
        action: Action,
        status: Status,
        wall: datetime,
        by: Person | None = None,
        **changes: object,
    ) -> ActionRecord:
        """Change an action's status; every change there is goes through here."""
        if status not in TRANSITIONS[action.status]:
            raise ValueError(f"{action.status} can't become {status}")
        after = replace(action, status=status, **changes)  # type: ignore[arg-type]
        self.actions[action.action_id] = after
        return ActionRecord(before=action, action=after, at=wall, by=by)


def _allowed(wanted: Wish | Action, allowed: Allowed | None) -> str:
    """Return the target as the server's own whitelist calls it; raises ActionError."""
    if allowed is None:
        raise ActionError(ActionErrorCode.MONITOR_ONLY, server_id=wanted.server_id)
    target = whitelist.entry_of(allowed, wanted.action_type, wanted.target)
    if target is None:
        raise ActionError(
            ActionErrorCode.NOT_ALLOWED,
            server_id=wanted.server_id,
            target=wanted.target,
        )
    return target


def _patience(action: Action) -> datetime:
    """Return when an action that runs counts as lost."""
    began = action.executed_at or action.created_at
    return began + timedelta(seconds=action.timeout_seconds) + PATIENCE
