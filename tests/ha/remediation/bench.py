"""A managed server whose agent is played over the webhook, and people who decide."""

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from homeassistant.core import Context, Event
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.translation import async_get_translations

from custom_components.homelabcmd.const import DOMAIN
from tests.builders import heartbeat, result, signed, verified, wait

from ..alerts.lab import QUIET, Lab
from ..setup_hub import key_of

ALLOWED: dict[str, Any] = {"restart_service": ["plex.service", "nextcloud (docker)"]}
"""What the server's own whitelist has."""


def managed(allowed: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what a managed agent says of itself."""
    return {
        "version": "0.1.0",
        "mode": "managed",
        "python": "3.11.2",
        "allowed": ALLOWED if allowed is None else allowed,
    }


@dataclass
class Bench:
    """Plays an agent, and asks as people and automations do."""

    lab: Lab
    client: Any
    admin_id: str
    guest_id: str
    events: list[Event[dict[str, Any]]]
    url: str = "/api/webhook/" + "a" * 64
    accepted: list[str] = field(default_factory=list)
    status: str = "running"
    """Of the one service, plex."""
    agent: dict[str, Any] = field(default_factory=managed)
    reports: dict[str, Any] = field(default_factory=dict)
    """What each heartbeat says besides."""

    # The agent.

    async def _send(self, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self._post(body)
        await self.lab.hass.async_block_till_done()
        return answer

    async def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        key = key_of(self.lab.hub)
        request = signed(key, body)
        response = await self.client.post(
            self.url, data=request.body, headers=request.headers
        )
        answer = verified(key, response.headers, await response.read())
        if response.status != HTTPStatus.OK:
            return {"refused": answer["detail"]["code"]}
        return answer

    async def beat(self, **changes: Any) -> list[dict[str, Any]]:
        """Send a heartbeat; return the commands that come back."""
        answer = await self._send(self._heartbeat(**changes))
        commands: list[dict[str, Any]] = answer["pending_commands"]
        return commands

    async def offered(self) -> list[str]:
        """Return what a heartbeat is offered while other things are under way."""
        answer = await self._post(self._heartbeat())
        return [command["target"] for command in answer["pending_commands"]]

    def _heartbeat(self, **changes: Any) -> dict[str, Any]:
        told = QUIET | self.reports | changes
        return heartbeat(
            services=[{"name": "plex.service", "status": self.status}],
            agent=self.agent,
            accepted=self.accepted,
            **told,
        )

    async def report(self, **lasting: Any) -> None:
        """Send a heartbeat; the next ones say the same."""
        self.reports = lasting
        await self.beat()

    async def minutes(self, count: int, **changes: Any) -> None:
        """Let heartbeats come every minute."""
        for _ in range(count):
            await self.lab.wait(60)
            await self.beat(**changes)

    async def wait(self) -> list[dict[str, Any]]:
        """Send a long poll; return the commands that come back."""
        answer = await self._send(wait(accepted=self.accepted))
        commands: list[dict[str, Any]] = answer["pending_commands"]
        return commands

    def parked(self) -> asyncio.Task[list[dict[str, Any]]]:
        """Send a long poll and do not wait for its answer."""
        return self.lab.hass.loop.create_task(self.wait())

    async def until_parked(self) -> None:
        """Return when a long poll has arrived."""
        while not self.lab.hub.waits._parked:  # noqa: ASYNC110 - no event for it
            await asyncio.sleep(0)

    async def end(self, action_id: str, outcome: str = "succeeded", **more: Any) -> str:
        """Send how a command ended; return "received", or why it is refused."""
        body = result(
            command_id=action_id,
            outcome=outcome,
            success=outcome == "succeeded",
            **more,
        )
        answer = await self._send(body)
        return str(answer.get("refused", "received"))

    async def crash_plex(self) -> None:
        """Let plex be down for so long that there is an alert."""
        self.status = "failed"
        await self.beat()
        await self.lab.wait(60)
        await self.beat()

    # People and automations.

    @property
    def admin(self) -> Context:
        """Return the context of a new call of the administrator."""
        return Context(user_id=self.admin_id)

    @property
    def guest(self) -> Context:
        """Return the context of a new call of a user who is no administrator."""
        return Context(user_id=self.guest_id)

    async def ask(
        self, action: str, context: Context | None = None, **data: Any
    ) -> dict[str, Any]:
        """Call an action; return the action on the server that it answers."""
        answer: Any = await self.lab.hass.services.async_call(
            DOMAIN, action, data, blocking=True, return_response=True, context=context
        )
        await self.lab.hass.async_block_till_done()
        action_answer: dict[str, Any] = answer["action"]
        return action_answer

    async def actions(self, **filters: Any) -> list[dict[str, Any]]:
        """Return what list_actions answers."""
        answer: Any = await self.lab.hass.services.async_call(
            DOMAIN, "list_actions", filters, blocking=True, return_response=True
        )
        actions: list[dict[str, Any]] = answer["actions"]
        return actions

    async def only(self) -> dict[str, Any]:
        """Return the one action there is."""
        [action] = await self.actions()
        return action

    async def refused(
        self, action: str, context: Context | None = None, **data: Any
    ) -> str:
        """Return what a user reads when something is refused; nothing has changed."""
        before = await self.actions()
        try:
            await self.ask(action, context, **data)
        except ServiceValidationError as error:
            assert await self.actions() == before
            texts = await async_get_translations(
                self.lab.hass, "en", "exceptions", [DOMAIN]
            )
            key = f"component.{DOMAIN}.exceptions.{error.translation_key}.message"
            return texts[key].format(**(error.translation_placeholders or {}))
        raise AssertionError(f"{action} was not refused")

    def told(self) -> list[str]:
        """Return what became of actions since the last look."""
        statuses = [event.data["status"] for event in self.events]
        self.events.clear()
        return statuses
