#!/usr/bin/python3 -I
"""Print what is watched in Home Assistant and could be restarted, one name a line.

Usage: watched.py /var/lib/homelab-agent/watched.json

install.sh --managed runs this as root to propose a whitelist; a person decides. The
file is written by the agent's user, {"services": [...], "containers": [...]}, so
whatever is in it, or in its place, may be an attacker's: no link is followed, nothing
is waited for, and only names that the root helper could restart are passed on.
"""

from __future__ import annotations

from collections.abc import Sequence
import json
import os
from pathlib import Path
import re
import stat
import sys

MAX_BYTES = 64 * 1024
MAX_NAMES = 100
# As in homelab_helper.py.
UNIT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*(@[A-Za-z0-9_.:-]+)?\.service")
CONTAINER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,240}")
ENGINES = (("docker", "/run/docker.sock"), ("podman", "/run/podman/podman.sock"))
MAX_UNIT = 255


class UnusableError(Exception):
    """The file can't be used; the text says why."""


def read(path: Path) -> bytes:
    """Return the file's content; raises UnusableError or OSError."""
    folder_flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    folder = os.open(path.parent, folder_flags)
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
        with os.fdopen(os.open(path.name, flags, dir_fd=folder), "rb") as file:
            # The very file that is read, and the folder that it was opened in.
            info, owner = os.fstat(file.fileno()), os.fstat(folder).st_uid
            # A second name could be that of a file which is none of the agent's.
            if not stat.S_ISREG(info.st_mode) or info.st_nlink != 1:
                raise UnusableError("it is not a regular file with one name")
            if info.st_uid != owner:
                raise UnusableError("it does not belong to the agent")
            content = file.read(MAX_BYTES + 1)
    finally:
        os.close(folder)
    if len(content) > MAX_BYTES:
        raise UnusableError(f"it is larger than {MAX_BYTES} bytes")
    return content


def usable(content: bytes, engines: Sequence[str]) -> list[str]:
    """Return the names that a whitelist can hold; raises UnusableError.

    Which of the engines a container belongs to, its name does not say; a whitelist may
    list what is not there.
    """
    try:
        watched = json.loads(content.decode())
    except (ValueError, RecursionError):
        raise UnusableError("it is not JSON") from None
    if not isinstance(watched, dict):
        raise UnusableError("it is not a JSON object")
    names = list(filter(is_unit, listed(watched.get("services"))))
    containers = filter(CONTAINER.fullmatch, listed(watched.get("containers")))
    names += [f"{name} ({engine})" for name in containers for engine in engines]
    return list(dict.fromkeys(names))[:MAX_NAMES]


def listed(value: object) -> list[str]:
    """Return the texts of a list, and nothing of anything else."""
    if not isinstance(value, list):
        return []
    return [name for name in value if isinstance(name, str)]


def is_unit(name: str) -> bool:
    """Return whether the root helper could restart this unit."""
    # Without a type it is a service; another type can't be listed.
    unit = name if "." in name else f"{name}.service"
    return len(unit) <= MAX_UNIT and UNIT.fullmatch(unit) is not None


def main(path: str) -> int:
    """Print the names; return the exit code."""
    try:
        engines = [name for name, socket in ENGINES if Path(socket).exists()]
        names = usable(read(Path(path)), engines)
    except (OSError, UnusableError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        sys.stderr.write(f"{path}: {reason}\n")
        return 1
    sys.stdout.writelines(f"{name}\n" for name in names)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
