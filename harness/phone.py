"""A phone with the companion app, which Home Assistant's `mobile_app` reaches."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
import re
import secrets
from typing import Any, Self

import aiohttp

from .account import Account
from .api import Api, ApiError, authenticated

_DOMAIN = "mobile_app"
_PRESSED = "mobile_app_notification_action"
_CLEAR = "clear_notification"
_CHANNEL = 1
"""The number of the websocket command by which notifications come."""
_PATIENCE = 20
_ENTRIES = "/api/config/config_entries/entry"


@dataclass(frozen=True, kw_only=True)
class App:
    """What the app of one kind of phone says of it."""

    app_id: str
    manufacturer: str
    model: str
    os_name: str
    os_version: str


IPHONE = App(
    app_id="io.robbie.HomeAssistant",
    manufacturer="Apple",
    model="iPhone17,1",
    os_name="iOS",
    os_version="19.0",
)
ANDROID = App(
    app_id="io.homeassistant.companion.android",
    manufacturer="Google",
    model="Pixel 9",
    os_name="Android",
    os_version="36",
)


@dataclass(frozen=True, kw_only=True)
class Notification:
    """What Home Assistant has sent to a phone."""

    message: str
    title: str | None
    data: dict[str, Any]

    @classmethod
    def of(cls, event: dict[str, Any]) -> Self:
        """Read it from what came."""
        return cls(
            message=event["message"],
            title=event.get("title"),
            data=event.get("data", {}),
        )

    @property
    def tag(self) -> str | None:
        """What later ones replace or clear it by."""
        return self.data.get("tag")

    @property
    def clears(self) -> bool:
        """Whether it takes another one away instead of being shown."""
        return self.message == _CLEAR

    @property
    def buttons(self) -> dict[str, str]:
        """The ids of the actions, by the titles that are read."""
        return {each["title"]: each["action"] for each in self.data.get("actions", ())}


@dataclass(kw_only=True)
class Phone:
    """A registered phone of one user."""

    account: Account
    name: str
    webhook_id: str
    app_device_id: str
    _arrived: asyncio.Queue[Notification] = field(default_factory=asyncio.Queue)
    _screen: dict[str, Notification] = field(default_factory=dict)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _online: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def service(self) -> str:
        """The name of its action, behind `notify.`."""
        return f"{_DOMAIN}_{re.sub('[^a-z0-9]+', '_', self.name.lower()).strip('_')}"

    @property
    def shown(self) -> tuple[Notification, ...]:
        """What a person sees on it now, the oldest first."""
        return tuple(self._screen.values())

    async def received(self, *, patience: float = _PATIENCE) -> Notification:
        """Return the next one that has come, shown or not; raises TimeoutError."""
        async with asyncio.timeout(patience):
            return await self._arrived.get()

    async def shows(
        self,
        wanted: Callable[[tuple[Notification, ...]], bool],
        *,
        patience: float = _PATIENCE,
    ) -> tuple[Notification, ...]:
        """Wait until what a person sees is as wanted; raises TimeoutError."""
        async with asyncio.timeout(patience), self._changed:
            await self._changed.wait_for(lambda: wanted(self.shown))
            return self.shown

    async def press(self, action: str, on: Notification | None = None) -> None:
        """Press a button by its id; without a notification the id is a stolen one."""
        data = {} if on is None else on.data
        pressed = {"action": action} | {
            name: data[name] for name in ("tag", "action_data") if name in data
        }
        await self._tell("fire_event", event_type=_PRESSED, event_data=pressed)
        if on is not None:
            # Both systems take a notification away that was answered.
            await self._show({key: x for key, x in self._screen.items() if x != on})

    async def connect(self) -> None:
        """Open the app, again if need be: from now on notifications arrive."""
        await self.disconnect()
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(
                aiohttp.ClientSession(self.account.url)
            )
            socket = await self._channel(session)
            listening = asyncio.create_task(self._listen(socket))
            stack.push_async_callback(asyncio.wait_for, listening, _PATIENCE)
            stack.push_async_callback(socket.close)
            self._online = stack.pop_all()

    async def disconnect(self) -> None:
        """Lose the network; what is sent now is refused."""
        await self._online.aclose()

    async def device_id(self, api: Api) -> str:
        """Return the id of its device."""
        for device in await api.command("config/device_registry/list"):
            if [_DOMAIN, self.app_device_id] in device["identifiers"]:
                found: str = device["id"]
                return found
        raise LookupError(self.name)

    async def unregister(self, api: Api) -> None:
        """Have an administrator delete the phone."""
        for entry in await api.get(f"{_ENTRIES}?domain={_DOMAIN}"):
            if entry["title"] == self.name:
                await api.delete(f"{_ENTRIES}/{entry['entry_id']}")

    async def _channel(
        self, session: aiohttp.ClientSession
    ) -> aiohttp.ClientWebSocketResponse:
        socket = await authenticated(session, self.account.token)
        await socket.send_json(
            {
                "id": _CHANNEL,
                "type": f"{_DOMAIN}/push_notification_channel",
                "webhook_id": self.webhook_id,
                "support_confirm": True,
            }
        )
        answer = await socket.receive_json()
        if not answer["success"]:
            raise ApiError(f"no notifications for {self.name}: {answer}")
        return socket

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        numbers = count(_CHANNEL + 1)
        # It ends with the connection, even while something is being confirmed.
        with suppress(ConnectionError):
            async for frame in socket:
                answer = frame.json()
                if answer["id"] != _CHANNEL:
                    continue
                event = answer["event"]
                await self._take(Notification.of(event))
                await socket.send_json(
                    {
                        "id": next(numbers),
                        "type": f"{_DOMAIN}/push_notification_confirm",
                        "webhook_id": self.webhook_id,
                        "confirm_id": event["hass_confirm_id"],
                    }
                )

    async def _take(self, new: Notification) -> None:
        key = new.tag or secrets.token_hex()
        others = {name: x for name, x in self._screen.items() if name != key}
        await self._show(others if new.clears else others | {key: new})
        self._arrived.put_nowait(new)

    async def _show(self, screen: dict[str, Notification]) -> None:
        async with self._changed:
            self._screen = screen
            self._changed.notify_all()

    async def _tell(self, kind: str, **data: object) -> None:
        """Tell Home Assistant something; the address alone says who it is."""
        async with aiohttp.request(
            "POST",
            f"{self.account.url}/api/webhook/{self.webhook_id}",
            json={"type": kind, "data": data},
            raise_for_status=True,
        ):
            pass


async def register(account: Account, name: str, app: App) -> Phone:
    """Log the user in with the app of a new phone, which is not connected yet."""
    device = secrets.token_hex(8)
    async with (
        aiohttp.ClientSession(
            account.url, headers={"Authorization": f"Bearer {account.token}"}
        ) as session,
        session.post(
            f"/api/{_DOMAIN}/registrations",
            json={
                "device_id": device,
                "app_id": app.app_id,
                "app_name": "Home Assistant",
                "app_version": "2026.10.0",
                "device_name": name,
                "manufacturer": app.manufacturer,
                "model": app.model,
                "os_name": app.os_name,
                "os_version": app.os_version,
                "supports_encryption": False,
                # There is no cloud that would reach it elsewhere.
                "app_data": {"push_websocket_channel": True},
            },
            raise_for_status=True,
        ) as response,
    ):
        webhook_id = (await response.json())["webhook_id"]
    return Phone(
        account=account, name=name, webhook_id=webhook_id, app_device_id=device
    )


@asynccontextmanager
async def phone(account: Account, name: str, app: App) -> AsyncIterator[Phone]:
    """Register a phone and keep it connected."""
    registered = await register(account, name, app)
    await registered.connect()
    try:
        yield registered
    finally:
        await registered.disconnect()
