#!/usr/bin/python3 -I
"""One managed action of the root helper, in a unit of its own.

systemd starts it for homelab_helper.py, which waits for it but need not survive: this
goes on, and its record says how it ended. It decides by the helper's own table once
more, and never does twice what has a record.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
import socket
import sys
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from helper import homelab_helper as helper
else:
    # Python does not look there by itself when it is isolated (-I).
    sys.path.insert(0, str(Path(__file__).parent))
    import homelab_helper as helper


class Record:
    """The file that says what becomes of an action; locked as long as that runs."""

    def __init__(self, descriptor: int) -> None:
        """Take the locked file."""
        self._descriptor = descriptor

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make the record; raise FileExistsError if there was such an action."""
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            # Locked before it has a name: nobody ever sees it at rest before its end.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            path.hardlink_to(draft)
        finally:
            draft.unlink()
        return cls(descriptor)

    def write(self, **said: object) -> None:
        """Put down what there is to say by now."""
        data = json.dumps(said).encode()
        os.pwrite(self._descriptor, data, 0)
        os.ftruncate(self._descriptor, len(data))

    def tell(self, output: bytes) -> None:
        """Put down the output so far; without space for it, the action goes on."""
        try:
            self.write(output=helper.tail(output))
        except OSError as error:
            helper.log(f"output not kept: {error}")


def forget_old(folder: Path) -> None:
    """Remove the records of actions that nobody can ask for any more."""
    for path in folder.iterdir():
        if time.time() - path.stat().st_mtime > helper.RECORD_SECONDS:
            path.unlink()


def say_ready() -> None:
    """Tell systemd that the action has a record, so that the helper begins to wait."""
    address = os.environ["NOTIFY_SOCKET"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        # "@" stands for the first byte of an abstract address.
        notify.sendto(b"READY=1", address.replace("@", "\0", 1))


def main(argv: list[str], settings: helper.Settings) -> None:
    """Do what is asked, and put down how it ended."""
    action, verb, target = argv
    forget_old(settings.actions)
    work = helper.MANAGED[verb].prepare(target, settings)
    record = Record.create(settings.actions / action)
    say_ready()
    try:
        result = work(record.tell)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is put down
        helper.log(f"internal: {error!a}")
        result = helper.failure("internal", "the journal says more")
    record.write(result=result)


if __name__ == "__main__":
    main(sys.argv[1:], helper.Settings())
