"""What the actions answer about an action on a server."""

from homeassistant.util.json import JsonObjectType

from ..core.remediation.action import Action, Status
from ..core.remediation.updates import Updates
from ..protocol.messages import Progress
from ..servers.action_values import iso, person
from .remediator import Remediator


def action_response(remediator: Remediator, action: Action) -> JsonObjectType:
    """Return what list_actions says of an action."""
    ended = action.outcome is not None
    return {
        "action_id": action.action_id,
        "server_id": action.server_id,
        "alert_id": action.alert_id,
        "action_type": action.action_type.value,
        "target": action.target,
        "parameters": dict(action.parameters),
        "title": remediator.texts.what(action, remediator.name_of(action.server_id)),
        "status": action.status.value,
        "auto_approve": action.auto_approved,
        "auto_approved": action.auto_approved,
        "created_at": action.created_at.isoformat(),
        "created_by": person(action.created_by),
        "expires_at": action.expires_at.isoformat(),
        "begins_at": iso(action.begins_at),
        "approved_at": iso(action.decided_at) if action.was_approved else None,
        "decided_at": iso(action.decided_at),
        "decided_by": person(action.decided_by),
        "note": action.note,
        "executed_at": iso(action.executed_at),
        "completed_at": iso(action.completed_at),
        "overdue": action.overdue,
        "progress": _progress(remediator.queue.progress(action)),
        "updates": _updates(action.updates) if action.updates else None,
        "outcome": action.outcome and action.outcome.value,
        "exit_code": action.exit_code,
        "remedied": action.remedied,
        "result": {
            "success": action.status is Status.COMPLETED,
            "output": action.output or "",
            "error": action.error,
        }
        if ended
        else None,
    }


def _progress(progress: Progress | None) -> JsonObjectType | None:
    if progress is None:
        return None
    return {"step": progress.step, "percent": progress.percent}


def _updates(updates: Updates) -> JsonObjectType:
    return {
        "count": updates.count,
        "security": updates.security,
        "packages": [
            {
                "name": item.name,
                "current": item.current,
                "candidate": item.candidate,
                "security": item.security,
            }
            for item in updates.packages
        ],
        "added": list(updates.added),
        "services": list(updates.services),
        "reboot": updates.reboot,
    }
