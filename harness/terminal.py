"""What a person who waits is told."""

import contextlib
import os
import sys
import time

_STARTED = time.monotonic()


def say(text: str) -> None:
    """Write a line; nobody may be reading any more."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError:
        # The terminal was closed. Python would complain again when it ends.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def progress(text: str) -> None:
    """Write a line with the seconds since the start."""
    say(f"{time.monotonic() - _STARTED:6.1f} s  {text}")


def fail(text: str) -> None:
    """Write an error."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"error: {text}\n")
