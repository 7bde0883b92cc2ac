"""What an agent could not look at, and why."""

from collections.abc import Mapping
from typing import Any

from ..naming import shown
from .server import ServerState

_MAX_NAMED = 10
_MAX_ERROR = 500


def failing(state: ServerState) -> tuple[str, ...] | None:
    """Return the names of the collectors that failed; None if nothing was heard."""
    if state.heartbeat is None:
        return None
    return tuple(
        sorted({item.name for item in state.heartbeat.collectors if item.error})
    )


def has_trouble(state: ServerState) -> bool | None:
    """Return whether the picture of a server is incomplete."""
    names = failing(state)
    return None if names is None else bool(names or state.inventory.left_out)


def described(state: ServerState) -> Mapping[str, Any]:
    """Return what failed with the agent's words, which say what to do."""
    if state.heartbeat is None:
        return {}
    errors = {
        shown(item.name): shown(item.error, _MAX_ERROR)
        for item in state.heartbeat.collectors
        if item.error
    }
    told: dict[str, Any] = {}
    if errors:
        told["collectors"] = dict(sorted(errors.items())[:_MAX_NAMED])
    if state.inventory.left_out:
        told["left_out"] = state.inventory.left_out
    return told


def outline(state: ServerState) -> object:
    """Return what is worth a row; an error's words may be new with each heartbeat."""
    return failing(state), bool(state.inventory.left_out)
