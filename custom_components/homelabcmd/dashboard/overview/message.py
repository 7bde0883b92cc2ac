"""What the pages show, as they are told of it."""

from dataclasses import asdict
from itertools import islice
from typing import Any

from ...core.alerts.alert import Alert
from ...core.alerts.rule_settings import Policy
from ...core.alerts.rules import DISK
from ...core.hub.cost import running_cost
from ...core.hub.overview import glance
from ...core.naming import shown
from ...core.remediation.action import Action, ActionRecord, Status
from ...core.servers.server import Presence
from ...hub.hub import Hub
from ...servers.action_values import iso
from ...servers.coordinator import ServerCoordinator

MAX_ALERTS = 10
MAX_ACTIONS = 50


def server_message(hub: Hub, server: ServerCoordinator) -> dict[str, Any]:
    """Return what is told of a server."""
    config, state = server.config, server.data
    policy = hub.alerting.policy_of(config.server_id)
    seen = glance(config, state, policy)
    disk = seen.worst_disk
    silent = state.presence is Presence.OFFLINE
    return {
        "server_id": config.server_id,
        "name": shown(config.name),
        "device_id": server.device_id,
        "presence": state.presence.value,
        "since": iso(state.last_seen) if silent else None,
        "last_seen": iso(state.last_seen),
        "location": config.location,
        "tags": list(config.tags),
        "maintenance": server.alerts.maintenance is not None,
        "cpu": seen.cpu,
        "memory": seen.memory,
        "worst_disk": disk and {"mount": shown(disk.mount), "percent": disk.percent},
        "up_since": iso(seen.up_since),
        "marks": {name: mark.value for name, mark in seen.marks.items()},
        "disk_levels": _levels(policy, DISK),
        "down": [shown(name) for name in seen.down],
        "ip_address": state.facts.host.ip_address,
        "operating_system": state.facts.operating_system,
        "kernel": state.facts.os_info.kernel,
        "tdp_watts": config.tdp_watts,
        **_costs(hub, config.server_id),
    }


def _costs(hub: Hub, server_id: str) -> dict[str, Any]:
    """Return what a server draws, and what that comes to; what is not known is None."""
    metering = hub.metering
    draw, account = metering.draw(server_id), metering.account(server_id)
    typical = account.typical_watts
    return {
        "power": {
            "source": draw.kind.value,
            "problem": draw.problem and draw.problem.value,
            "typical_watts": None if typical is None else round(float(typical), 1),
        },
        "cost": asdict(running_cost(float(typical or 0), float(metering.price))),
        "cost_this_month": round(float(account.this_month.cost), 2),
        "cost_last_month": round(float(account.last_month.cost), 2),
    }


def _levels(policy: Policy, rule: str) -> list[dict[str, Any]]:
    """Return from where on a figure is how bad, the worst last."""
    return [
        {"threshold": bound.threshold, "severity": bound.severity.value}
        for bound in policy.rules.get(rule, ())
        if bound is not None
    ]


def alerts_message(hub: Hub) -> dict[str, Any]:
    """Return what is told of the alerts: those that stand, and what ended lately."""
    book = hub.alerting.book
    standing = sorted(book.standing(), key=lambda alert: alert.created_at, reverse=True)
    ended = islice(reversed(book.history.values()), MAX_ALERTS)
    recent = [*standing, *ended][:MAX_ALERTS]
    return {
        "standing": len(standing),
        "alerts": [_alert(hub, alert) for alert in recent],
    }


def actions_message(hub: Hub) -> dict[str, Any]:
    """Return what is told of the actions that wait for a person."""
    pending = hub.remediator.queue.query(status=Status.PENDING, limit=MAX_ACTIONS)
    return {"actions": [_action(hub, action) for action in pending]}


def _alert(hub: Hub, alert: Alert) -> dict[str, Any]:
    text = hub.alerting.texts.about(alert, hub.alerting.name_of(alert))
    action = hub.remediator.queue.actions.get(alert.action_id or "")
    by = alert.acknowledged_by
    return {
        "alert_id": alert.alert_id,
        "server_id": alert.server_id,
        "severity": alert.severity.value,
        "status": alert.status.value,
        "title": text.title,
        "message": text.message,
        "created_at": alert.created_at.isoformat(),
        "resolved_at": iso(alert.resolved_at),
        "acknowledged_by": by and by.name,
        "remedied": action is not None and action.remedied is True,
    }


def _action(hub: Hub, action: Action) -> dict[str, Any]:
    remediator = hub.remediator
    name = remediator.name_of(action.server_id)
    asked = ActionRecord(
        before=None, action=action, at=action.created_at, by=action.created_by
    )
    return {
        "action_id": action.action_id,
        "server_id": action.server_id,
        "action_type": action.action_type.value,
        "title": remediator.texts.what(action, name),
        "message": remediator.texts.news(asked, name).message,
        "created_at": action.created_at.isoformat(),
        "expires_at": action.expires_at.isoformat(),
        "auto": remediator.auto.offers(action.server_id, action.action_type),
    }
