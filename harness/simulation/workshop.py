"""Does what the hub has approved for a simulated server, or does as if."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
import random

from homelab_agent.protocol.messages import CommandResult
from homelab_agent.protocol.replies import Command

from .heartbeat import machine_id
from .model import Server

_LASTS = (0.8, 2.0)
"""Seconds that a restart takes."""


@dataclass
class Workshop:
    """What was taken over, and what is well again."""

    server: Server
    run_id: str
    accepted: list[str] = field(default_factory=list)
    mended: set[str] = field(default_factory=set)
    results: asyncio.Queue[CommandResult] = field(default_factory=asyncio.Queue)
    _known: set[str] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def take(self, commands: Iterable[Command]) -> None:
        """Take over what is new, and begin with it."""
        for command in commands:
            if command.command_id in self._known:
                continue
            self._known.add(command.command_id)
            self.accepted.append(command.command_id)
            task = asyncio.create_task(self._do(command))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _do(self, command: Command) -> None:
        started = datetime.now(UTC)
        # It only spreads how long things take.
        await asyncio.sleep(random.uniform(*_LASTS))  # noqa: S311
        name = command.target.partition(" (")[0].removesuffix(".service")
        refused = command.target not in self.server.allowed
        failed = name in self.server.stubborn
        if not refused and not failed:
            self.mended.add(name)
        outcome = "refused" if refused else "failed" if failed else "succeeded"
        await self.results.put(
            CommandResult(
                server_id=self.server.server_id,
                machine_id=machine_id(self.server),
                run_id=self.run_id,
                command_id=command.command_id,
                outcome=outcome,
                success=outcome == "succeeded",
                error="not on this server's list" if refused else None,
                output=f"{name}: exited again with status 1" if failed else None,
                exit_code=None if refused else int(failed),
                started_at=started,
                finished_at=datetime.now(UTC),
            )
        )

    def told(self, result: CommandResult) -> None:
        """Note that the hub has a result."""
        self.accepted.remove(result.command_id)
