"""Does what the hub has approved for a simulated server, or does as if."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
import random

from homelab_agent.protocol.messages import CommandResult, Progress
from homelab_agent.protocol.replies import Command

from .heartbeat import machine_id
from .model import Server

_LASTS = (0.8, 2.0)
"""Seconds that a restart takes, and each step of an installation."""
_EXIT_CODES = {"succeeded": 0, "failed": 1, "refused": None}


@dataclass
class Workshop:
    """What was taken over, and what is well again."""

    server: Server
    run_id: str
    accepted: list[str] = field(default_factory=list)
    changed: Callable[[], None] = lambda: None
    """Called when there is something to tell at once."""
    mended: set[str] = field(default_factory=set)
    updated: bool = False
    rebooted: bool = False
    progress: dict[str, Progress] = field(default_factory=dict)
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
        how = {"apply_updates": self._install}.get(command.action, self._wait)
        await how(command)
        outcome, output = self._outcome(command)
        await self.results.put(
            CommandResult(
                server_id=self.server.server_id,
                machine_id=machine_id(self.server),
                run_id=self.run_id,
                command_id=command.command_id,
                outcome=outcome,
                success=outcome == "succeeded",
                error=None if output else "not on this server's list",
                output=output,
                exit_code=_EXIT_CODES[outcome],
                started_at=started,
                finished_at=datetime.now(UTC),
            )
        )

    async def _wait(self, _command: Command) -> None:
        # It only spreads how long things take.
        await asyncio.sleep(random.uniform(*_LASTS))  # noqa: S311

    async def _install(self, command: Command) -> None:
        """Install step by step."""
        for percent in range(0, 100, 20):
            self.progress[command.command_id] = Progress(
                command_id=command.command_id, step="install", percent=percent
            )
            self.changed()
            await self._wait(command)
        del self.progress[command.command_id]

    def _outcome(self, command: Command) -> tuple[str, str | None]:
        """Have it done; return how it ended and what was said, if it was allowed."""
        match command.action:
            case "restart_service" if command.target in self.server.allowed:
                name = command.target.partition(" (")[0].removesuffix(".service")
                if name in self.server.stubborn:
                    return "failed", f"{name}: exited again with status 1"
                self.mended.add(name)
                return "succeeded", f"{name} was started"
            case "clear_logs":
                return "succeeded", "journal: 812.0 MB -> 96.4 MB"
            case "apply_updates":
                self.updated = True
                return "succeeded", "as if they were installed"
            case "reboot":
                self.rebooted = True
                return "succeeded", "as if it had booted anew"
        return "refused", None

    def told(self, result: CommandResult) -> None:
        """Note that the hub has a result."""
        self.accepted.remove(result.command_id)
