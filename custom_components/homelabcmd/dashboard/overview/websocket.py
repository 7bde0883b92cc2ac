"""The commands by which a page asks to be told, over Home Assistant's websocket."""

from typing import Any

from homeassistant.components import websocket_api
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
import voluptuous as vol

from ...const import DOMAIN
from ...hub.hub import Hub
from .audience import AUDIENCE, Audience
from .forecast import forecast


@callback
def async_register(hass: HomeAssistant) -> None:
    """Register the commands: a page may ask before there is a hub."""
    hass.data[AUDIENCE] = Audience(hass)
    websocket_api.async_register_command(hass, _subscribe)
    websocket_api.async_register_command(hass, forecast)


@callback
def async_follow(hass: HomeAssistant, hub: Hub) -> CALLBACK_TYPE:
    """Tell the pages what becomes of a hub; return what ends that."""
    return hass.data[AUDIENCE].async_follow(hub)


@websocket_api.websocket_command({vol.Required("type"): f"{DOMAIN}/overview/subscribe"})
@callback
def _subscribe(
    hass: HomeAssistant,
    connection: websocket_api.ActiveConnection,
    msg: dict[str, Any],
) -> None:
    """Tell a page everything, and then what changes. Reading is for everybody."""
    message_id = msg["id"]

    @callback
    def tell(news: dict[str, Any]) -> None:
        event = {"admin": connection.user.is_admin, **news}
        connection.send_message(websocket_api.event_message(message_id, event))

    connection.send_result(message_id)
    leave = hass.data[AUDIENCE].async_join(tell)
    connection.subscriptions[message_id] = leave
