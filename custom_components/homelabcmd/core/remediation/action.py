"""An action on a server, from the wish for it to its end.

The fields are annotated with readers: an action is stored as it is.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from ...protocol.fields import (
    Reader,
    boolean,
    choice,
    integer,
    matching,
    moment,
    number,
    object_of,
    text,
)
from ...protocol.signing import SERVER_ID, SERVER_ID_RULE
from ..alerts.alert import MAX_NOTE, Person
from .updates import Updates

MAX_TARGET = 1024
MAX_OUTPUT = 20_000
"""Characters; the agent cuts at 16 KiB, with a mark."""

_ID = text(128)


def _one_of[E: StrEnum](kind: type[E]) -> Reader[E]:
    read = choice(*kind)
    return lambda value, path: kind(read(value, path))


def _output(value: object, _path: object) -> str:
    # It was cut and cleaned when it came in.
    return str(value)[:MAX_OUTPUT]


class ActionType(StrEnum):
    """What can be done to a server."""

    RESTART_SERVICE = "restart_service"
    """A unit or a container, as the server's whitelist names it."""
    CLEAR_LOGS = "clear_logs"
    """The journal, down to a week, or a file below /var/log."""
    APPLY_UPDATES = "apply_updates"
    """Packages: those that were approved."""
    CUSTOM = "custom"
    """A script that root has listed on the server."""
    REBOOT = "reboot"


HARMLESS = frozenset({ActionType.RESTART_SERVICE})
"""What can be approved in passing: it changes nothing for long."""
NAMELESS = frozenset({ActionType.APPLY_UPDATES, ActionType.REBOOT})
"""What is done to the server itself: it has no target."""
LASTING = frozenset({ActionType.APPLY_UPDATES})
"""What is never broken off: past its time it is said to be still running."""
TIMEOUTS = {ActionType.APPLY_UPDATES: 1800, ActionType.REBOOT: 600}
"""Seconds that these may take whatever the user has set for commands."""


class Status(StrEnum):
    """How far an action is."""

    PENDING = "pending"
    """It waits for a person."""
    APPROVED = "approved"
    """It is offered to the agent until that has taken it over."""
    EXECUTING = "executing"
    """The agent has it in its journal."""
    COMPLETED = "completed"
    FAILED = "failed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    """Nobody decided, or no agent took it over, in time, or what it was to remedy was
    well again before: nothing was done."""
    LOST = "lost"
    """The agent took it over and never said how it ended."""


class Outcome(StrEnum):
    """How an agent says that a command ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"
    """The server's own whitelist does not allow it: nothing was done."""
    EXPIRED = "expired"
    """It was too late to begin: nothing was done."""
    INTERRUPTED = "interrupted"
    """Something came in between; whether it was done is not known."""


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.APPROVED, Status.REJECTED, Status.EXPIRED}),
    Status.APPROVED: frozenset(
        {Status.EXECUTING, Status.COMPLETED, Status.FAILED, Status.EXPIRED}
    ),
    Status.EXECUTING: frozenset(
        {Status.COMPLETED, Status.FAILED, Status.EXPIRED, Status.LOST}
    ),
    # A server that was away for long may still say how it ended.
    Status.LOST: frozenset({Status.COMPLETED, Status.FAILED, Status.EXPIRED}),
    Status.COMPLETED: frozenset(),
    Status.FAILED: frozenset(),
    Status.REJECTED: frozenset(),
    # An agent that took it over before its time ran out, which nobody heard of.
    Status.EXPIRED: frozenset({Status.COMPLETED, Status.FAILED}),
}
"""What may follow what; everything else is a mistake of ours."""

UNFINISHED = frozenset({Status.PENDING, Status.APPROVED, Status.EXECUTING})
ENDINGS: dict[Outcome, Status] = {
    Outcome.SUCCEEDED: Status.COMPLETED,
    Outcome.FAILED: Status.FAILED,
    Outcome.REFUSED: Status.FAILED,
    Outcome.EXPIRED: Status.EXPIRED,
    Outcome.INTERRUPTED: Status.FAILED,
}


