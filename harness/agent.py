"""The real agent, run from the checkout as an ordinary user would run it."""

from pathlib import Path
import sys

import yaml

from . import private_file
from .integration import Enrolment
from .paths import AGENT
from .process import Child


def write_config(path: Path, enrolment: Enrolment) -> None:
    """Write the agent's configuration file, which holds its key."""
    settings = {
        "url": enrolment.url,
        "server_id": enrolment.server_id,
        "key": enrolment.key,
    }
    private_file.write(path, yaml.safe_dump(settings, sort_keys=False))


def read_config(path: Path) -> Enrolment:
    """Read the file again."""
    return Enrolment(**yaml.safe_load(path.read_text()))


async def start(config: Path, log: Path) -> Child:
    """Start the agent."""
    return await Child.start(
        "the agent",
        [sys.executable, "-m", "homelab_agent", "run", "--config", str(config)],
        log,
        PYTHONPATH=str(AGENT),
    )
