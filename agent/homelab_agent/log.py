"""Short lines on standard error; the journal adds the time."""

from __future__ import annotations

import os
import sys

_ERROR, _WARNING, _INFO = 3, 4, 6


def error(text: str) -> None:
    """Say what ends the agent."""
    _write(_ERROR, text)


def warning(text: str) -> None:
    """Say what a person should look at."""
    _write(_WARNING, text)


def info(text: str) -> None:
    """Say that something went well."""
    _write(_INFO, text)


def _write(level: int, text: str) -> None:
    # systemd turns this prefix into the priority of the journal's entry.
    prefix = f"<{level}>" if "JOURNAL_STREAM" in os.environ else ""
    try:
        sys.stderr.write(f"{prefix}{text}\n")
        sys.stderr.flush()
    except OSError:
        # A log that can't be written (a full disk, a closed pipe) must not end the
        # reports to the hub.
        return
