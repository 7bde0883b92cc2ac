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
import voluptuous as vol

from ..const import DOMAIN
from ..core.alerts.alert import Person
from ..core.remediation.action import Action, ActionError, ActionType, Status
from ..core.remediation.approval import AUTO_TYPES
from ..core.remediation.book import DEFAULT_LIMIT
from ..errors import HomelabError
from ..hub import administration
from ..hub.hub import Hub
from ..servers.action_values import (
    checked_limit,
    one_of,
    required_one_of,
)
from .persons import async_asker, async_decider, async_follow_calls
from .requests import named_action, named_restart, translated
from .response import action_response

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
    return {"actions": [action_response(hub.remediator, action) for action in found]}


async def _async_queue_action(call: ServiceCall) -> ServiceResponse:
    by = await async_asker(call)
    hub = administration.async_loaded_hub(call.hass)
    server = administration.named_server(hub, call.data["server"])
    wanted = named_action(
        hub.remediator,
        server,
        required_one_of(ActionType, call.data["action_type"], "action_type"),
        call.data["target"],
        call.data["parameters"],
        by,
    )
    try:
        action = await hub.remediator.async_queue(wanted, call.context)
    except ActionError as err:
        raise translated(hub.remediator, err) from err
    return {"action": action_response(hub.remediator, action)}


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
    return {"action": action_response(hub.remediator, action)}


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
    return {"action": action_response(hub.remediator, action)}


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
    action_type = required_one_of(ActionType, data["action_type"], "action_type")
    if action_type not in AUTO_TYPES:
        raise HomelabError("never_automatic", field="action_type")
    hub.remediator.async_set_auto_approve(
        action_type, server_id, enabled=data["enabled"]
    )
