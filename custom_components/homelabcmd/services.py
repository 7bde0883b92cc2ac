"""The actions: what scripts and automations can ask for."""

from dataclasses import replace
from typing import Any

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.service import async_register_admin_service
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from . import registry
from .const import DOMAIN
from .coordinator import ServerCoordinator
from .core.settings import ServerConfig
from .errors import HomelabError
from .hub import Hub
from .protocol.inventory import Metrics, Service

# Types only: what a value may be is checked in one place, by the registry.
_SETTINGS: dict[vol.Marker, Any] = {
    vol.Optional("name"): cv.string,
    vol.Optional("tdp_watts"): vol.Coerce(float),
    vol.Optional("location"): vol.Any(None, cv.string),
    vol.Optional("tags"): vol.All(cv.ensure_list, [cv.string]),
}
_LIST_SERVERS = vol.Schema({vol.Optional("server"): cv.string})
_ADD_SERVER = vol.Schema({vol.Required("server_id"): cv.string, **_SETTINGS})
_UPDATE_SERVER = vol.Schema({vol.Required("server"): cv.string, **_SETTINGS})
_REMOVE_SERVER = vol.Schema({vol.Required("server"): cv.string})


@callback
def async_setup_services(hass: HomeAssistant) -> None:
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
    hub = registry.async_loaded_hub(call.hass)
    servers = (
        [_named_server(hub, call)] if "server" in call.data else hub.servers.values()
    )
    return {"servers": [_server(server) for server in servers]}


async def _async_add_server(call: ServiceCall) -> ServiceResponse:
    hub = registry.async_loaded_hub(call.hass)
    server_id: str = call.data["server_id"]
    config = ServerConfig(**{"name": server_id, **_given(call), "server_id": server_id})
    secret = await registry.async_add_server(hub, config)
    return {
        "server_id": server_id,
        "webhook_url": registry.webhook_url(hub),
        "key": secret.dump(),
        "install_command": registry.install_command(hub, server_id),
    }


# A coroutine, for an admin action that is none loses what it returns.
async def _async_update_server(call: ServiceCall) -> ServiceResponse:
    hub = registry.async_loaded_hub(call.hass)
    server = _named_server(hub, call)
    registry.async_update_server(hub, replace(server.config, **_given(call)))
    return {"server": _server(server)}


async def _async_remove_server(call: ServiceCall) -> None:
    hub = registry.async_loaded_hub(call.hass)
    await registry.async_remove_server(hub, _named_server(hub, call).config.server_id)


def _given(call: ServiceCall) -> dict[str, Any]:
    """Return the settings that a call gives; what it leaves out stays as it is."""
    given = {name: call.data[name] for name in map(str, _SETTINGS) if name in call.data}
    if "tags" in given:
        given["tags"] = tuple(given["tags"])
    return given


def _named_server(hub: Hub, call: ServiceCall) -> ServerCoordinator:
    """Return the server that a call names by its id or by its device."""
    named: str = call.data["server"]
    device = dr.async_get(call.hass).async_get(named)
    identifiers = device.identifiers if device else {(DOMAIN, named)}
    for identifier in identifiers:
        # Other integrations' may have more parts than two.
        if identifier[0] == DOMAIN and identifier[1] in hub.servers:
            return hub.servers[identifier[1]]
    raise HomelabError("unknown_server", field="server", server=named)


# What a response says.


def _server(server: ServerCoordinator) -> JsonObjectType:
    config, state = server.config, server.data
    host, os_info = state.facts.host, state.facts.os_info
    report = state.heartbeat
    return {
        "server_id": config.server_id,
        "display_name": config.name,
        "hostname": host.hostname,
        "ip_address": host.ip_address,
        "mac_address": host.mac_address,
        "tdp_watts": config.tdp_watts,
        "location": config.location,
        "os_distribution": os_info.distribution,
        "os_version": os_info.version,
        "kernel": os_info.kernel,
        "architecture": os_info.architecture,
        "registered_at": state.registered_at.isoformat(),
        "last_seen": state.last_seen.isoformat() if state.last_seen else None,
        "status": state.presence.value,
        "tags": list(config.tags),
        "agent_version": state.facts.agent.version,
        "metrics": _metrics(report.metrics) if report else None,
        "services": [_service(item) for item in report.services] if report else [],
    }


def _metrics(metrics: Metrics) -> JsonObjectType:
    return {
        "cpu_percent": metrics.cpu_percent,
        "memory_percent": metrics.memory_percent,
        "memory_used_gb": metrics.memory_used_gb,
        "memory_total_gb": metrics.memory_total_gb,
        "disk_percent": metrics.disk_percent,
        "disk_used_gb": metrics.disk_used_gb,
        "disk_total_gb": metrics.disk_total_gb,
        "network_rx_bytes": metrics.network_rx_bytes,
        "network_tx_bytes": metrics.network_tx_bytes,
        "load_1m": metrics.load_1m,
        "load_5m": metrics.load_5m,
        "load_15m": metrics.load_15m,
        "uptime_seconds": metrics.uptime_seconds,
        "boot_time": metrics.boot_time.isoformat() if metrics.boot_time else None,
    }


def _service(service: Service) -> JsonObjectType:
    return {
        "name": service.name,
        "status": service.status,
        "pid": service.pid,
        "memory_mb": service.memory_mb,
        "cpu_percent": service.cpu_percent,
    }
