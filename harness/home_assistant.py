"""Boots and stops the real Home Assistant."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
import sys
from typing import Self

from .configuration import Configuration
from .process import Child, ProcessError

RESTART = 100
"""The exit code by which Home Assistant asks to be started again."""

_STARTED = "Home Assistant initialized in"
_PATIENCE = 180
_STAND_INS = Path(__file__).parent / "stand_ins"


@dataclass(frozen=True, kw_only=True)
class HomeAssistant:
    """A running Home Assistant."""

    configuration: Configuration
    child: Child

    @classmethod
    async def boot(cls, configuration: Configuration, log: Path) -> Self:
        """Start Home Assistant and return once it has started completely."""
        configuration.write()
        child = await Child.start(
            "Home Assistant",
            [
                # Not from where we are: what it loads is in its own directory.
                *(sys.executable, "-P", "-m", "homeassistant"),
                *("--config", str(configuration.directory)),
                # What it needs is in our lock file; it installs nothing.
                *("--skip-pip", "--log-no-color"),
            ],
            log,
            # Its output is the log, with what was not logged on top.
            HA_DISABLE_LOG_FILE="1",
            PYTHONPATH=str(_STAND_INS),
            HARNESS_SLACK_API=configuration.slack_api,
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                await _started(child)
        except BaseException:
            await child.stop()
            raise
        return cls(configuration=configuration, child=child)

    @property
    def url(self) -> str:
        """The address."""
        return self.configuration.url

    async def stop(self) -> int:
        """Shut Home Assistant down and return its exit code."""
        return await self.child.stop()


async def _started(child: Child) -> None:
    while _STARTED not in child.output():
        if child.exit_code is not None:
            raise ProcessError(
                f"Home Assistant ended with code {child.exit_code}; see {child.log}"
            )
        await asyncio.sleep(0.1)
