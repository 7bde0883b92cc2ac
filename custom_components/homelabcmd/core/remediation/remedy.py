"""From an alert to what remedies it, and back: did it help?"""

from datetime import datetime, timedelta

from ...protocol.inventory import Allowed
from ..alerts.alert import Alert, Kind, Record
from ..alerts.rules import CONTAINER, SERVICE, AlertType
from ..servers.server import Presence, ServerState
from . import whitelist
from .action import Action, ActionType, Status
from .queue import Wish

PATIENCE = timedelta(seconds=180)
"""How long after a repair its alert may stand before the repair has failed."""

_REPAIRABLE = {SERVICE: AlertType.SERVICE_DOWN, CONTAINER: AlertType.CONTAINER_DOWN}
"""Rules whose alert a restart may end. What keeps changing is helped by none."""
_ASKING = frozenset({Kind.OPENED, Kind.ESCALATED, Kind.OVERDUE})
_FAILED = frozenset({Status.FAILED, Status.LOST})


def asks_for_repair(record: Record) -> bool:
    """Return whether a change of an alert calls for a repair now.

    What nobody is to hear of, as in maintenance, asks for nothing.
    """
    return record.tell and record.kind in _ASKING and repairable(record.alert)


def repairable(alert: Alert) -> bool:
    """Return whether a restart might end an alert."""
    return _REPAIRABLE.get(alert.rule) is alert.type


def repair_of(
    alert: Alert, allowed: Allowed | None, timeout_seconds: float
) -> Wish | None:
    """Return what might end an alert; None if the server's whitelist lacks it."""
    target = whitelist.restart_of(allowed, alert.rule, alert.subject)
    if target is None or not repairable(alert):
        return None
    return Wish(
        server_id=alert.server_id,
        action_type=ActionType.RESTART_SERVICE,
        target=target,
        alert_id=alert.alert_id,
        timeout_seconds=timeout_seconds,
    )


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
        return True
    ended = action.completed_at
    return (
        action.status is Status.COMPLETED
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
