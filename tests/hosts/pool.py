"""A pool of disks that notices who looks at it: a FUSE file system that counts.

include/uapi/linux/fuse.h of the kernel tells the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
from contextlib import contextmanager
import ctypes
import errno
import os
from pathlib import Path
import select
import struct
import threading

_INIT, _GETATTR, _STATFS = 26, 3, 17
_WITHOUT_ANSWER = {2, 36, 42}
"""FORGET, INTERRUPT, BATCH_FORGET."""
_HEADER = struct.Struct("<IIQQIIII")
_NOT_KNOWN = -38
_FOLDER = 0o40755
_BLOCK = 4096


class Pool:
    """Answers the kernel and remembers what the agent had it asked."""

    def __init__(self) -> None:
        """Open the channel to the kernel."""
        self.asked: list[int] = []
        """The kinds of requests that came from the agent's process."""
        self._fuse = os.open("/dev/fuse", os.O_RDWR)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    @contextmanager
    def mounted(self) -> Iterator[Pool]:
        """Serve until the end."""
        self._thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            self._thread.join()
            # This ends all that still waits.
            os.close(self._fuse)

    def mount(self, root: Path) -> None:
        """Mount it on a host that is not booted yet."""
        point = root / "srv/pool"
        point.mkdir(parents=True)
        options = f"fd={self._fuse},rootmode=40000,user_id=0,group_id=0,allow_other"
        libc = ctypes.CDLL(None, use_errno=True)
        arguments = (b"a:b", bytes(point), b"fuse.mergerfs", 0, options.encode())
        assert libc.mount(*arguments) == 0, os.strerror(ctypes.get_errno())

    def _serve(self) -> None:
        while not self._ended.is_set():
            if not select.select([self._fuse], [], [], 0.05)[0]:
                continue
            try:
                request = os.read(self._fuse, 1024 * 1024)
            except OSError as error:
                if error.errno == errno.ENODEV:
                    # It was unmounted.
                    return
                # Whoever asked has given up.
                continue
            _, kind, unique, _, _, _, thread, _ = _HEADER.unpack_from(request)
            if _is_agent(thread):
                self.asked.append(kind)
            if kind not in _WITHOUT_ANSWER:
                status, body = _answer(kind)
                head = struct.pack("<IiQ", 16 + len(body), status, unique)
                # Whoever asked may have given up.
                with contextlib.suppress(OSError):
                    os.write(self._fuse, head + body)


def _answer(kind: int) -> tuple[int, bytes]:
    if kind == _INIT:
        return 0, struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 0, 1, 1, _BLOCK, 1, 1, 0, 0)
    if kind == _STATFS:
        counts = (1_000_000, 250_000, 250_000, 1000, 1000)
        return 0, struct.pack("<5Q4I24x", *counts, _BLOCK, 255, _BLOCK, 0)
    if kind == _GETATTR:
        times = (1, 0, 0, 0, 0, 0)
        rest = (0, 0, 0, _FOLDER, 2, 0, 0, 0, _BLOCK, 0)
        return 0, struct.pack("<QII6Q10I", 0, 0, 0, *times, *rest)
    return _NOT_KNOWN, b""


def _is_agent(thread: int) -> bool:
    try:
        command = Path(f"/proc/{thread}/cmdline").read_bytes()
    except OSError:
        return False
    return b"/opt/homelab-agent" in command
