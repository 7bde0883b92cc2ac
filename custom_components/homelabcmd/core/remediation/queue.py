"""All actions: wished for, decided by a person, taken back, and judged.

Every operation returns the records of what it changed.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
import uuid

from ...protocol.inventory import Allowed
from ..alerts.alert import MAX_NOTE, Person, printable
from ..servers.inventory import Inventory
from . import approval, whitelist
from .action import (
    Action,
    ActionError,
    ActionErrorCode,
    ActionRecord,
    ActionType,
    Status,
)
from .approval import Terms
from .underway import PENDING_LIFE, Underway
from .updates import Updates, updates_of
from .wish import Wish

_TRIED = frozenset({Status.COMPLETED, Status.FAILED, Status.LOST})


def random_id() -> str:
    """Return the id of a new action."""
    return str(uuid.uuid4())


class ActionQueue(Underway):
    """All actions, from a wish to its end."""

    def __init__(self, new_id: Callable[[], str] = random_id) -> None:
        """Start without any."""
        super().__init__()
        self._new_id = new_id

    # Asking and deciding.

    def queue(
        self, wish: Wish, allowed: Allowed | None, terms: Terms, wall: datetime
    ) -> tuple[Action, tuple[ActionRecord, ...]]:
        """Queue an action; the same one that is unfinished is that one.

        Approved at once if who asks has decided, or if it needs no person now and was
        not done too often lately; its target is called as the whitelist calls it.
        Raises ActionError `server_monitor_only`, `action_not_allowed`, `no_updates` or
        `updates_under_way`.
        """
        wish = replace(wish, target=_allowed(wish, allowed))
        if wish.action_type is ActionType.APPLY_UPDATES and wish.updates is None:
            raise ActionError(ActionErrorCode.NO_UPDATES, server_id=wish.server_id)
        records: tuple[ActionRecord, ...] = ()
        for other in self.live():
            if other.what != wish.what:
                continue
            if wish.updates is None or _holds(other, wish):
                return self._shared(other, wish), ()
            if other.status is not Status.PENDING:
                raise ActionError(ActionErrorCode.UNDER_WAY, server_id=wish.server_id)
            # Nobody has decided about what was wanted before: now it is this.
            wish = replace(wish, alert_id=wish.alert_id or other.alert_id)
            records = (*records, self.end(other, Status.EXPIRED, wall))
        action = self._new(wish, terms, wall)
        self.make_room()
        self.put(action)
        record = ActionRecord(before=None, action=action, at=wall, by=wish.by)
        return action, (*records, record)

    def _shared(self, action: Action, wish: Wish) -> Action:
        """Return an action that is wanted once more, also by an alert now."""
        if wish.alert_id is not None and action.alert_id is None:
            action = replace(action, alert_id=wish.alert_id)
            self.put(action)
        return action

    def _new(self, wish: Wish, terms: Terms, wall: datetime) -> Action:
        grant = terms.grant(wish.server_id, wish.action_type, wall)
        stormy = grant.covered and approval.storming(
            self.actions.values(), wish.what, wall
        )
        action = Action(
            action_id=self._new_id(),
            server_id=wish.server_id,
            action_type=wish.action_type,
            target=wish.target,
            updates=wish.updates,
            alert_id=wish.alert_id,
            stormy=stormy,
            created_at=wall,
            created_by=wish.by,
            expires_at=wall + PENDING_LIFE,
            timeout_seconds=wish.timeout_seconds,
        )
        if wish.decided and wish.by is not None:
            return replace(
                action, status=Status.APPROVED, decided_at=wall, decided_by=wish.by
            )
        if not grant.covered or stormy:
            return action
        if grant.closes is not None:
            action = replace(action, expires_at=grant.closes)
        if grant.opens is not None:
            return replace(action, begins_at=grant.opens)
        return replace(
            action, status=Status.APPROVED, decided_at=wall, auto_approved=True
        )

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
        # Who says so now does not wait for a window, nor is held to its end.
        planned = action.begins_at is not None
        until = wall + PENDING_LIFE if planned else action.expires_at
        return self._decide(
            action, Status.APPROVED, by, note, wall, begins_at=None, expires_at=until
        )

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
        **changes: object,
    ) -> ActionRecord:
        return self.move(
            action,
            status,
            wall,
            by=by,
            decided_at=wall,
            decided_by=by,
            note=printable(note, MAX_NOTE),
            **changes,
        )

    def _pending(self, action_id: str, wall: datetime) -> Action:
        action = self.get(action_id)
        if action.status is not Status.PENDING or wall >= action.expires_at:
            raise ActionError(
                ActionErrorCode.NOT_PENDING, action_id=action_id, status=action.status
            )
        return action

    # Taking back.

    def outdated(
        self, server_id: str, inventory: Inventory, wall: datetime
    ) -> tuple[ActionRecord, ...]:
        """End what waits to install other packages than there are to install now."""
        return tuple(
            self.end(action, Status.EXPIRED, wall)
            for action in self.live()
            if action.server_id == server_id
            and action.status is Status.PENDING
            and action.updates is not None
            and not _current(action.updates, inventory)
        )

    def withdraw(self, alert_id: str, wall: datetime) -> tuple[ActionRecord, ...]:
        """End what an alert asked for that is over, as far as it was not begun."""
        return tuple(
            self.end(action, Status.EXPIRED, wall)
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


def _allowed(wanted: Wish | Action, allowed: Allowed | None) -> str:
    """Return the target as the server's own whitelist calls it; raises ActionError."""
    if allowed is None:
        raise ActionError(ActionErrorCode.MONITOR_ONLY, server_id=wanted.server_id)
    target = whitelist.entry_of(allowed, wanted.action_type, wanted.target)
    if target is None:
        raise ActionError(
            ActionErrorCode.NOT_ALLOWED,
            server_id=wanted.server_id,
            action_type=wanted.action_type,
            target=wanted.target,
        )
    return target


def _holds(action: Action, wish: Wish) -> bool:
    """Return whether an action brings the updates that are wanted.

    Who asks for all of them is not to get those for security alone, because an alert
    asks for these.
    """
    if wish.updates is None or action.updates is None:
        return False
    if wish.updates.same(action.updates):
        return True
    waits = action.status is Status.PENDING and not action.updates.security_only
    return waits and wish.updates.security_only and wish.proposed


def _current(updates: Updates, inventory: Inventory) -> bool:
    now = updates_of(inventory, security_only=updates.security_only)
    return now is not None and now.same(updates)
