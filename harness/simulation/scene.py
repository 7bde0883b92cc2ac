"""The simulated servers on stage, for the demo, the tests and the pictures."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from ..api import Api
from ..configuration import Configuration
from ..terminal import progress
from ..waiting import until
from . import answers, past
from .enrol import Fleet, enrol, still_there
from .sender import Reporter, reporting

_PATIENCE = 60
"""Seconds until each server was heard twice."""


@asynccontextmanager
async def simulation(
    api: Api, keys: Path, configuration: Configuration, interval: float
) -> AsyncIterator[int]:
    """Have the simulated servers report; yield how many there are.

    The first time they are added and given a past, which is done when `keys` is there.
    The `interval` is in seconds.
    """
    fresh = not keys.exists()  # noqa: ASYNC240 - a look at a local disk
    fleet = await enrol(api) if fresh else await still_there(api, Fleet.load(keys))
    lives = fleet.at(configuration.url).lives()
    if fresh:
        progress(f"{len(lives)} simulated servers are added")
    async with reporting(lives, interval) as reporters:
        if fresh:
            await _heard(reporters)
            progress("their first heartbeats are in")
            await past.tell(api, [life for life, _ in lives], configuration.database)
            await answers.acknowledge(api)
            fleet.save(keys)
            progress("their past is simulated, too")
        yield len(lives)


async def _heard(reporters: Sequence[Reporter]) -> None:
    """Wait until the hub knows everything of each server: rates take two heartbeats."""

    async def look() -> bool | None:
        return True if all(each.delivered > 1 for each in reporters) else None

    await until(look, "heartbeats of the simulated servers", patience=_PATIENCE)
