"""The real agent on a made-up machine: another root folder, and short pauses.

Usage: python -m tests.e2e.crashes.agent_process ROOT run --config FILE
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
import sys

from homelab_agent import __main__ as agent, runner
from homelab_agent.collectors.surroundings import Surroundings
from homelab_agent.commands import threads


def main() -> int:
    """Run the agent."""
    root = Path(sys.argv[1])
    vars(agent)["Surroundings"] = partial(
        Surroundings, root=root, apt_get=str(root / "usr/bin/apt-get")
    )
    # What goes wrong here goes wrong often, and nobody wants to wait for it.
    threads._FIRST_PAUSE = 0.3
    threads._LONGEST_PAUSE = 1.0
    vars(agent)["Runner"] = partial(
        runner.Runner, timing=runner.Timing(first_backoff=0.5, soon=0.5)
    )
    return agent.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
