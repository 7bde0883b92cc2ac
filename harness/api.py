"""A small client of Home Assistant's REST and websocket interfaces."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from typing import Any

import aiohttp

_PATIENCE = 20
"""Seconds until an event must have happened."""


class ApiError(Exception):
    """Home Assistant refused."""


@dataclass(kw_only=True)
class Api:
    """A connection as one user. What it returns is JSON of any shape."""

    url: str
    token: str
    session: aiohttp.ClientSession
    socket: aiohttp.ClientWebSocketResponse
    _ids: count[int] = field(default_factory=lambda: count(1))

    async def get(self, path: str) -> Any:
        """Read something by REST."""
        return await self._request("GET", path)

    async def post(self, path: str, data: object = None) -> Any:
        """Send something by REST."""
        return await self._request("POST", path, data)

    async def delete(self, path: str) -> Any:
        """Delete something by REST."""
        return await self._request("DELETE", path)

    async def action(self, domain: str, name: str, /, **data: object) -> Any:
        """Perform an action and return its response."""
        answer = await self.post(f"/api/services/{domain}/{name}?return_response", data)
        return answer["service_response"]

    async def command(self, command: str, /, **data: object) -> Any:
        """Give a websocket command and return its result."""
        number = next(self._ids)
        asked = {"id": number, "type": command, **data}
        try:
            await self.socket.send_json(asked)
        except aiohttp.ClientConnectionResetError:
            # Home Assistant gives up whoever was silent for long, as a test that waits.
            self.socket = await authenticated(self.session, self.token)
            await self.socket.send_json(asked)
        answer = await self.socket.receive_json()
        if answer["id"] != number or not answer["success"]:
            raise ApiError(f"{command}: {answer}")
        return answer["result"]

    async def _request(self, method: str, path: str, data: object = None) -> Any:
        async with self.session.request(method, path, json=data) as response:
            if response.status >= HTTPStatus.BAD_REQUEST:
                reason = await response.text()
                raise ApiError(f"{method} {path}: {response.status} {reason}")
            return await response.json()


@asynccontextmanager
async def connect(url: str, token: str) -> AsyncIterator[Api]:
    """Connect as the user to whom the token belongs."""
    login = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(url, headers=login) as session:
        socket = await authenticated(session, token)
        yield Api(url=url, token=token, session=session, socket=socket)


async def authenticated(
    session: aiohttp.ClientSession, token: str
) -> aiohttp.ClientWebSocketResponse:
    """Return a websocket of the user; it ends with the session."""
    socket = await session.ws_connect("/api/websocket", max_msg_size=0)
    await socket.receive_json()
    await socket.send_json({"type": "auth", "access_token": token})
    answer = await socket.receive_json()
    if answer["type"] != "auth_ok":
        raise ApiError(f"the login was refused: {answer}")
    return socket


@asynccontextmanager
async def events(
    url: str, token: str, event_type: str
) -> AsyncIterator[Callable[[], Awaitable[Any]]]:
    """Listen to events of a type; yield what waits for the next of them."""
    async with connect(url, token) as api:
        await api.command("subscribe_events", event_type=event_type)

        async def following() -> Any:
            async with asyncio.timeout(_PATIENCE):
                return (await api.socket.receive_json())["event"]

        yield following