type What = tuple[str, ActionType, str]
"""What is done, whoever asked for it and when: the server, the type, the target."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """One action on one server."""

    action_id: Annotated[str, _ID]
    server_id: Annotated[str, matching(SERVER_ID, SERVER_ID_RULE)]
    action_type: Annotated[ActionType, _one_of(ActionType)]
    target: Annotated[str, text(MAX_TARGET, empty=True)]
    """What it is done to, as the server's whitelist names it; empty is the server."""
    updates: Annotated[Updates | None, object_of(Updates)] = None
    """What is to be installed: this and nothing else."""
    alert_id: Annotated[str | None, _ID] = None
    """The alert that it is to remedy, if one proposed it."""
    status: Annotated[Status, _one_of(Status)] = Status.PENDING
    auto_approved: Annotated[bool, boolean] = False
    created_at: Annotated[datetime, moment]
    created_by: Annotated[Person | None, object_of(Person)] = None
    expires_at: Annotated[datetime, moment]
    """Nothing reaches the server from then on."""
    begins_at: Annotated[datetime | None, moment] = None
    """When the maintenance window opens in which it needs no person."""
    timeout_seconds: Annotated[float, number(1, 86400)] = 300
    decided_at: Annotated[datetime | None, moment] = None
    decided_by: Annotated[Person | None, object_of(Person)] = None
    """Nobody if it was approved automatically."""
    note: Annotated[str | None, text(MAX_NOTE)] = None
    executed_at: Annotated[datetime | None, moment] = None
    overdue: Annotated[bool, boolean] = False
    """It takes longer than it should, and is not broken off."""
    completed_at: Annotated[datetime | None, moment] = None
    outcome: Annotated[Outcome | None, _one_of(Outcome)] = None
    exit_code: Annotated[int | None, integer(-(2**31), 2**32)] = None
    output: Annotated[str | None, _output] = None
    error: Annotated[str | None, _output] = None
    stormy: Annotated[bool, boolean] = False
    """It would have needed no person, but was done too often lately."""
    remedied: Annotated[bool | None, boolean] = None
    """Whether its alert ended by it; None as long as that is not known."""

    @property
    def proposed(self) -> bool:
        """Whether an alert asked for it, and not a person."""
        return self.alert_id is not None and self.created_by is None

    @property
    def subject(self) -> str:
        """What it is about, for alerts: its target, or its type."""
        return self.target or self.action_type.value

    @property
    def parameters(self) -> dict[str, str | bool]:
        """What the agent is told besides the target."""
        if self.updates is None:
            return {}
        only_security = self.updates.security_only
        return {"digest": self.updates.digest, "security_only": only_security}

    @property
    def scope(self) -> str | None:
        """Which updates it installs, all of them or those for security."""
        return None if self.updates is None else self.updates.scope

    @property
    def was_approved(self) -> bool:
        """Whether somebody or something has let it happen."""
        return self.decided_at is not None and self.status is not Status.REJECTED

    @property
    def unfinished(self) -> bool:
        """Whether somebody or something is still to act on it."""
        return self.status in UNFINISHED

    @property
    def what(self) -> What:
        """What it does, whoever asked for it and when."""
        return self.server_id, self.action_type, self.target


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionRecord:
    """One change of an action."""

    before: Action | None
    """None when it was queued."""
    action: Action
    at: datetime
    by: Person | None = None


class ActionErrorCode(StrEnum):
    """Why something can't be done."""

    UNKNOWN_ACTION = "unknown_action"
    NOT_PENDING = "action_not_pending"
    """It was decided already, or it expired."""
    NOT_ALLOWED = "action_not_allowed"
    """The server's whitelist does not name it, or no longer."""
    MONITOR_ONLY = "server_monitor_only"
    NO_UPDATES = "no_updates"
    """There is nothing to install, or the agent has not said yet what."""
    UNDER_WAY = "updates_under_way"
    """Other updates than those that are wanted are being installed."""


class ActionError(Exception):
    """It can't be done; nothing was changed."""

    def __init__(self, code: ActionErrorCode, **words: str) -> None:
        super().__init__(code.value)
        self.code = code
        self.words = words
        """What the text of the error names."""
