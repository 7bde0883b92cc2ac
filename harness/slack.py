"""A stand-in for Slack: its API, for Home Assistant's integration, and a webhook."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from aiohttp import web

from .api import Api
from .ports import LOOPBACK
from .waiting import until

TEAM = "Homelab"
SERVICE = "homelab"
"""The name of the integration's action, behind `notify.`."""
_DOMAIN = "slack"
_TOKEN = "xoxb-stand-in"
_CHANNEL = "#ops"
_HOOK = "/services/T0000/B0000/stand-in"
_PATIENCE = 20
_FLOWS = "/api/config/config_entries"
# What the integration asks for besides sending.
_ANSWERS: dict[str, dict[str, Any]] = {
    "auth.test": {
        "url": "https://homelab.slack.test/",
        "team": TEAM,
        "team_id": "T0000",
        "user": "home-assistant",
        "user_id": "U0000",
    },
    "dnd.info": {"dnd_enabled": False},
}


class Road(StrEnum):
    """How a message came."""

    API = "api"
    WEBHOOK = "webhook"


class Trouble(StrEnum):
    """What keeps Slack from taking messages."""

    ERROR = "internal_error"
    NO_SERVICE = "no_service"
    """The answer of a webhook that was deleted."""
    HANG = "hang"
    """No answer, until it is over."""


_STATUS = {
    Trouble.ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
    Trouble.NO_SERVICE: HTTPStatus.NOT_FOUND,
    Trouble.HANG: HTTPStatus.SERVICE_UNAVAILABLE,
}


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message that somebody wanted to send."""

    road: Road
    body: dict[str, Any]
    """The JSON as it came: channel, text, blocks, attachments."""


@dataclass(kw_only=True)
class Slack:
    """The running stand-in."""

    url: str = ""
    taken: list[Message] = field(default_factory=list)
    """All that a channel would show."""
    _arrived: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    _turned_away: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    _trouble: Trouble | None = None
    _well: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def api(self) -> str:
        """The address that takes the place of `https://slack.com/api/`."""
        return f"{self.url}/api/"

    @property
    def webhook(self) -> str:
        """The address of the incoming webhook."""
        return f"{self.url}{_HOOK}"

    async def received(self, *, patience: float = _PATIENCE) -> Message:
        """Return the next message that was taken; raises TimeoutError."""
        async with asyncio.timeout(patience):
            return await self._arrived.get()

    async def refused(self, *, patience: float = _PATIENCE) -> Message:
        """Return the next message that met the trouble; raises TimeoutError."""
        async with asyncio.timeout(patience):
            return await self._turned_away.get()

    def fail(self, trouble: Trouble) -> None:
        """Take no more messages; other questions are answered."""
        self._trouble = trouble
        self._well.clear()

    def recover(self) -> None:
        """Take messages again; one that hangs is lost."""
        self._trouble = None
        self._well.set()

    def forget(self) -> None:
        """Be well, and know of no messages."""
        self.recover()
        self.taken.clear()
        self._arrived = asyncio.Queue()
        self._turned_away = asyncio.Queue()

    def routes(self) -> list[web.RouteDef]:
        """Return what it answers."""
        return [
            web.post("/api/chat.postMessage", self._post),
            web.route("*", "/api/{method}", self._answer),
            web.post(_HOOK, self._hook),
        ]

    async def _answer(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {_TOKEN}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        if (answer := _ANSWERS.get(request.match_info["method"])) is None:
            return web.json_response({"ok": False, "error": "unknown_method"})
        return web.json_response({"ok": True, **answer})

    async def _post(self, request: web.Request) -> web.Response:
        if trouble := await self._take(Road.API, request):
            return web.json_response(
                {"ok": False, "error": trouble.value}, status=_STATUS[trouble]
            )
        return web.json_response({"ok": True, "ts": str(len(self.taken))})

    async def _hook(self, request: web.Request) -> web.Response:
        if trouble := await self._take(Road.WEBHOOK, request):
            return web.Response(text=trouble.value, status=_STATUS[trouble])
        return web.Response(text="ok")

    async def _take(self, road: Road, request: web.Request) -> Trouble | None:
        message = Message(road=road, body=await request.json())
        trouble = self._trouble
        if trouble is None:
            self.taken.append(message)
            self._arrived.put_nowait(message)
            return None
        self._turned_away.put_nowait(message)
        if trouble is Trouble.HANG:
            await self._well.wait()
        return trouble


@asynccontextmanager
async def slack_stand_in() -> AsyncIterator[Slack]:
    """Run a Slack on loopback."""
    slack = Slack()
    application = web.Application()
    application.add_routes(slack.routes())
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, 0).start()
        _, port = runner.addresses[0]
        slack.url = f"http://{LOOPBACK}:{port}"
        yield slack
    finally:
        # Whoever still waits for an answer gets one.
        slack.recover()
        await runner.cleanup()


async def set_up(api: Api) -> None:
    """Add Home Assistant's Slack integration by its dialog, if it is not there.

    The Home Assistant must have been booted with the stand-in's `api`.
    """
    if await api.get(f"{_FLOWS}/entry?domain={_DOMAIN}"):
        return
    form = await api.post(f"{_FLOWS}/flow", {"handler": _DOMAIN})
    result = await api.post(
        f"{_FLOWS}/flow/{form['flow_id']}",
        {"api_key": _TOKEN, "default_channel": _CHANNEL},
    )
    if result["type"] != "create_entry":
        raise ValueError(f"Slack was refused: {result}")

    async def offered() -> bool | None:
        services = {each["domain"]: each for each in await api.get("/api/services")}
        return SERVICE in services.get("notify", {}).get("services", ()) or None

    await until(offered, f"notify.{SERVICE}", patience=_PATIENCE)
