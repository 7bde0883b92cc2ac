"""What a server's own whitelist lets it be asked for, and by which names.

`restart_service` lists units as "plex" or "plex.service", and containers with their
engine, as "nextcloud (docker)": see docs/helper.md. What is done to the server itself
is allowed or not, and has no name.
"""

from collections.abc import Callable, Collection
from pathlib import PurePosixPath

from ...protocol.inventory import Allowed
from ..alerts.rules import CONTAINER, SERVICE
from ..servers.watch_list import unit_name
from .action import ActionType

ENGINES = ("docker", "podman")
JOURNAL = "journal"
"""The log of systemd; all others are files."""

_LOGS = PurePosixPath("/var/log")
_ITSELF = ("",)
_LISTS: dict[ActionType, Callable[[Allowed], Collection[str]]] = {
    ActionType.RESTART_SERVICE: lambda allowed: allowed.restart_service,
    ActionType.CLEAR_LOGS: lambda allowed: allowed.clear_logs,
    ActionType.APPLY_UPDATES: lambda allowed: _ITSELF if allowed.apply_updates else (),
    ActionType.CUSTOM: lambda allowed: allowed.custom,
    ActionType.REBOOT: lambda allowed: _ITSELF if allowed.reboot else (),
}


def entry_of(
    allowed: Allowed | None, action_type: ActionType, target: str
) -> str | None:
    """Return the entry of the whitelist that a target means; None if there is none."""
    entries = () if allowed is None else _LISTS[action_type](allowed)
    if target in entries:
        return target
    if action_type is not ActionType.RESTART_SERVICE:
        return None
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


def log_of(allowed: Allowed | None, mount: str, mounts: Collection[str]) -> str | None:
    """Return the log to clear if a mount is full; None if none is there or allowed.

    The journal comes first: of it only what is older than a week is lost.
    """
    logs = allowed.clear_logs if allowed else ()
    holds = [log for log in logs if _mount_of(log, mounts) == mount]
    return JOURNAL if JOURNAL in holds else next(iter(holds), None)


def _mount_of(log: str, mounts: Collection[str]) -> str | None:
    """Return which of the mounts a log is on."""
    path = _LOGS / JOURNAL if log == JOURNAL else PurePosixPath(log)
    above = [mount for mount in mounts if path.is_relative_to(mount)]
    return max(above, key=len, default=None)


def container_in(target: str) -> str | None:
    """Return the name of the container that a target means; None if it is a unit."""
    name, bracket, engine = target.rpartition(" (")
    return name if bracket and engine.removesuffix(")") in ENGINES else None
