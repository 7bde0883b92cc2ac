"""Files that hold a secret."""

import os
from pathlib import Path

_OWNER_ONLY = 0o600


def write(path: Path, text: str) -> None:
    """Write a file that nobody else can read, not even while it is written."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with os.fdopen(descriptor, "w") as file:
        # It may have been there with other rights.
        os.fchmod(descriptor, _OWNER_ONLY)
        file.write(text)
