"""Inside the Home Assistant that is measured: the least webhook, and the garbage.

The webhook is the floor of what a heartbeat can cost: it parses, writes three states
and answers. The view tells how often all of the memory was searched for garbage, and
what that took.
"""

import gc
import time

from aiohttp import web
from homeassistant.components import webhook
from homeassistant.components.http import HomeAssistantView
from homeassistant.core import HomeAssistant
from homeassistant.helpers.typing import ConfigType
from homeassistant.util.json import json_loads

DOMAIN = "probe"
_SHOWN = ("cpu_percent", "memory_percent", "load_1m")
_OLDEST = 2


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Open the webhook and the view."""
    webhook.async_register(
        hass, DOMAIN, "Probe", DOMAIN, _take, allowed_methods=("POST",)
    )
    view = GarbageView()
    gc.callbacks.append(view.note)
    hass.http.register_view(view)
    return True


async def _take(
    hass: HomeAssistant, _webhook_id: str, request: web.Request
) -> web.Response:
    heartbeat = json_loads(await request.read())
    assert isinstance(heartbeat, dict)  # noqa: S101 - the benchmark has sent it
    server_id, metrics = heartbeat["server_id"], heartbeat["metrics"]
    assert isinstance(metrics, dict)  # noqa: S101 - as above
    for name in _SHOWN:
        hass.states.async_set(f"sensor.{server_id}_{name}", str(metrics[name]))
    return web.json_response({"received": True})


class GarbageView(HomeAssistantView):
    """How often all of the memory was searched, and the seconds that took in all."""

    url = "/api/probe"
    name = "api:probe"

    def __init__(self) -> None:
        """Start with none."""
        self._searches = 0
        self._seconds = 0.0
        self._began = 0.0

    def note(self, phase: str, about: dict[str, int]) -> None:
        """Take note of a search for garbage that begins or ends."""
        if about["generation"] != _OLDEST:
            return
        if phase == "start":
            self._began = time.thread_time()
        else:
            self._searches += 1
            self._seconds += time.thread_time() - self._began

    async def get(self, _request: web.Request) -> web.Response:
        """Answer with both."""
        return self.json({"searches": self._searches, "seconds": self._seconds})
