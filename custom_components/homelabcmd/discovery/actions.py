"""The actions on the devices of the home network."""

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
import voluptuous as vol

from ..const import DOMAIN
from ..core.discovery.book import UnknownDeviceError
from ..core.discovery.networks import NetworkError
from ..errors import HomelabError
from ..hub import administration
from ..hub.hub import Hub
from .response import device_response, place_response
from .vendors import async_vendors

# Types only: what a value may be is checked where the text says what to do.
_DISCOVER = vol.Schema({vol.Optional("network"): cv.string})
_DEVICE = vol.Schema({vol.Required("device"): cv.string})


@callback
def async_setup_discovery_actions(hass: HomeAssistant) -> None:
    """Register the actions. Reading is for everybody, acting for admins."""
    answers, nothing = SupportsResponse.OPTIONAL, SupportsResponse.NONE
    for name, handler, schema, response in (
        ("list_devices", _async_list, vol.Schema({}), SupportsResponse.ONLY),
        ("discover_network", _async_discover, _DISCOVER, answers),
    ):
        hass.services.async_register(DOMAIN, name, handler, schema, response)
    for name, handler, schema, response in (
        ("forget_device", _async_forget, _DEVICE, nothing),
        ("add_device_as_server", _async_add, _DEVICE, answers),
    ):
        async_register_admin_service(hass, DOMAIN, name, handler, schema, response)


async def _async_list(call: ServiceCall) -> ServiceResponse:
    return await _answer(administration.async_loaded_hub(call.hass))


async def _async_discover(call: ServiceCall) -> ServiceResponse:
    hub = administration.async_loaded_hub(call.hass)
    network = call.data.get("network")
    if network is not None:
        await _async_check_admin(call)
    try:
        await hub.explorer.async_look(network, call.context)
    except NetworkError as err:
        raise HomelabError(
            err.code.value, field="network", network=err.network
        ) from err
    return await _answer(hub)


async def _async_check_admin(call: ServiceCall) -> None:
    """Raise Unauthorized for a user who may only read; automations may probe."""
    if call.context.user_id is None:
        return
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context)
    if not user.is_admin:
        raise Unauthorized(context=call.context)


async def _answer(hub: Hub) -> ServiceResponse:
    explorer = hub.explorer
    devices, servers = explorer.book.query(), explorer.servers_of()
    vendors = await async_vendors(devices)
    return {
        "devices": [
            device_response(
                device,
                vendors.get(device.device_id),
                servers.get(device.device_id),
            )
            for device in devices
        ],
        "networks": [place_response(each) for each in await explorer.async_places()],
    }


async def _async_forget(call: ServiceCall) -> None:
    hub = administration.async_loaded_hub(call.hass)
    try:
        await hub.explorer.async_forget(call.data["device"], call.context)
    except UnknownDeviceError as err:
        raise _unknown(call) from err


async def _async_add(call: ServiceCall) -> ServiceResponse:
    hub = administration.async_loaded_hub(call.hass)
    try:
        flow_id = await hub.explorer.async_suggest(call.data["device"])
    except UnknownDeviceError as err:
        raise _unknown(call) from err
    return {"flow_id": flow_id}


def _unknown(call: ServiceCall) -> HomelabError:
    return HomelabError("unknown_device", field="device", device=call.data["device"])
