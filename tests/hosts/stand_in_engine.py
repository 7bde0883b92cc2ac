#!/usr/bin/python3
"""A container engine's API on /run/docker.sock with made-up containers.

Usage: stand_in_engine.py NUMBER

It says what a real engine can't be made to say, and for the benchmark it costs nothing.
/run/engine.json, where that is there, changes it: {"container-1": {"State": "exited"}}.
"""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
import json
from pathlib import Path
import re
import socket
import sys
from typing import Any

SOCKET = "/run/docker.sock"
CHANGES = Path("/run/engine.json")


def containers() -> list[dict[str, Any]]:
    """Return them as Docker lists them."""
    changes = json.loads(CHANGES.read_text()) if CHANGES.exists() else {}
    found = []
    for number in range(1, int(sys.argv[1]) + 1):
        name = f"container-{number}"
        container = {
            "Id": f"{number:064x}",
            "Names": [f"/{name}"],
            "Image": f"registry.example/people/application-{number}:latest",
            "State": "running",
            "Status": "Up 3 hours (healthy)",
        }
        found.append(container | changes.get(name, {}))
    return found


class Engine(HTTPServer):
    """Listens on a path."""

    address_family = socket.AF_UNIX

    def server_bind(self) -> None:
        """Do without names and ports."""
        Path(SOCKET).unlink(missing_ok=True)
        self.socket.bind(SOCKET)
        self.server_name, self.server_port = "localhost", 0


class Handler(BaseHTTPRequestHandler):
    """Answers what the root helper asks."""

    def do_GET(self) -> None:
        """List, or describe one."""
        answer: Any = containers()
        if match := re.match("/containers/([0-9a-f]{64})/json", self.path):
            answer = next(c for c in answer if c["Id"] == match[1])
            health = {"Health": {"Status": answer.get("Health", "healthy")}}
            answer = {"RestartCount": 1, "State": health}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        """Name a client that has no address."""
        return "unix"

    def log_message(self, *_args: object) -> None:
        """Keep quiet."""


if __name__ == "__main__":
    Engine(SOCKET, Handler).serve_forever()  # type: ignore[arg-type]
