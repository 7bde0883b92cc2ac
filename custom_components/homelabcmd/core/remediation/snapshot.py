"""What must survive a restart of the actions, as plain versioned JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...protocol.fields import object_of, to_object
from ...protocol.refusals import Refusal
from .action import Action
from .queue import ActionQueue

VERSION = 1


@dataclass(kw_only=True)
class Restored:
    """The restored queue."""

    queue: ActionQueue = field(default_factory=ActionQueue)
    damaged: list[str] = field(default_factory=list)
    """Entries that could not be read, for the log."""


def dump(queue: ActionQueue) -> dict[str, Any]:
    """Return all actions, the oldest first."""
    return {
        "version": VERSION,
        "actions": [to_object(action) for action in queue.actions.values()],
    }


def load(stored: Mapping[str, Any]) -> Restored:
    """Read the actions; a damaged one is left out and named, the others stay."""
    restored = Restored()
    entries = stored.get("actions")
    read = object_of(Action)
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        try:
            action = read(entry, f"actions[{number}]")
        except (Refusal, ValueError) as err:
            restored.damaged.append(str(err))
        else:
            restored.queue.put(action)
    return restored
