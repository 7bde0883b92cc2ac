"""What is known of all actions: looked up, changed, and forgotten in time."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from ..alerts.alert import Person
from .action import (
    TRANSITIONS,
    Action,
    ActionError,
    ActionErrorCode,
    ActionRecord,
    Status,
)

RETENTION = timedelta(days=90)
MAX_ACTIONS = 2000
DEFAULT_LIMIT = 100


class ActionBook:
    """The actions of all servers, by their ids, in the order they were queued."""

    def __init__(self) -> None:
        """Start without any."""
        self.actions: dict[str, Action] = {}
        self._live: dict[str, None] = {}
        """Those that are unfinished: few among many, and looked at all the time."""

    def put(self, action: Action) -> None:
        """Keep an action as it is now."""
        self.actions[action.action_id] = action
        if action.unfinished:
            self._live[action.action_id] = None
        else:
            self._live.pop(action.action_id, None)

    def live(self) -> Iterator[Action]:
        """Yield the actions that are unfinished, in the order they were queued."""
        for action_id in tuple(self._live):
            if (action := self.actions.get(action_id)) is not None:
                yield action

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

    # Changing them.

    def move(
        self,
        action: Action,
        status: Status,
        wall: datetime,
        by: Person | None = None,
        **changes: object,
    ) -> ActionRecord:
        """Change an action's status; each such change goes through here."""
        if status not in TRANSITIONS[action.status]:
            raise ValueError(f"{action.status} can't become {status}")
        return self.change(action, wall, by, status=status, **changes)

    def change(
        self,
        action: Action,
        wall: datetime,
        by: Person | None = None,
        **changes: object,
    ) -> ActionRecord:
        """Change an action otherwise."""
        after = replace(action, **changes)  # type: ignore[arg-type]
        self.put(after)
        return ActionRecord(before=action, action=after, at=wall, by=by)

    # Forgetting them.

    def forget(self, server_id: str) -> None:
        """Drop the actions of a server that was removed."""
        for action in tuple(self.actions.values()):
            if action.server_id == server_id:
                self._drop(action.action_id)

    def _drop(self, action_id: str) -> None:
        del self.actions[action_id]
        self._live.pop(action_id, None)

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

    def make_room(self) -> None:
        """Forget the oldest that ended, if there are too many.

        Of the server that has the most: one that is asked for much does not cost the
        others their record.
        """
        while len(self.actions) >= MAX_ACTIONS:
            ended = [a for a in self.actions.values() if not a.unfinished]
            if not ended:
                return
            [(most, _)] = Counter(a.server_id for a in ended).most_common(1)
            self._drop(next(a.action_id for a in ended if a.server_id == most))
