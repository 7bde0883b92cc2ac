"""Who is told: chosen by what Home Assistant stores."""

from collections.abc import Iterable, Sequence
import json
from pathlib import Path

from harness.integration import DOMAIN
from harness.phone import Phone

from .home import Home

type Stored = dict[str, object]
"""A target as it is stored."""


async def choose(
    home: Home, targets: Sequence[Stored] | None, phones: Iterable[Phone]
) -> None:
    """Have Home Assistant start with these targets; None is what a new one has.

    The phones are connected again.
    """
    for phone in phones:
        await phone.disconnect()
    directory = home.home_assistant.configuration.directory
    async with home.stopped():
        _store(directory / ".storage/core.config_entries", targets)
    for phone in phones:
        await phone.connect()


def _store(file: Path, targets: Sequence[Stored] | None) -> None:
    stored = json.loads(file.read_text())
    [entry] = (x for x in stored["data"]["entries"] if x["domain"] == DOMAIN)
    entry["options"].pop("notifications", None)
    if targets is not None:
        entry["options"]["notifications"] = list(targets)
    file.write_text(json.dumps(stored))
