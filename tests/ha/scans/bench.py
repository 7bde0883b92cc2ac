"""A hub that scans, a machine, and people who ask."""

import asyncio
from dataclasses import dataclass
from typing import Any

from homeassistant.core import Context, Event, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations

from custom_components.homelabcmd.const import DOMAIN
from custom_components.homelabcmd.hub.hub import Hub

from ..dialogs import Dialogs
from .ssh_server import PASSWORD, SshServer


@dataclass
class Bench:
    """Asks as people do."""

    hass: HomeAssistant
    hub: Hub
    server: SshServer
    dialogs: Dialogs
    admin: Context
    guest: Context
    events: list[Event[dict[str, Any]]]
    calls: list[Event[dict[str, Any]]]
    """What Home Assistant tells of each call of an action."""

    async def call(
        self, action: str, context: Context | None = None, **data: Any
    ) -> Any:
        """Call an action, and return its answer if it has one."""
        answers = self.hass.services.supports_response(DOMAIN, action) != "none"
        return await self.hass.services.async_call(
            DOMAIN,
            action,
            data,
            blocking=True,
            return_response=answers,
            context=context or self.admin,
        )

    async def begin(self, **changes: Any) -> dict[str, Any]:
        """Ask for a scan, and return what is answered."""
        wanted: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.server.port,
            "username": "ana",
            "password": PASSWORD,
            "scan_type": "quick",
        }
        wanted |= changes
        wanted = {name: value for name, value in wanted.items() if value is not None}
        answer = await self.call("scan_host", **wanted)
        scan: dict[str, Any] = answer["scan"]
        return scan

    async def scan(self, **changes: Any) -> dict[str, Any]:
        """Scan, and return all that is known when it has ended."""
        scan = await self.begin(**changes)
        return await self.ended(scan["scan_id"])

    async def ended(self, scan_id: str) -> dict[str, Any]:
        """Wait until a scan has ended, and return all that is known of it."""
        while (task := self.hub.scanner._tasks.get(scan_id)) is not None:
            await asyncio.wait([task])
        return await self.look(scan_id)

    async def look(self, scan_id: str) -> dict[str, Any]:
        """Return all that is known of a scan."""
        answer = await self.call("list_scans", self.guest, scan_id=scan_id)
        scan: dict[str, Any] = answer["scans"][0]
        return scan

    async def trusted(self, **changes: Any) -> dict[str, Any]:
        """Trust the machine, scan it, and return what is known then."""
        await self.scan()
        await self.trust(fingerprint=self.server.fingerprint)
        return await self.scan(**changes)

    async def trust(self, **data: Any) -> None:
        """Say something about the machine's key."""
        await self.call("trust_host", host="127.0.0.1", port=self.server.port, **data)

    async def refused(self, action: str, **data: Any) -> str:
        """Return what a user reads when something is refused."""
        try:
            await self.call(action, **data)
        except ServiceValidationError as error:
            texts = await async_get_translations(
                self.hass, "en", "exceptions", [DOMAIN]
            )
            key = f"component.{DOMAIN}.exceptions.{error.translation_key}.message"
            return texts[key].format(**(error.translation_placeholders or {}))
        raise AssertionError(f"{action} was not refused")

    def issues(self) -> list[str]:
        """Return what there is to repair about keys."""
        return [
            issue.translation_key or "?"
            for (domain, key), issue in ir.async_get(self.hass).issues.items()
            if domain == DOMAIN and key.startswith("host_key_")
        ]

    def issue_id(self) -> str:
        """Return the id of the one repair about a key."""
        [found] = [
            key
            for domain, key in ir.async_get(self.hass).issues
            if domain == DOMAIN and key.startswith("host_key_")
        ]
        return found

    def told(self) -> list[str]:
        """Return how scans went since the last look."""
        statuses = [event.data["status"] for event in self.events]
        self.events.clear()
        return statuses
