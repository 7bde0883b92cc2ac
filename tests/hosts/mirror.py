"""Mirrors: one with what the installer may ask for, and others of a test's own."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
import threading
from typing import Self

from harness.lab.host import HUB_ADDRESS, PACKAGES

PORT = 8080
SOURCE = f"deb [trusted=yes] http://{HUB_ADDRESS}:{PORT} ./\n"


class Mirror:
    """Serves a folder; without one, what came with the hosts' root file system."""

    def __init__(self, folder: Path = PACKAGES, port: int = PORT) -> None:
        """Prepare it."""
        self.asked: list[str] = []
        """The paths that were got."""
        handler = partial(_Handler, directory=str(folder))
        self._server = _Server((HUB_ADDRESS, port), handler)
        self._server.mirror = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        """Open the port."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close it, if it is open."""
        self.vanish()

    def vanish(self) -> None:
        """Be a mirror that can't be reached."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    mirror: Mirror


class _Handler(SimpleHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.mirror.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_args: object) -> None:
        """Keep quiet."""
