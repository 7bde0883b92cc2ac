"""What a server's own whitelist lets it be asked for, and by which names.

`restart_service` lists units as "plex" or "plex.service", and containers with their
engine, as "nextcloud (docker)": see docs/helper.md.
"""

from collections.abc import Callable, Collection

from ...protocol.inventory import Allowed
from ..alerts.rules import CONTAINER, SERVICE
from ..servers.watch_list import unit_name
from .action import ActionType

ENGINES = ("docker", "podman")

_LISTS: dict[ActionType, Callable[[Allowed], Collection[str]]] = {
    ActionType.RESTART_SERVICE: lambda allowed: allowed.restart_service,
}


def entry_of(
    allowed: Allowed | None, action_type: ActionType, target: str
) -> str | None:
    """Return the entry of the whitelist that a target means; None if there is none."""
    entries = () if allowed is None else _LISTS[action_type](allowed)
    if target in entries:
        return target
    name = unit_name(target)
    return next((entry for entry in entries if unit_name(entry) == name), None)


def restart_of(allowed: Allowed | None, rule: str, name: str) -> str | None:
    """Return the entry for a watched unit or container, as its rule says which."""
    entries = () if allowed is None else allowed.restart_service
    if rule == SERVICE:
        return entry_of(allowed, ActionType.RESTART_SERVICE, name)
    if rule == CONTAINER:
        names = (f"{name} ({engine})" for engine in ENGINES)
        return next((each for each in names if each in entries), None)
    return None


def container_in(target: str) -> str | None:
    """Return the name of the container that a target means; None if it is a unit."""
    name, bracket, engine = target.rpartition(" (")
    return name if bracket and engine.removesuffix(")") in ENGINES else None
