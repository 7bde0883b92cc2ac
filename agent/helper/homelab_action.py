#!/usr/bin/python3 -I
"""One managed action of the root helper, in a unit of its own.

systemd starts it for homelab_helper.py, which waits for it but need not survive: this
goes on, and its record says how it ended. It decides by the helper's own table once
more, and does nothing without the record that the helper has made for it.
"""

from __future__ import annotations

from functools import partial
import os
from pathlib import Path
import signal
import socket
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from helper import homelab_helper as helper
else:
    # Python does not look there by itself when it is isolated (-I).
    sys.path.insert(0, str(Path(__file__).parent))
    import homelab_helper as helper


def say_ready() -> None:
    """Tell systemd that the action has begun, so that the helper waits for its end."""
    address = os.environ["NOTIFY_SOCKET"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        # "@" stands for the first byte of an abstract address.
        notify.sendto(b"READY=1", address.replace("@", "\0", 1))


def say_output(record: int, output: bytes, **more: object) -> None:
    """Put down the end of what it has written so far, and how far it is."""
    helper.say(record, output=helper.tail(output), **more)


def go_on(_signal: int, _frame: FrameType | None) -> None:
    """Take a request to end for none; unlike an ignored one it is not inherited."""


def main(argv: list[str], settings: helper.Settings) -> None:
    """Do what is asked, and put down how it ended."""
    action, verb, target = argv
    managed = helper.MANAGED[verb]
    if managed.lasting:
        signal.signal(signal.SIGTERM, go_on)
    work = managed.prepare(target, settings)
    record = helper.take_over(action, settings)
    say_ready()
    try:
        result = work(partial(say_output, record))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is put down
        helper.log(f"internal: {error!a}")
        result = helper.failure("internal", "the journal says more")
    os.ftruncate(record, helper.say(record, result=result))


if __name__ == "__main__":
    main(sys.argv[1:], helper.Settings())
