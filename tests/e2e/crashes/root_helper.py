"""A stand-in for the root helper that does nothing, and counts how often.

Of what it is asked, only a reboot is done: the made-up machine is cut from its power.

It keeps the real one's promises: an id is reserved before it is accepted, is never
begun twice while its record is there, and goes on whatever becomes of who asked.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
import hashlib
import json
from pathlib import Path
import random
from typing import Any

PACKAGE = "lab-demo"
DIGEST = hashlib.sha256(f"{PACKAGE} 1.0 1.1\n".encode()).hexdigest()
"""Of the one update that there always is."""


@dataclass
class RootHelper:
    """Listens on a socket in the made-up machine."""

    root: Path
    allowed: list[str]
    dice: random.Random
    runs: Counter[str] = field(default_factory=Counter)
    """How often each id was really begun, of all boots together."""
    reboots: Callable[[], Coroutine[Any, Any, None]] | None = None
    """Reboots the machine."""
    rebooted: set[str] = field(default_factory=set)
    """The ids of reboots."""
    failing: set[str] = field(default_factory=set)
    """The ids that ended badly."""
    _records: dict[str, dict[str, Any]] = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _rebooting: asyncio.Task[None] | None = None
    _server: asyncio.Server | None = None

    @property
    def socket(self) -> Path:
        """Where the agent looks for it."""
        return self.root / "run/homelab-agent-helper.sock"

    async def start(self) -> None:
        """Listen."""
        self.socket.parent.mkdir(parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self.socket)

    async def stop(self) -> None:
        """Listen no longer."""
        if self._server is not None:
            self._server.close()

    def reboot(self) -> None:
        """Lose all records, and what is running."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()
        self._records.clear()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(ConnectionError, OSError, ValueError):
            request = json.loads(await reader.readline())
            answer = await self._answer(request, writer)
            if answer is not None:
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        writer.close()

    async def _answer(
        self, request: dict[str, Any], writer: asyncio.StreamWriter
    ) -> dict[str, Any] | None:
        action_id = request.get("id", "")
        match request["verb"]:
            case "allowed":
                return {
                    "ok": True,
                    "restart_service": self.allowed,
                    "clear_logs": ["journal"],
                    "custom": ["/usr/local/sbin/backup"],
                    "apply_updates": True,
                    "reboot": True,
                }
            case "outcome":
                record = self._records.get(action_id, {"state": "unknown"})
                return {"ok": True, **record}
            case "restart_service" | "clear_logs" | "custom":
                return await self._act(action_id, writer, 0.6)
            case "apply_updates":
                assert request["target"] == f"all {DIGEST}", request
                return await self._act(action_id, writer, 1.5)
            case "reboot":
                self.rebooted.add(action_id)
                return await self._act(action_id, writer, 0.3)
        return {"ok": False, "code": "unknown_verb", "message": "no such verb"}

    async def _act(
        self, action_id: str, writer: asyncio.StreamWriter, longest: float
    ) -> dict[str, Any] | None:
        if action_id in self._records:
            return {"ok": False, "code": "known_action", "message": "known"}
        self._records[action_id] = {"state": "running"}
        writer.write(b'{"accepted": true}\n')
        await writer.drain()
        task = asyncio.create_task(self._run(action_id, longest))
        self._tasks[action_id] = task
        await asyncio.wait({task})
        record = self._records.get(action_id, {})
        return record.get("result")

    async def _run(self, action_id: str, longest: float) -> None:
        self.runs[action_id] += 1
        await asyncio.sleep(self.dice.uniform(0, longest))
        if bad := self.dice.random() < 0.2:
            self.failing.add(action_id)
        result = (
            {"ok": False, "code": "failed", "message": "it failed", "exit_code": 1}
            if bad
            else {"ok": True, "exit_code": 0, "output": f"run {action_id}"}
        )
        self._records[action_id] = {"state": "finished", "result": result}
        if action_id in self.rebooted and not bad and self.reboots is not None:
            # Not in this task: it dies by it.
            self._rebooting = asyncio.create_task(self.reboots())
