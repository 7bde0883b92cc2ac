"""What the hub serves besides the webhook: its health."""

from http import HTTPStatus

from aiohttp import web
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .protocol.messages import PROTOCOL


@callback
def async_register(hass: HomeAssistant) -> None:
    """Register the views."""
    hass.http.register_view(HealthView())


class HealthView(HomeAssistantView):
    """Tells a monitor, without a login, whether heartbeats are accepted."""

    url = "/api/homelabcmd/health"
    name = "api:homelabcmd:health"
    requires_auth = False

    async def get(self, request: web.Request) -> web.Response:
        """Answer 200 once the hub is ready, 503 before."""
        entries = request.app[KEY_HASS].config_entries.async_loaded_entries(DOMAIN)
        if any(entry.runtime_data.ready for entry in entries):
            return self.json({"status": "ok", "protocol": PROTOCOL})
        return self.json(
            {"status": "starting", "protocol": PROTOCOL},
            HTTPStatus.SERVICE_UNAVAILABLE,
        )
