"""What may be approved without a person, and when that stops."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from .action import Action, ActionType

DEFAULT_TYPES = frozenset({ActionType.RESTART_SERVICE})
"""Types that the master switch covers unless the user says otherwise."""
STORM = 3
"""Automatic restarts of one thing within `STORM_WINDOW`; then a person is asked."""
STORM_WINDOW = timedelta(minutes=60)


@dataclass(frozen=True, kw_only=True)
class AutoApproval:
    """What the user lets happen by itself."""

    enabled: bool = False
    """The master switch."""
    types: Mapping[ActionType, bool] = field(default_factory=dict)
    """Of all servers, as far as it differs from the defaults."""
    servers: Mapping[str, Mapping[ActionType, bool]] = field(default_factory=dict)
    """Of single servers, as far as it differs from `types`."""

    def covers(self, server_id: str, action_type: ActionType) -> bool:
        """Return whether an action needs no person."""
        if not self.enabled:
            return False
        of_server = self.servers.get(server_id, {})
        of_all = self.types.get(action_type, action_type in DEFAULT_TYPES)
        return of_server.get(action_type, of_all)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what the options stored; a type that is not known is left."""
        return cls(
            enabled=data.get("enabled", False),
            types=_types(data.get("types", {})),
            servers={
                server_id: _types(types)
                for server_id, types in data.get("servers", {}).items()
            },
        )


def _types(data: Mapping[str, bool]) -> dict[ActionType, bool]:
    return {
        ActionType(name): allowed
        for name, allowed in data.items()
        if name in list(ActionType)
    }


def storming(actions: Iterable[Action], wanted: Action, wall: datetime) -> bool:
    """Return whether something was done automatically too often lately.

    What has to be restarted again and again is broken in another way, and restarting
    it once more only hides that.
    """
    lately = sum(
        action.auto_approved
        and action.what == wanted.what
        and wall - action.created_at < STORM_WINDOW
        for action in actions
    )
    return lately >= STORM
