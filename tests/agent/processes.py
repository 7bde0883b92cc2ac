"""The real agent, as a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
import os
from pathlib import Path
import subprocess
import sys

AGENT = Path(__file__).parents[2] / "agent"
MODULE = (sys.executable, "-m", "homelab_agent")


def environment() -> dict[str, str]:
    """Return an environment without what the tests' own process has in it."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"PYTHONPATH": str(AGENT)}


def run_agent(
    *arguments: str | Path, program: Sequence[str] = MODULE, timeout: float = 20
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*program, *map(str, arguments)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )


@contextmanager
def running_agent(
    config: Path, program: Sequence[str] = MODULE
) -> Iterator[subprocess.Popen[str]]:
    """Run the agent until the end of the block."""
    process = subprocess.Popen(
        [*program, "run", "--config", str(config)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
