"""What may be approved without a person, and when that stops."""

from collections.abc import Iterable, Mapping, Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Self

from .action import Action, ActionType, What
from .window import Window

DEFAULT_TYPES = frozenset({ActionType.RESTART_SERVICE, ActionType.CLEAR_LOGS})
"""Types that the master switch covers unless the user says otherwise."""
AUTO_TYPES: tuple[ActionType, ...] = tuple(
    kind for kind in ActionType if kind is not ActionType.REBOOT
)
"""Types that a user can let happen by themselves. Who reboots a server looks on."""
WINDOWED = frozenset({ActionType.APPLY_UPDATES})
"""Types that happen by themselves only in a server's maintenance window, if it has
one."""
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

    def with_type(
        self, action_type: ActionType, server_id: str | None, *, enabled: bool
    ) -> Self:
        """Return it with a type switched on or off, for one server or for all.

        What is switched on needs the master switch. If that was off it is switched on
        for this alone: nothing else begins to happen by itself.
        """
        known = self
        if enabled and not self.enabled:
            nothing: dict[ActionType, bool] = dict.fromkeys(AUTO_TYPES, False)
            known = replace(self, enabled=True, types=nothing, servers={})
        if server_id is None:
            types = {**known.types, action_type: enabled}
            # "For all" leaves no server out.
            servers = {
                name: {kind: on for kind, on in own.items() if kind != action_type}
                for name, own in known.servers.items()
            }
            return replace(known, types=types, servers=_tidied(servers))
        own = {**known.servers.get(server_id, {}), action_type: enabled}
        return replace(known, servers={**known.servers, server_id: own})

    def as_data(self) -> dict[str, Any]:
        """Return what the options store, as JSON has it."""
        return {
            "enabled": self.enabled,
            "types": dict(self.types),
            "servers": {name: dict(types) for name, types in self.servers.items()},
        }

    def with_choice(self, types: Iterable[ActionType], *, enabled: bool) -> Self:
        """Return it with the types that need no person on any server."""
        chosen = set(types)
        return replace(
            self, enabled=enabled, types={kind: kind in chosen for kind in AUTO_TYPES}
        )

    @property
    def for_all(self) -> tuple[ActionType, ...]:
        """The types that the master switch covers on every server."""
        return tuple(
            kind
            for kind in AUTO_TYPES
            # Who has chosen has not chosen what came later.
            if (self.types.get(kind, False) if self.types else kind in DEFAULT_TYPES)
        )

    def covers(self, server_id: str, action_type: ActionType) -> bool:
        """Return whether an action needs no person."""
        if not self.enabled or action_type not in AUTO_TYPES:
            return False
        of_server = self.servers.get(server_id, {})
        return of_server.get(action_type, action_type in self.for_all)

    def offers(self, server_id: str, action_type: ActionType) -> bool:
        """Return whether a person may let a type happen by itself on a server."""
        usual = action_type in DEFAULT_TYPES or action_type in self.for_all
        return usual and not self.covers(server_id, action_type)

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


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Whether an action needs no person, and from when until when."""

    covered: bool = False
    opens: datetime | None = None
    """Before when it does not begin; None is at once."""
    closes: datetime | None = None
    """Until when it may begin; None if no window says so."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the user lets happen by itself, and when."""

    auto: AutoApproval = field(default_factory=AutoApproval)
    windows: Mapping[str, Window] = field(default_factory=dict)
    """The maintenance windows of the servers that have one."""
    paused: AbstractSet[str] = frozenset()
    """The servers in maintenance: somebody works there, and no window is open."""
    zone: tzinfo = UTC
    """Home Assistant's time zone, which windows go by."""

    def grant(self, server_id: str, action_type: ActionType, wall: datetime) -> Grant:
        """Return whether and when an action may happen without a person."""
        if not self.auto.covers(server_id, action_type):
            return Grant()
        if action_type not in WINDOWED:
            return Grant(covered=True)
        waits = server_id in self.paused
        if (window := self.windows.get(server_id)) is None:
            return Grant(covered=True, opens=wall if waits else None)
        opens, closes = window.next(wall.astimezone(self.zone))
        waits |= opens.timestamp() > wall.timestamp()
        return Grant(covered=True, opens=opens if waits else None, closes=closes)


def _tidied(
    servers: Mapping[str, Mapping[ActionType, bool]],
) -> dict[str, Mapping[ActionType, bool]]:
    return {name: own for name, own in servers.items() if own}


def _types(data: Mapping[str, bool]) -> dict[ActionType, bool]:
    return {
        ActionType(name): allowed
        for name, allowed in data.items()
        if name in AUTO_TYPES
    }


def storming(actions: Iterable[Action], wanted: What, wall: datetime) -> bool:
    """Return whether something was done automatically too often lately.

    What has to be restarted again and again is broken in another way, and restarting
    it once more only hides that.
    """
    lately = sum(
        action.auto_approved
        and action.what == wanted
        and wall - action.created_at < STORM_WINDOW
        for action in actions
    )
    return lately >= STORM
