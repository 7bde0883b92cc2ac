"""What the hub serves besides the webhook: its health, the agent, its installer."""

from http import HTTPStatus

from aiohttp import web
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from ..hub.entry import HomelabConfigEntry
from ..protocol.messages import PROTOCOL
from .handout import HANDOUT


@callback
def async_register(hass: HomeAssistant) -> None:
    """Register the views."""
    hass.http.register_view(HealthView())
    hass.http.register_view(InstallerView())
    hass.http.register_view(BundleView())


class HealthView(HomeAssistantView):
    """Tells a monitor, without a login, whether heartbeats are accepted."""

    url = "/api/homelabcmd/health"
    name = "api:homelabcmd:health"
    requires_auth = False

    async def get(self, request: web.Request) -> web.Response:
        """Answer 200 once the hub is ready, 503 before."""
        config_entries = request.app[KEY_HASS].config_entries
        entries: list[HomelabConfigEntry] = config_entries.async_loaded_entries(DOMAIN)
        if any(entry.runtime_data.ready for entry in entries):
            return self.json({"status": "ok", "protocol": PROTOCOL})
        return self.json(
            {"status": "starting", "protocol": PROTOCOL},
            HTTPStatus.SERVICE_UNAVAILABLE,
        )


class InstallerView(HomeAssistantView):
    """Gives a server the script that installs the agent; there is no secret in it."""

    url = "/api/homelabcmd/install.sh"
    name = "api:homelabcmd:installer"
    requires_auth = False

    async def get(self, request: web.Request) -> web.Response:
        """Answer with the script."""
        if (handout := request.app[KEY_HASS].data[HANDOUT]) is None:
            raise web.HTTPNotFound
        return web.Response(body=handout.installer, content_type="text/x-shellscript")


class BundleView(HomeAssistantView):
    """Gives a server the agent; there is no secret in it."""

    url = "/api/homelabcmd/homelab-agent.pyz"
    name = "api:homelabcmd:agent"
    requires_auth = False

    async def get(self, request: web.Request) -> web.Response:
        """Answer with the program."""
        if (handout := request.app[KEY_HASS].data[HANDOUT]) is None:
            raise web.HTTPNotFound
        return web.Response(body=handout.bundle, content_type="application/zip")
