"""Updates that are to be asked for anew, because there is something else to install."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from .action import Action

PAUSE = 3600.0
"""Seconds between two renewals on one server: what changes all the time, as with
mirrors that are out of step, is no reason to ask again and again."""


@dataclass
class Renewals:
    """What each server is still to be asked for."""

    _waiting: dict[str, dict[str, Action]] = field(default_factory=dict)
    """Of each server, what was asked for before, by scope; none is only a look."""
    _asked: dict[str, float] = field(default_factory=dict)
    """When each was asked for the last time, in monotonic seconds."""

    def note(self, server_id: str, before: Iterable[Action]) -> None:
        """Have a server asked, also for what somebody had asked for before."""
        waiting = self._waiting.setdefault(server_id, {})
        waiting |= {action.scope or "": action for action in before}

    def due(
        self, mono: float, resting: Callable[[str], bool]
    ) -> Iterator[tuple[str, tuple[Action, ...]]]:
        """Yield the servers that are to be asked now, with what for.

        Not what rests, as in maintenance: that is asked later. What changes again
        within the pause waits for its end.
        """
        for server_id in tuple(self._waiting):
            asked = self._asked.get(server_id)
            if resting(server_id) or (asked is not None and mono - asked < PAUSE):
                continue
            before = self._waiting.pop(server_id)
            if before:
                self._asked[server_id] = mono
            yield server_id, tuple(before.values())
