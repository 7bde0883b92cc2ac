"""The actions on servers."""

from dataclasses import replace
from typing import Any

from homeassistant.core import (
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
from ..core.hub.settings import ServerConfig
from ..core.servers.watch_list import Watched
from ..hub import administration
from .action_response import server_response

# Types only: what a value may be is checked in one place, in hub/administration.py.
_SETTINGS: dict[vol.Marker, Any] = {
    vol.Optional("name"): cv.string,
    vol.Optional("tdp_watts"): vol.Coerce(float),
    vol.Optional("location"): vol.Any(None, cv.string),
    vol.Optional("tags"): vol.All(cv.ensure_list, [cv.string]),
}
_WATCHED = vol.Any(
    vol.Schema(
        {
            vol.Required("name"): cv.string,
            vol.Optional("critical", default=True): cv.boolean,
        }
    ),
    cv.string,
)
_WATCH_LISTS: dict[vol.Marker, Any] = {
    vol.Optional("services"): vol.All(cv.ensure_list, [_WATCHED]),
    vol.Optional("containers"): vol.All(cv.ensure_list, [_WATCHED]),
}
_LIST_SERVERS = vol.Schema({vol.Optional("server"): cv.string})
_ADD_SERVER = vol.Schema({vol.Required("server_id"): cv.string, **_SETTINGS})
_UPDATE_SERVER = vol.Schema(
    {vol.Required("server"): cv.string, **_SETTINGS, **_WATCH_LISTS}
)
_REMOVE_SERVER = vol.Schema({vol.Required("server"): cv.string})


@callback
def async_setup_server_actions(hass: HomeAssistant) -> None:
    """Register the actions. Reading is for everybody, acting for admins."""
    hass.services.async_register(
        DOMAIN, "list_servers", _list_servers, _LIST_SERVERS, SupportsResponse.ONLY
    )
    async_register_admin_service(
        hass,
        DOMAIN,
        "add_server",
        _async_add_server,
        _ADD_SERVER,
        SupportsResponse.OPTIONAL,
    )
    async_register_admin_service(
        hass,
        DOMAIN,
        "update_server",
        _async_update_server,
        _UPDATE_SERVER,
        SupportsResponse.OPTIONAL,
    )
    async_register_admin_service(
        hass, DOMAIN, "remove_server", _async_remove_server, _REMOVE_SERVER
    )


@callback
def _list_servers(call: ServiceCall) -> ServiceResponse:
    hub = administration.async_loaded_hub(call.hass)
    servers = (
        [administration.named_server(hub, call.data["server"])]
        if "server" in call.data
        else hub.servers.values()
    )
    return {"servers": [server_response(server) for server in servers]}


async def _async_add_server(call: ServiceCall) -> ServiceResponse:
    hub = administration.async_loaded_hub(call.hass)
    server_id: str = call.data["server_id"]
    config = ServerConfig(**{"name": server_id, **_given(call), "server_id": server_id})
    secret = await administration.async_add_server(hub, config)
    return {
        "server_id": server_id,
        "webhook_url": administration.webhook_url(hub),
        "key": secret.dump(),
        "install_command": administration.install_command(hub, server_id),
    }


# A coroutine, for an admin action that is none loses what it returns.
async def _async_update_server(call: ServiceCall) -> ServiceResponse:
    hub = administration.async_loaded_hub(call.hass)
    server = administration.named_server(hub, call.data["server"])
    administration.async_update_server(hub, replace(server.config, **_given(call)))
    return {"server": server_response(server)}


async def _async_remove_server(call: ServiceCall) -> None:
    hub = administration.async_loaded_hub(call.hass)
    server = administration.named_server(hub, call.data["server"])
    await administration.async_remove_server(hub, server.config.server_id)


def _given(call: ServiceCall) -> dict[str, Any]:
    """Return the settings that a call gives; what it leaves out stays as it is."""
    given = {name: call.data[name] for name in map(str, _SETTINGS) if name in call.data}
    if "tags" in given:
        given["tags"] = tuple(given["tags"])
    for name in map(str, _WATCH_LISTS):
        if name in call.data:
            given[name] = tuple(map(_watched, call.data[name]))
    return given


def _watched(item: str | dict[str, Any]) -> Watched:
    return Watched(name=item) if isinstance(item, str) else Watched(**item)
