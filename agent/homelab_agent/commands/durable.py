"""A file that is on the disk when it is said to be, or is as it was."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


class NotWrittenError(Exception):
    """The file is as it was."""


class UnsureError(Exception):
    """The file is as wanted, but a power failure might still undo that."""


class DurableFile:
    """Replaced as a whole; without a path nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        """Take the path."""
        self.path = path

    def load(self) -> bytes | None:
        """Return what it holds; None if there is no file. Raises OSError."""
        if self.path is None:
            return None
        with contextlib.suppress(FileNotFoundError):
            return self.path.read_bytes()
        return None

    def put_aside(self) -> None:
        """Keep a file that can't be used under another name."""
        if self.path is not None:
            with contextlib.suppress(OSError):
                self.path.replace(self.path.with_suffix(".damaged"))

    def save(self, content: bytes) -> None:
        """Write it; raises NotWrittenError or UnsureError."""
        if self.path is None:
            return
        part = self.path.with_suffix(".part")
        try:
            _write(part, content)
            part.replace(self.path)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink()
            raise NotWrittenError(error.strerror or "it failed") from None
        try:
            _sync(self.path.parent)
        except OSError as error:
            raise UnsureError(error.strerror or "it failed") from None


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
