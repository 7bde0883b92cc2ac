"""Sends the simulated servers' heartbeats to the hub, as their agents would."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
import logging
import secrets

import aiohttp

from homelab_agent.answers import Answer, judge
from homelab_agent.outcomes import Delivered, Outcome, Refused, is_removed
from homelab_agent.protocol.fields import dump_json
from homelab_agent.protocol.messages import (
    CommandResult,
    Message,
    Wait,
    dump_message,
)
from homelab_agent.protocol.replies import Config
from homelab_agent.protocol.signing import (
    HEADER_ID,
    HEADER_SERVER,
    Secret,
    signed_headers,
)

from ..integration import Enrolment
from .heartbeat import Turn, heartbeat, machine_id
from .model import Life
from .workshop import Workshop

_LOGGER = logging.getLogger(__name__)
_PATIENCE = aiohttp.ClientTimeout(total=15)
_LONG_POLL = aiohttp.ClientTimeout(total=40)
_HURRY = 2.0
"""Seconds to the second heartbeat, which has what the first reply asked for."""
_TELL_EVERY = 30
"""Heartbeats after which the lists of what could be watched are sent again."""


@dataclass(kw_only=True)
class Reporter:
    """One server's run of its agent."""

    life: Life
    enrolment: Enrolment
    run_id: str = field(default_factory=lambda: secrets.token_hex(8))
    sequence: int = 0
    delivered: int = 0
    """Heartbeats that the hub has."""
    config: Config | None = None
    """What the hub asked for in its last reply."""

    def __post_init__(self) -> None:
        """Open the workshop."""
        self.workshop = Workshop(self.life.server, self.run_id)
        self.news = asyncio.Event()
        self.workshop.changed = self.news.set
        """The next heartbeat is to come at once."""

    async def report(self, session: aiohttp.ClientSession) -> Outcome:
        """Send one heartbeat; raises ClientError or TimeoutError."""
        self.sequence += 1
        # An agent remembers what it was to watch.
        server = self.life.server
        turn = Turn(
            run_id=self.run_id,
            sequence=self.sequence,
            services=self.config.services if self.config else server.unit_names,
            containers=self.config.containers if self.config else server.box_names,
            tell_available=self.sequence % _TELL_EVERY == 1,
            mended=frozenset(self.workshop.mended),
            updated=self.workshop.updated,
            rebooted=self.workshop.rebooted,
            progress=tuple(self.workshop.progress.values()),
            accepted=tuple(self.workshop.accepted),
        )
        outcome = await self._send(
            session, heartbeat(self.life, datetime.now(UTC), turn)
        )
        if isinstance(outcome, Delivered):
            self.delivered += 1
            self.config = outcome.reply.config or self.config
        return outcome

    async def _send(
        self,
        session: aiohttp.ClientSession,
        message: Message,
        patience: aiohttp.ClientTimeout = _PATIENCE,
    ) -> Outcome:
        """Send a message and take over what its answer brings."""
        body = dump_json(dump_message(message))
        key = Secret.parse(self.enrolment.key)
        headers = signed_headers(key, int(datetime.now(UTC).timestamp()), body)
        headers |= {
            HEADER_SERVER: self.enrolment.server_id,
            "Content-Type": "application/json",
        }
        async with session.post(
            self.enrolment.url, data=body, headers=headers, timeout=patience
        ) as response:
            answer = Answer(
                status=response.status,
                headers={name.lower(): text for name, text in response.headers.items()},
                body=await response.read(),
            )
        outcome = judge(answer, key, headers[HEADER_ID])
        if isinstance(outcome, Delivered):
            self.workshop.take(outcome.reply.pending_commands)
        return outcome

    async def listen(self, session: aiohttp.ClientSession) -> None:
        """Be there when something is approved, as a managed agent is."""
        server = self.life.server
        while server.managed and self.life.reports(datetime.now(UTC)):
            message = Wait(
                server_id=server.server_id,
                machine_id=machine_id(server),
                run_id=self.run_id,
                accepted=tuple(self.workshop.accepted),
            )
            try:
                outcome = await self._send(session, message, _LONG_POLL)
            except aiohttp.ClientError, TimeoutError:
                outcome = None
            if outcome and is_removed(outcome):
                return
            if not isinstance(outcome, Delivered):
                await asyncio.sleep(5 * _HURRY)

    async def deliver(self, session: aiohttp.ClientSession) -> None:
        """Bring results to the hub until it has them."""
        while True:
            result = await self.workshop.results.get()
            while not await self._told(session, result):  # noqa: ASYNC110 - it sends
                await asyncio.sleep(_HURRY)
            self.workshop.told(result)
            self.news.set()

    async def _told(
        self, session: aiohttp.ClientSession, result: CommandResult
    ) -> bool:
        try:
            outcome = await self._send(session, result)
        except aiohttp.ClientError, TimeoutError:
            return False
        return isinstance(outcome, (Delivered, Refused))

    async def run(self, session: aiohttp.ClientSession, delay: float) -> None:
        """Report until the server falls silent or is removed.

        The `delay` in seconds keeps the servers apart.
        """
        await asyncio.sleep(delay)
        while self.life.reports(datetime.now(UTC)):
            outcome = await self._try(session)
            if outcome and is_removed(outcome):
                return
            self.news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause(outcome)):
                    await self.news.wait()

    async def _try(self, session: aiohttp.ClientSession) -> Outcome | None:
        try:
            outcome = await self.report(session)
        except (aiohttp.ClientError, TimeoutError) as error:
            _LOGGER.warning("%s: %r", self.enrolment.server_id, error)
            return None
        if not isinstance(outcome, Delivered):
            _LOGGER.warning("%s: %s", self.enrolment.server_id, outcome)
        return outcome

    def _pause(self, outcome: Outcome | None) -> float:
        if self.config is None or self.sequence == 1:
            return _HURRY if isinstance(outcome, Delivered) else 5 * _HURRY
        return self.config.heartbeat_interval_seconds


@asynccontextmanager
async def reporting(
    enrolled: Sequence[tuple[Life, Enrolment]], interval: float
) -> AsyncIterator[list[Reporter]]:
    """Have all servers report, spread over the interval, which is in seconds."""
    reporters = [Reporter(life=life, enrolment=key) for life, key in enrolled]
    async with aiohttp.ClientSession() as session:
        tasks = [
            asyncio.create_task(work)
            for number, reporter in enumerate(reporters)
            for work in (
                reporter.run(session, number * interval / len(enrolled)),
                reporter.listen(session),
                reporter.deliver(session),
            )
        ]
        try:
            yield reporters
        finally:
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception):
                    _LOGGER.error("a simulated server has ended", exc_info=ended)
