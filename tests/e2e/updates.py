"""Tells a page more of the hub's news than the hub itself has, and faster."""

import asyncio
from dataclasses import dataclass, field
import json
from typing import Any

from playwright.async_api import Page, WebSocketRoute

SUBSCRIBE = "homelabcmd/overview/subscribe"


@dataclass(kw_only=True)
class Updates:
    """The page's connection, as somebody between it and Home Assistant sees it."""

    first: dict[str, Any] = field(default_factory=dict)
    """What the hub told first."""
    _told: asyncio.Event = field(default_factory=asyncio.Event)
    _subscription: int | None = None
    _route: WebSocketRoute | None = None

    @classmethod
    async def of(cls, page: Page) -> Updates:
        """Stand between a page that is opened next and Home Assistant."""
        updates = cls()
        await page.route_web_socket("**/api/websocket", updates._stand_between)
        return updates

    async def told(self) -> None:
        """Wait until the hub has told everything."""
        await self._told.wait()

    def tell(self, **news: Any) -> None:
        """Tell the page something as if the hub did."""
        assert self._route is not None
        event = {"admin": True, "all": False, "servers": [], **news}
        message = {"id": self._subscription, "type": "event", "event": event}
        self._route.send(json.dumps(message))

    def _stand_between(self, route: WebSocketRoute) -> None:
        self._route = route
        server = route.connect_to_server()

        def from_page(message: str | bytes) -> None:
            for each in _messages(message):
                if each.get("type") == SUBSCRIBE:
                    self._subscription = each["id"]
            server.send(message)

        def from_server(message: str | bytes) -> None:
            messages = _messages(message)
            news = [each for each in messages if self._is_news(each)]
            if news and self.first:
                # From now on only the test tells.
                rest = [each for each in messages if each not in news]
                route.send(json.dumps(rest))
                return
            for each in news:
                self.first = each["event"]
                self._told.set()
            route.send(message)

        route.on_message(from_page)
        server.on_message(from_server)

    def _is_news(self, message: dict[str, Any]) -> bool:
        return message.get("id") == self._subscription and message["type"] == "event"


def _messages(text: str | bytes) -> list[dict[str, Any]]:
    told = json.loads(text)
    return told if isinstance(told, list) else [told]
