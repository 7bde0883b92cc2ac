"""What Home Assistant is to an installer: three files, and webhooks of FakeHubs."""

from __future__ import annotations

import contextlib
from email.utils import formatdate
import hashlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json
from pathlib import Path
import ssl
import subprocess
import threading
import time
from typing import Any, Self

from harness.lab.host import HUB_ADDRESS
from harness.paths import AGENT
from tests.agent.fake_hub import FakeHub, Request, signature

WEBHOOK = "/api/webhook/0123456789abcdef"
PORT = 8123


class Hub:
    """Home Assistant as a server in the lab sees it."""

    def __init__(self, bundle: bytes) -> None:
        """Prepare a hub that gives out this bundle."""
        self.bundle = bundle
        self.installer = (AGENT / "install.sh").read_text()
        self.servers: dict[str, FakeHub] = {}
        self.health = 200, b'{"status": "ok", "protocol": 1}'
        self.time_offset = 0.0
        """Seconds by which its clock is ahead of the servers'."""
        self.date: str | None = None
        """What it says instead in its Date header."""
        self._server = _Server((HUB_ADDRESS, PORT), _Handler)
        self._server.hub = self
        self._scheme = "http"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        """Open the port."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def use_tls(self, folder: Path) -> Path:
        """Speak TLS from now on; return the certificate that vouches for it."""
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-nodes"),
                *("-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=lab"),
                *("-addext", f"subjectAltName=IP:{HUB_ADDRESS}"),
                *("-keyout", key, "-out", certificate),
            ],
            check=True,
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._scheme = "https"
        return certificate

    @property
    def address(self) -> str:
        return f"{self._scheme}://{HUB_ADDRESS}:{PORT}"

    @property
    def url(self) -> str:
        return self.address + WEBHOOK

    @property
    def script(self) -> bytes:
        """install.sh as Home Assistant serves it."""
        digest = hashlib.sha256(self.bundle).hexdigest()
        return self.installer.replace("@BUNDLE_SHA256@", digest).encode()

    def now(self) -> float:
        """Return this hub's time."""
        return time.time() + self.time_offset

    def add(self, server_id: str) -> FakeHub:
        """Add a server with a key of its own."""
        server = FakeHub(server_id=server_id)
        server.now = self.now
        self.servers[server_id] = server
        return server

    def line(self, server_id: str, *options: str, urls: tuple[str, ...] = ()) -> str:
        """Return what a person pastes, as the hub's registry.install_command."""
        key = self.servers[server_id].key.dump()
        digest = hashlib.sha256(self.script).hexdigest()
        source = f"{self.address}/api/homelabcmd/install.sh"
        arguments = " ".join(f"--url {url}" for url in urls or (self.url,))
        return (
            f" printf %s '{key}' | $(command -v sudo) sh -c 't=$(mktemp -p /tmp) && "
            '{ if command -v curl >/dev/null; then curl -fsSLo "$t" "$0"; '
            'else wget -nv -O "$t" "$0"; fi; } && '
            f'echo "{digest}  $t" | sha256sum -c --quiet - && sh "$t" "$@"; '
            f's=$?; rm -f "$t"; exit $s\' {source} '
            f"--server-id {' '.join([server_id, arguments, *options])}"
        )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    hub: Hub

    def finish_request(self, request: Any, client_address: Any) -> None:
        # Who finds no trust in our certificate, or ends, hangs up.
        with contextlib.suppress(OSError):
            super().finish_request(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        hub = self.server.hub
        files = {
            "/api/homelabcmd/health": hub.health,
            "/api/homelabcmd/install.sh": (200, hub.script),
            "/api/homelabcmd/homelab-agent.pyz": (200, hub.bundle),
        }
        self._answer(*files.get(self.path, (404, b"404: Not Found")))

    def do_POST(self) -> None:
        hub = self.server.hub
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path != WEBHOOK:
            # Home Assistant does not tell which webhooks there are.
            self._answer(200, b"")
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        server = hub.servers.get(headers.get("x-homelab-server", ""))
        if "webhook-id" not in headers:
            self._refuse(401, "invalid_signature")
            return
        if server is None:
            self._refuse(404, "unknown_server")
            return
        expected = signature(
            server.key, headers["webhook-id"], int(headers["webhook-timestamp"]), body
        )
        request = Request(
            headers=headers,
            body=body,
            path=self.path,
            port=self.client_address[1],
            at=time.monotonic(),
            signed=headers["webhook-signature"] == expected,
        )
        respond = server.script.popleft() if server.script else server.respond
        answer = respond(server, request)
        server.requests.put(request)
        self._answer(answer.status, answer.body, answer.headers)

    def _refuse(self, status: int, code: str) -> None:
        detail = {"detail": {"code": code, "message": "Fix it."}}
        self._answer(status, json.dumps(detail).encode())

    def _answer(
        self, status: int, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def date_time_string(self, timestamp: float | None = None) -> str:
        hub = self.server.hub
        return hub.date or formatdate(hub.now(), usegmt=True)

    def log_message(self, *_args: object) -> None:
        """Keep quiet."""
