"""Only one process at a time may use a directory."""

from collections.abc import Iterator
from contextlib import contextmanager
import fcntl
from pathlib import Path
from typing import TextIO


class LockedError(Exception):
    """Another process has it; the text is what that process wrote."""


@contextmanager
def locked(path: Path) -> Iterator[TextIO]:
    """Hold a lock file, to be filled with what others should know of the holder."""
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise LockedError(file.read()) from None
        file.truncate(0)
        yield file
        file.truncate(0)
