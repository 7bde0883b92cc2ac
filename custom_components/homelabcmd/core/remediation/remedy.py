"""From an alert to what remedies it, and back: did it help?"""

from collections.abc import Callable
from datetime import datetime, timedelta

from ...protocol.inventory import Allowed
from ..alerts.alert import Alert, Kind, Record
from ..alerts.rules import SERVICE, AlertType
from ..servers.inventory import Inventory
from ..servers.server import Presence, ServerState
from . import whitelist
from .action import TIMEOUTS, Action, ActionType, Outcome, Status
from .updates import Updates, updates_of
from .wish import Wish

PATIENCE = timedelta(seconds=180)
"""How long after a repair its alert may stand before the repair has failed."""

_ASKING = frozenset({Kind.OPENED, Kind.ESCALATED, Kind.OVERDUE})
_FAILED = frozenset({Status.FAILED, Status.LOST})

type _Means = tuple[ActionType, str, Updates | None]
"""What might end an alert: the type of an action, its target, its updates."""


def _restart(alert: Alert, allowed: Allowed, _known: Inventory) -> _Means | None:
    target = whitelist.restart_of(allowed, alert.rule, alert.subject)
    return (ActionType.RESTART_SERVICE, target, None) if target else None


def _clear_logs(alert: Alert, allowed: Allowed, known: Inventory) -> _Means | None:
    mounts = {"/", alert.subject, *known.disks}
    target = whitelist.log_of(allowed, alert.subject, mounts)
    return (ActionType.CLEAR_LOGS, target, None) if target else None


def _apply_updates(_alert: Alert, allowed: Allowed, known: Inventory) -> _Means | None:
    updates = updates_of(known, security_only=True)
    if updates is None or not allowed.apply_updates:
        return None
    return ActionType.APPLY_UPDATES, "", updates


def _reboot(_alert: Alert, allowed: Allowed, _known: Inventory) -> _Means | None:
    return (ActionType.REBOOT, "", None) if allowed.reboot else None


_REMEDIES: dict[AlertType, Callable[[Alert, Allowed, Inventory], _Means | None]] = {
    AlertType.SERVICE_DOWN: _restart,
    AlertType.CONTAINER_DOWN: _restart,
    AlertType.DISK_CRITICAL: _clear_logs,
    AlertType.UPDATE_AVAILABLE: _apply_updates,
    AlertType.REBOOT_REQUIRED: _reboot,
}
"""What may end which alert. What keeps changing is helped by nothing."""
_WORTH_A_STEP = frozenset({AlertType.SERVICE_DOWN, AlertType.CONTAINER_DOWN})
"""Alerts for which it is worth to tell how a server is made repairable."""


def asks_for_repair(record: Record) -> bool:
    """Return whether a change of an alert calls for a repair now.

    What nobody is to hear of, as in maintenance, asks for nothing.
    """
    return record.tell and record.kind in _ASKING and repairable(record.alert)


def repairable(alert: Alert) -> bool:
    """Return whether there is something that might end an alert."""
    if alert.type is AlertType.UPDATE_AVAILABLE:
        # Its detail is how many of them are for security, if any.
        return bool(alert.detail)
    return alert.type in _REMEDIES


def worth_a_step(alert: Alert) -> bool:
    """Return whether a user is to hear that a server could be made repairable."""
    return alert.type in _WORTH_A_STEP


def repair_of(
    alert: Alert, allowed: Allowed | None, known: Inventory, timeout_seconds: float
) -> Wish | None:
    """Return what might end an alert; None if the server's whitelist lacks it."""
    if allowed is None or not repairable(alert):
        return None
    if (means := _REMEDIES[alert.type](alert, allowed, known)) is None:
        return None
    action_type, target, updates = means
    return Wish(
        server_id=alert.server_id,
        action_type=action_type,
        target=target,
        updates=updates,
        alert_id=alert.alert_id,
        proposed=True,
        timeout_seconds=TIMEOUTS.get(action_type, timeout_seconds),
    )


def anew(before: Action, known: Inventory) -> Wish | None:
    """Return the same updates as there are now; None if there are none any more."""
    security_only = before.updates is not None and before.updates.security_only
    if (updates := updates_of(known, security_only=security_only)) is None:
        return None
    return Wish(
        server_id=before.server_id,
        action_type=before.action_type,
        target=before.target,
        updates=updates,
        alert_id=before.alert_id,
        by=before.created_by,
        timeout_seconds=before.timeout_seconds,
    )


def tried(wish: Wish, before: Action) -> bool:
    """Return whether an alert has asked for the same before.

    Other packages are something else, and so are the same if nobody began with them.
    """
    if wish.updates is None or before.updates is None:
        return before.action_type is wish.action_type
    same = before.updates.digest == wish.updates.digest
    return same and before.status is not Status.EXPIRED


def has_failed(
    action: Action, alert: Alert | None, state: ServerState, wall: datetime
) -> bool:
    """Return whether a repair has not helped; False also while that is open.

    `alert` is the one that it was to end, if that still stands. Only what a server
    itself has said since counts: of one that is silent nothing is known.
    """
    if action.remedied is not None or alert is None:
        return False
    if action.status in _FAILED:
        # Another set of packages than the approved one was not installed: no failure.
        refused = action.outcome is Outcome.REFUSED
        return not (refused and action.action_type is ActionType.APPLY_UPDATES)
    ended = action.completed_at
    return (
        action.status is Status.COMPLETED
        and action.action_type is ActionType.RESTART_SERVICE
        and ended is not None
        and wall - ended >= PATIENCE
        and state.presence is Presence.ONLINE
        and state.last_seen is not None
        and state.last_seen > ended
        and not _runs(alert, state)
    )


def _runs(alert: Alert, state: ServerState) -> bool:
    """Return whether the last heartbeat says that the alert's subject runs.

    Its alert may stand all the same, for it went up and down too often.
    """
    inventory = state.inventory
    items = inventory.services if alert.rule == SERVICE else inventory.containers
    item = items.get(alert.subject)
    return item is not None and item.status == "running"


def last_words(action: Action, limit: int = 300) -> str | None:
    """Return the end of what a command said, where errors are."""
    said = (action.error, action.output)
    lines = [line for text in said if text for line in text.splitlines()[-5:]]
    return "\n".join(lines)[-limit:].strip() or None
