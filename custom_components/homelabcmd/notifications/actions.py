"""The action on targets."""

from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
import voluptuous as vol

from ..const import DOMAIN
from ..errors import HomelabError
from ..hub import administration
from .notifier import Notifier

_SEND_TEST = vol.Schema({vol.Optional("target"): cv.string})


@callback
def async_setup_notification_actions(hass: HomeAssistant) -> None:
    """Register the action; sending is acting, so it is for admins."""
    async_register_admin_service(
        hass, DOMAIN, "send_test_notification", _async_send_test, _SEND_TEST
    )


async def _async_send_test(call: ServiceCall) -> None:
    notifier = administration.async_loaded_hub(call.hass).notifier
    name = call.data.get("target")
    await notifier.async_send_test(None if name is None else _named(notifier, name))


def _named(notifier: Notifier, name: str) -> str:
    """Return the id of a target, given that or its name; raises HomelabError."""
    if name in notifier.targets:
        return name
    found = [
        target.target_id
        for target in notifier.targets.values()
        if target.name.casefold() == name.strip().casefold()
    ]
    if not found:
        names = ", ".join(target.name for target in notifier.targets.values())
        raise HomelabError("unknown_target", field="target", name=name, names=names)
    return found[0]
