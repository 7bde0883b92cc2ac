"""Inside the Home Assistant that is measured: how long a page holds up its event loop.

Told are the seconds that our websocket command took, each time it was asked for, with
the writing of its answers; and the longest time in which the loop did nothing else.
"""

import asyncio
from functools import wraps
import time
from typing import Any

from aiohttp import web
from homeassistant.components.http import HomeAssistantView
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers.typing import ConfigType

DOMAIN = "page_probe"
_COMMAND = "homelabcmd/overview/subscribe"
_LOOK_SECONDS = 0.001


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Open the view, and begin once everything is there."""
    view = LoopView()
    hass.http.register_view(view)

    async def begin(_event: Event) -> None:
        hass.async_create_background_task(view.watch(), "page probe")

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STARTED, begin)
    return True


class LoopView(HomeAssistantView):
    """What was noted since it was last asked for."""

    url = "/api/page_probe"
    name = "api:page_probe"

    def __init__(self) -> None:
        """Start with nothing."""
        self._ours: list[float] = []
        self._longest = 0.0
        self._wrapped = False

    async def watch(self) -> None:
        """Note how late the loop is."""
        while True:
            before = time.perf_counter()
            await asyncio.sleep(_LOOK_SECONDS)
            late = time.perf_counter() - before - _LOOK_SECONDS
            self._longest = max(self._longest, late)

    def _wrap(self, hass: HomeAssistant) -> None:
        """Measure our command from now on: there is none before we are set up."""
        handlers = hass.data["websocket_api"]
        handler, schema = handlers[_COMMAND]

        @wraps(handler)
        def timed(*given: Any) -> None:  # noqa: ANN401 - whatever it is called with
            before = time.perf_counter()
            handler(*given)
            self._ours.append(time.perf_counter() - before)

        handlers[_COMMAND] = timed, schema

    async def get(self, request: web.Request) -> web.Response:
        """Answer with what was noted, and forget it."""
        if not self._wrapped:
            self._wrap(request.app["hass"])
            self._wrapped = True
        noted = {"ours": self._ours, "longest": self._longest}
        self._ours, self._longest = [], 0.0
        return self.json(noted)
