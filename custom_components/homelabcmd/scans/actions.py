"""The actions on machines without an agent: scan them, and say which key is theirs."""

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
from ..core.scans.book import DEFAULT_LIMIT, UnknownScanError
from ..core.scans.scan import Scan, ScanType
from ..core.scans.targets import (
    SSH_PORT,
    TargetError,
    checked_host,
    checked_port,
    checked_target,
    place_of,
)
from ..errors import HomelabError
from ..hub import administration
from ..hub.hub import Hub
from ..remediation.persons import async_decider
from ..servers.action_values import checked_limit, required_one_of
from .password import Password, hide_password
from .response import scan_response

# Types only: what a value may be is checked below, where the text says what to do.
_PLACE = {
    vol.Required("host"): cv.string,
    vol.Optional("port", default=SSH_PORT): vol.Coerce(float),
}
_SCAN_HOST = vol.All(
    hide_password,
    vol.Schema(
        {
            **_PLACE,
            vol.Required("username"): cv.string,
            vol.Optional("password"): Password,
            vol.Required("scan_type"): cv.string,
        }
    ),
)
_CANCEL_SCAN = vol.Schema({vol.Required("scan_id"): cv.string})
_LIST_SCANS = vol.Schema(
    {
        vol.Optional("scan_id"): cv.string,
        vol.Optional("limit", default=DEFAULT_LIMIT): vol.Coerce(float),
    }
)
_TRUST_HOST = vol.Schema(
    {
        **_PLACE,
        vol.Optional("fingerprint"): cv.string,
        vol.Optional("without_verification", default=False): cv.boolean,
    }
)
_FORGET_HOST = vol.Schema(_PLACE)


@callback
def async_setup_scan_actions(hass: HomeAssistant) -> None:
    """Register the actions. Reading is for everybody, acting for admins."""
    for name, handler, schema in (
        ("list_scans", _async_list_scans, _LIST_SCANS),
        ("get_scan_key", _async_get_scan_key, vol.Schema({})),
    ):
        hass.services.async_register(
            DOMAIN, name, handler, schema, SupportsResponse.ONLY
        )
    answers, nothing = SupportsResponse.OPTIONAL, SupportsResponse.NONE
    async_register_admin_service(
        hass, DOMAIN, "scan_host", _async_scan_host, _SCAN_HOST, answers
    )
    for name, handler, schema, response in (
        ("cancel_scan", _async_cancel_scan, _CANCEL_SCAN, answers),
        ("trust_host", _async_trust_host, _TRUST_HOST, nothing),
        ("forget_host", _async_forget_host, _FORGET_HOST, nothing),
    ):
        async_register_admin_service(hass, DOMAIN, name, handler, schema, response)


async def _async_scan_host(call: ServiceCall) -> ServiceResponse:
    hub = administration.async_loaded_hub(call.hass)
    data = call.data
    scan_type = required_one_of(ScanType, data["scan_type"], "scan_type")
    try:
        target = checked_target(data["host"], data["port"], data["username"])
        scan = await hub.scanner.async_scan(
            target, scan_type, data.get("password"), call.context
        )
    except TargetError as err:
        raise _translated(err) from err
    return {"scan": scan_response(hub.alerting.texts, scan)}


async def _async_cancel_scan(call: ServiceCall) -> ServiceResponse:
    hub = administration.async_loaded_hub(call.hass)
    scan_id = call.data["scan_id"]
    try:
        scan = await hub.scanner.async_cancel(scan_id)
    except UnknownScanError as err:
        raise _unknown(scan_id) from err
    return {"scan": scan_response(hub.alerting.texts, scan)}


async def _async_list_scans(call: ServiceCall) -> ServiceResponse:
    """List scans; of one that is asked for by its id, with what it has found out."""
    hub = administration.async_loaded_hub(call.hass)
    scan_id = call.data.get("scan_id")
    limit = checked_limit(call.data["limit"])
    try:
        found = hub.scanner.book.query(scan_id=scan_id, limit=limit)
    except UnknownScanError as err:
        raise _unknown(scan_id) from err
    if scan_id is not None:
        return {"scans": [await _in_full(hub, scan) for scan in found]}
    return {"scans": [scan_response(hub.alerting.texts, scan) for scan in found]}


async def _in_full(hub: Hub, scan: Scan) -> JsonObjectType:
    result = await hub.scanner.async_result(scan)
    # A long one takes a while to be written out.
    return await hub.hass.async_add_executor_job(
        scan_response, hub.alerting.texts, scan, result
    )


async def _async_get_scan_key(call: ServiceCall) -> ServiceResponse:
    """Return the public half of our key; the private one leaves its file for nobody."""
    hub = administration.async_loaded_hub(call.hass)
    key = await hub.scanner.key.async_get()
    return {"line": key.line, "fingerprint": key.fingerprint}


async def _async_trust_host(call: ServiceCall) -> None:
    hub = administration.async_loaded_hub(call.hass)
    await _async_in_person(call)
    place = _place(call)
    fingerprint = call.data.get("fingerprint")
    # One of the two: nobody ends up without verification by leaving a field out.
    if (fingerprint is None) is not call.data["without_verification"]:
        raise HomelabError("fingerprint_or_none", field="fingerprint")
    if fingerprint is None:
        hub.scanner.hosts.ignore_key(place)
    else:
        hub.scanner.hosts.decide(place, fingerprint.strip())
    await hub.scanner.async_save()


async def _async_forget_host(call: ServiceCall) -> None:
    hub = administration.async_loaded_hub(call.hass)
    await _async_in_person(call)
    hub.scanner.hosts.forget(_place(call))
    await hub.scanner.async_save()


async def _async_in_person(call: ServiceCall) -> None:
    """Raise HomelabError unless a person asks: who compares keys is one."""
    try:
        await async_decider(call)
    except HomelabError as err:
        raise HomelabError("trust_needs_person") from err


def _place(call: ServiceCall) -> str:
    try:
        host = checked_host(call.data["host"])
        return place_of(host, checked_port(call.data["port"]))
    except TargetError as err:
        raise _translated(err) from err


def _translated(error: TargetError) -> HomelabError:
    """Return an error in words that say what to do."""
    return HomelabError(error.code.value, field=error.field, value=error.value)


def _unknown(scan_id: str | None) -> HomelabError:
    return HomelabError("unknown_scan", field="scan_id", scan_id=str(scan_id))
