"""The actions about power and money."""

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
from ..core.hub.cost import HOURS_PER_DAY, savings
from ..core.power.account import total
from ..errors import HomelabError
from ..hub import administration
from ..hub.hub import Hub
from ..servers.coordinator import ServerCoordinator
from . import response
from .energy_dashboard import async_add

_OF_SERVERS = vol.Schema({vol.Optional("server"): cv.string})
_ESTIMATE_SAVINGS = vol.Schema(
    {
        vol.Required("server"): cv.string,
        vol.Required("hours_per_day"): vol.Coerce(float),
    }
)


@callback
def async_setup_power_actions(hass: HomeAssistant) -> None:
    """Register the actions. Reading is for everybody, acting for admins."""
    for name, handler, schema in (
        ("get_costs", _get_costs, _OF_SERVERS),
        ("estimate_savings", _estimate_savings, _ESTIMATE_SAVINGS),
    ):
        hass.services.async_register(
            DOMAIN, name, handler, schema, SupportsResponse.ONLY
        )
    async_register_admin_service(
        hass,
        DOMAIN,
        "add_to_energy_dashboard",
        _async_add_to_energy_dashboard,
        _OF_SERVERS,
        SupportsResponse.OPTIONAL,
    )


@callback
def _get_costs(call: ServiceCall) -> ServiceResponse:
    hub = administration.async_loaded_hub(call.hass)
    metering = hub.metering
    metering.count()
    price = float(metering.price)
    accounts = {
        server.config.server_id: metering.account(server.config.server_id)
        for server in _servers(hub, call)
    }
    of_all = total(accounts.values(), "") if "server" in call.data else metering.total()
    return {
        "currency": call.hass.config.currency,
        "price": price,
        "servers": [
            response.server_costs(
                hub.servers[server_id].config,
                account,
                metering.draw(server_id),
                price,
            )
            for server_id, account in accounts.items()
        ],
        "total": response.costs(of_all, price),
    }


@callback
def _estimate_savings(call: ServiceCall) -> ServiceResponse:
    hub = administration.async_loaded_hub(call.hass)
    [server] = _servers(hub, call)
    hours = call.data["hours_per_day"]
    if not 0 <= hours <= HOURS_PER_DAY:
        raise HomelabError("invalid_hours", field="hours_per_day")
    watts = hub.metering.account(server.config.server_id).typical_watts
    if watts is None:
        raise HomelabError("power_unknown", field="server", name=server.config.name)
    saved = savings(float(watts), float(hub.metering.price), hours)
    return {"currency": call.hass.config.currency, **response.estimated(saved)}


# A coroutine, for an admin action that is none loses what it returns.
async def _async_add_to_energy_dashboard(call: ServiceCall) -> ServiceResponse:
    hub = administration.async_loaded_hub(call.hass)
    devices = await async_add(call.hass, _servers(hub, call))
    return {"added": [response.added(device) for device in devices]}


def _servers(hub: Hub, call: ServiceCall) -> list[ServerCoordinator]:
    """Return the server that a call names, or all."""
    if "server" in call.data:
        return [administration.named_server(hub, call.data["server"])]
    return list(hub.servers.values())
