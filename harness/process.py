"""A process that we start, watch and stop."""

import asyncio
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Mapping
from dataclasses import dataclass
import os
from pathlib import Path
import signal
from typing import Self


class ProcessError(Exception):
    """A process did not do what it was started for."""


@dataclass(frozen=True, kw_only=True)
class Child:
    """A running program that writes to a log file."""

    name: str
    log: Path
    log_start: int
    """Where in the log file this run begins."""
    process: Process

    @classmethod
    async def start(
        cls, name: str, command: list[str], log: Path, **environment: str
    ) -> Self:
        """Start a program; its output is appended to `log`."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            start = output.tell()
            process = await asyncio.create_subprocess_exec(
                # Whatever ends us, also a kill -9, ends the program too.
                *("setpriv", "--pdeathsig", "TERM", "--"),
                *command,
                stdin=DEVNULL,
                stdout=output,
                stderr=STDOUT,
                env=_environment(environment),
                # A Ctrl-C in the terminal is for us alone; we stop it in good order.
                start_new_session=True,
            )
        return cls(name=name, log=log, log_start=start, process=process)

    @property
    def exit_code(self) -> int | None:
        """How it ended, or None while it runs."""
        return self.process.returncode

    def output(self) -> str:
        """Return what this run has written so far."""
        with self.log.open("rb") as file:
            file.seek(self.log_start)
            return file.read().decode(errors="replace")

    async def stop(self, patience: float = 60) -> int:
        """Ask the program to stop, kill it if it does not, return its exit code."""
        self._signal(signal.SIGTERM)
        # If somebody has paused it, it must go on to end.
        self._signal(signal.SIGCONT)
        try:
            async with asyncio.timeout(patience):
                return await self.process.wait()
        except TimeoutError:
            await self.kill()
            raise ProcessError(
                f"{self.name} had to be killed: no end {patience:.0f} s after SIGTERM"
            ) from None

    async def kill(self) -> None:
        """End the program the hard way."""
        self._signal(signal.SIGKILL)
        await self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if self.exit_code is None:
            self.process.send_signal(number)


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return our environment with additions, without what a test run left in it."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "COVERAGE_", "COV_"))
    }
    return {**inherited, "PYTHONUNBUFFERED": "1", **more}
