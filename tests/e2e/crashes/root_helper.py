"""A stand-in for the root helper that does nothing, and counts how often.

It keeps the real one's promises: an id is reserved before it is accepted, is never
begun twice while its record is there, and goes on whatever becomes of who asked.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
import json
from pathlib import Path
import random
from typing import Any


@dataclass
class RootHelper:
    """Listens on a socket in the made-up machine."""

    root: Path
    allowed: list[str]
    dice: random.Random
    runs: Counter[str] = field(default_factory=Counter)
    """How often each id was really begun, of all boots together."""
    failing: set[str] = field(default_factory=set)
    """The ids that ended badly."""
    _records: dict[str, dict[str, Any]] = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
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
                return {"ok": True, "restart_service": self.allowed}
            case "outcome":
                record = self._records.get(action_id, {"state": "unknown"})
                return {"ok": True, **record}
            case "restart_service":
                return await self._act(request["target"], action_id, writer)
        return {"ok": False, "code": "unknown_verb", "message": "no such verb"}

    async def _act(
        self, target: str, action_id: str, writer: asyncio.StreamWriter
    ) -> dict[str, Any] | None:
        if target not in self.allowed:
            return {"ok": False, "code": "not_allowed", "message": "it is not listed"}
        if action_id in self._records:
            return {"ok": False, "code": "known_action", "message": "known"}
        self._records[action_id] = {"state": "running"}
        writer.write(b'{"accepted": true}\n')
        await writer.drain()
        task = asyncio.create_task(self._run(action_id))
        self._tasks[action_id] = task
        await asyncio.wait({task})
        record = self._records.get(action_id, {})
        return record.get("result")

    async def _run(self, action_id: str) -> None:
        self.runs[action_id] += 1
        await asyncio.sleep(self.dice.uniform(0, 0.6))
        if bad := self.dice.random() < 0.2:
            self.failing.add(action_id)
        result = (
            {"ok": False, "code": "failed", "message": "it failed", "exit_code": 1}
            if bad
            else {"ok": True, "exit_code": 0, "output": f"run {action_id}"}
        )
        self._records[action_id] = {"state": "finished", "result": result}
