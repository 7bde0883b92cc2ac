"""Tell whoever looks at this server that the hub receives its reports."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_FILE = "connected"


def mark() -> None:
    """Touch a file in the folder that systemd made below /run for this run only.

    The installer waits for it. Started by hand, the agent has no such folder.
    """
    if folder := os.environ.get("RUNTIME_DIRECTORY"):
        # Reports go on, whether or not anybody can be told.
        with contextlib.suppress(OSError):
            Path(folder, _FILE).touch()
