"""The actions on alerts."""

from datetime import timedelta

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import DOMAIN
from ..core.alerts import maintenance
from ..core.alerts.alert import Alert, AlertError, Person, Status
from ..core.alerts.book import DEFAULT_LIMIT
from ..core.alerts.rules import Severity
from ..errors import HomelabError
from ..hub import administration
from ..hub.hub import Hub
from ..servers.action_values import checked_limit, iso, one_of, person
from .alerting import Alerting

# Types only: what a value may be is checked below, where the text says what to do.
_LIST_ALERTS = vol.Schema(
    {
        vol.Optional("alert_id"): cv.string,
        vol.Optional("status"): cv.string,
        vol.Optional("severity"): cv.string,
        vol.Optional("server"): cv.string,
        vol.Optional("limit", default=DEFAULT_LIMIT): vol.Coerce(float),
    }
)
_ANSWER = vol.Schema(
    {vol.Required("alert_id"): cv.string, vol.Optional("note"): cv.string}
)
_SET_MAINTENANCE = vol.Schema(
    {
        vol.Required("server"): cv.string,
        vol.Optional("enabled", default=True): cv.boolean,
        vol.Optional("duration"): object,
    }
)


@callback
def async_setup_alert_actions(hass: HomeAssistant) -> None:
    """Register the actions. Reading is for everybody, acting for admins."""
    hass.services.async_register(
        DOMAIN, "list_alerts", _list_alerts, _LIST_ALERTS, SupportsResponse.ONLY
    )
    async_register_admin_service(
        hass, DOMAIN, "acknowledge_alert", _async_acknowledge_alert, _ANSWER
    )
    async_register_admin_service(
        hass, DOMAIN, "resolve_alert", _async_resolve_alert, _ANSWER
    )
    async_register_admin_service(
        hass, DOMAIN, "set_maintenance", _async_set_maintenance, _SET_MAINTENANCE
    )


@callback
def _list_alerts(call: ServiceCall) -> ServiceResponse:
    hub = administration.async_loaded_hub(call.hass)
    data = call.data
    server_id = (
        administration.named_server(hub, data["server"]).config.server_id
        if "server" in data
        else None
    )
    limit = checked_limit(data["limit"])
    try:
        found = hub.alerting.book.query(
            alert_id=data.get("alert_id"),
            status=one_of(Status, data.get("status"), "status"),
            severity=one_of(Severity, data.get("severity"), "severity"),
            server_id=server_id,
            limit=limit,
        )
    except AlertError as err:
        raise _translated(err) from err
    return {"alerts": [alert_response(hub, alert) for alert in found]}


async def _async_acknowledge_alert(call: ServiceCall) -> None:
    alerting, by = await _async_answering(call)
    try:
        alerting.async_acknowledge(
            call.data["alert_id"], by, call.data.get("note"), call.context
        )
    except AlertError as err:
        raise _translated(err) from err
    await alerting.async_save()


async def _async_resolve_alert(call: ServiceCall) -> None:
    alerting, by = await _async_answering(call)
    try:
        alerting.async_resolve(
            call.data["alert_id"], by, call.data.get("note"), call.context
        )
    except AlertError as err:
        raise _translated(err) from err
    await alerting.async_save()


async def _async_set_maintenance(call: ServiceCall) -> None:
    hub = administration.async_loaded_hub(call.hass)
    server = administration.named_server(hub, call.data["server"])
    seconds = _seconds(call.data["duration"]) if "duration" in call.data else None
    hub.alerting.async_set_maintenance(
        server,
        enabled=call.data["enabled"],
        duration=seconds,
        context=call.context,
    )
    await hub.alerting.async_save()


def _seconds(duration: object) -> float:
    """Return a duration in seconds, however it was written; raises HomelabError."""
    try:
        period: timedelta = cv.time_period(duration)
    except (vol.Invalid, OverflowError) as err:
        raise HomelabError("invalid_duration", field="duration") from err
    seconds = period.total_seconds()
    if not 0 < seconds <= maintenance.MAX_SECONDS:
        raise HomelabError("invalid_duration", field="duration")
    return seconds


async def _async_answering(call: ServiceCall) -> tuple[Alerting, Person]:
    """Return the alerts, and who answers one: nobody if an automation does."""
    hub = administration.async_loaded_hub(call.hass)
    user_id = call.context.user_id
    user = await call.hass.auth.async_get_user(user_id) if user_id else None
    return hub.alerting, Person.of(user_id, user.name if user else None)


def _translated(err: AlertError) -> HomelabError:
    return HomelabError(err.code.value, field="alert_id", alert_id=err.alert_id)


def alert_response(hub: Hub, alert: Alert) -> JsonObjectType:
    """Return what list_alerts says of an alert."""
    alerting = hub.alerting
    action = hub.remediator.queue.actions.get(alert.action_id or "")
    text = alerting.texts.about(alert, alerting.name_of(alert))
    return {
        "alert_id": alert.alert_id,
        "server_id": alert.server_id,
        "severity": alert.severity.value,
        "type": alert.type.value,
        "subject": alert.subject,
        "title": text.title,
        "message": text.message,
        "metric_value": alert.metric_value,
        "threshold_value": alert.threshold_value,
        "status": alert.status.value,
        "created_at": alert.created_at.isoformat(),
        "acknowledged_at": iso(alert.acknowledged_at),
        "acknowledged_by": person(alert.acknowledged_by),
        "acknowledged_note": alert.acknowledged_note,
        "resolved_at": iso(alert.resolved_at),
        "resolved_by": person(alert.resolved_by),
        "resolved_note": alert.resolved_note,
        "resolution": alert.resolution and alert.resolution.value,
        "notified": alert.notified,
        "undelivered": list(alert.undelivered),
        "auto_remediation": {
            "available": alert.action_id is not None
            or hub.remediator.can_repair(alert),
            "action_id": alert.action_id,
            "status": action.status.value if action else None,
        },
        "auto_remediated": action is not None and action.remedied is True,
    }
