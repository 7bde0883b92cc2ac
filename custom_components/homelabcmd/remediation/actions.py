"""The actions on actions: ask for them, decide, look what became of them."""

from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.core import (
    Context,
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
from ..core.alerts.alert import Person
from ..core.remediation.action import Action, ActionError, ActionType, Status
from ..core.remediation.queue import DEFAULT_LIMIT
from ..errors import HomelabError
from ..hub import administration
from ..hub.hub import Hub
from ..servers.action_values import checked_limit, iso, one_of, person
from .persons import async_asker, async_decider, async_follow_calls
from .requests import named_restart, translated

# Types only: what a value may be is checked below, where the text says what to do.
_QUEUE_ACTION = vol.Schema(
    {
        vol.Required("server"): cv.string,
        vol.Required("action_type"): cv.string,
        vol.Optional("target", default=""): cv.string,
        vol.Optional("parameters", default=dict): dict,
    }
)
_RESTART_SERVICE = vol.Schema(
    {vol.Required("server"): cv.string, vol.Required("service"): cv.string}
)
_DECIDE = vol.Schema(
    {vol.Required("action_id"): cv.string, vol.Optional("note"): cv.string}
)
_LIST_ACTIONS = vol.Schema(
    {
        vol.Optional("action_id"): cv.string,
        vol.Optional("status"): cv.string,
        vol.Optional("server"): cv.string,
        vol.Optional("limit", default=DEFAULT_LIMIT): vol.Coerce(float),
    }
)
_SET_AUTO_APPROVE = vol.Schema(
    {
        vol.Required("action_type"): cv.string,
        vol.Optional("server"): cv.string,
        vol.Required("enabled"): cv.boolean,
    }
)

type _Decide = Callable[[str, Person, str | None, Context], Coroutine[Any, Any, Action]]


@callback
def async_setup_remediation_actions(hass: HomeAssistant) -> None:
    """Register the actions. Reading is for everybody, acting for admins.

    Automations may ask, and only a person may decide.
    """
    async_follow_calls(hass)
    answers = SupportsResponse.OPTIONAL
    for name, handler, schema, response in (
        ("list_actions", _async_list_actions, _LIST_ACTIONS, SupportsResponse.ONLY),
        ("queue_action", _async_queue_action, _QUEUE_ACTION, answers),
        ("restart_service", _async_restart_service, _RESTART_SERVICE, answers),
        ("approve_action", _async_approve_action, _DECIDE, answers),
        ("reject_action", _async_reject_action, _DECIDE, answers),
    ):
        hass.services.async_register(DOMAIN, name, handler, schema, response)
    async_register_admin_service(
        hass, DOMAIN, "set_auto_approve", _async_set_auto_approve, _SET_AUTO_APPROVE
    )


async def _async_list_actions(call: ServiceCall) -> ServiceResponse:
    hub = administration.async_loaded_hub(call.hass)
    data = call.data
    server_id = (
        administration.named_server(hub, data["server"]).config.server_id
        if "server" in data
        else None
    )
    try:
        found = hub.remediator.queue.query(
            action_id=data.get("action_id"),
            status=one_of(Status, data.get("status"), "status"),
            server_id=server_id,
            limit=checked_limit(data["limit"]),
        )
    except ActionError as err:
        raise translated(hub.remediator, err) from err
    return {"actions": [action_response(hub, action) for action in found]}


async def _async_queue_action(call: ServiceCall) -> ServiceResponse:
    by = await async_asker(call)
    hub = administration.async_loaded_hub(call.hass)
    server = administration.named_server(hub, call.data["server"])
    action_type = one_of(ActionType, call.data["action_type"], "action_type")
    if action_type is None or call.data["parameters"]:
        raise HomelabError("invalid_parameters", field="parameters")
    wanted = named_restart(
        hub.remediator, server, call.data["target"], by, field="target"
    )
    try:
        action = await hub.remediator.async_queue(wanted, call.context)
    except ActionError as err:
        raise translated(hub.remediator, err) from err
    return {"action": action_response(hub, action)}


async def _async_restart_service(call: ServiceCall) -> ServiceResponse:
    by = await async_asker(call)
    hub = administration.async_loaded_hub(call.hass)
    server = administration.named_server(hub, call.data["server"])
    wanted = named_restart(
        hub.remediator, server, call.data["service"], by, field="service"
    )
    remediator = hub.remediator
    try:
        if by is None:
            action = await remediator.async_queue(wanted, call.context)
        else:
            action = await remediator.async_do(wanted, by, call.context)
    except ActionError as err:
        raise translated(hub.remediator, err) from err
    return {"action": action_response(hub, action)}


async def _async_approve_action(call: ServiceCall) -> ServiceResponse:
    hub = administration.async_loaded_hub(call.hass)
    return await _async_decided(call, hub, hub.remediator.async_approve)


async def _async_reject_action(call: ServiceCall) -> ServiceResponse:
    hub = administration.async_loaded_hub(call.hass)
    return await _async_decided(call, hub, hub.remediator.async_reject)


async def _async_decided(
    call: ServiceCall, hub: Hub, decide: _Decide
) -> ServiceResponse:
    by = await async_decider(call)
    try:
        action = await decide(
            call.data["action_id"], by, call.data.get("note"), call.context
        )
    except ActionError as err:
        raise translated(hub.remediator, err) from err
    return {"action": action_response(hub, action)}


async def _async_set_auto_approve(call: ServiceCall) -> None:
    data = call.data
    if data["enabled"]:
        # Who lets everything of a type happen decides more than who approves one.
        await async_decider(call)
    hub = administration.async_loaded_hub(call.hass)
    server_id = (
        administration.named_server(hub, data["server"]).config.server_id
        if "server" in data
        else None
    )
    action_type = one_of(ActionType, data["action_type"], "action_type")
    if action_type is not None:
        hub.remediator.async_set_auto_approve(
            action_type, server_id, enabled=data["enabled"]
        )


def action_response(hub: Hub, action: Action) -> JsonObjectType:
    """Return what list_actions says of an action."""
    remediator = hub.remediator
    ended = action.outcome is not None
    return {
        "action_id": action.action_id,
        "server_id": action.server_id,
        "alert_id": action.alert_id,
        "action_type": action.action_type.value,
        "target": action.target,
        "parameters": {},
        "title": remediator.texts.what(action, remediator.name_of(action.server_id)),
        "status": action.status.value,
        "auto_approve": action.auto_approved,
        "auto_approved": action.auto_approved,
        "created_at": action.created_at.isoformat(),
        "created_by": person(action.created_by),
        "expires_at": action.expires_at.isoformat(),
        "approved_at": iso(action.decided_at) if action.was_approved else None,
        "decided_at": iso(action.decided_at),
        "decided_by": person(action.decided_by),
        "note": action.note,
        "executed_at": iso(action.executed_at),
        "completed_at": iso(action.completed_at),
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
