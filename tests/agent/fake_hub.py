"""A hub on loopback: real HTTP, signatures by the standardwebhooks package."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json
import queue
import secrets
import socket
import ssl
import threading
import time
from typing import Any

from standardwebhooks import Webhook

from homelab_agent.protocol.fields import dump_json
from homelab_agent.protocol.refusals import STATUS, Code
from homelab_agent.protocol.replies import Config, Detail, Reply, dump_reply
from homelab_agent.protocol.signing import Secret

WEBHOOK_PATH = "/api/webhook/secretpath123"
CLOCK_WINDOW = 300


@dataclass(frozen=True)
class Request:
    """What arrived."""

    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    path: str
    port: int
    """The client's, which tells connections apart."""
    at: float
    """Monotonic seconds."""
    signed: bool
    """Whether standardwebhooks finds the signature good."""

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def timestamp(self) -> int:
        return int(self.headers["webhook-timestamp"])

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    claim: int | None = None
    """A content length that does not fit the body; the connection closes after it."""
    delay: float = 0.0
    """Seconds before anything is sent."""
    drop: bool = False
    """Close the connection instead of answering."""
    close: bool = False
    """Close the connection after answering, without having announced it."""


Responder = Callable[["FakeHub", Request], Answer]


def signature(key: Secret, message_id: str, timestamp: int, body: bytes) -> str:
    """Sign with the independent package."""
    # It reads the fields of the datetime as UTC, whatever the zone.
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=timestamp)
    return Webhook(key.dump()).sign(message_id, at, body.decode())


def sign(key: Secret, body: bytes, timestamp: int, status: int = 200) -> Answer:
    """Return a signed answer."""
    message_id = f"msg_{secrets.token_hex(8)}"
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(key, message_id, timestamp, body),
    }
    return Answer(status, body, headers)


class FakeHub:
    """Answers as the contract says, or as `script` says first."""

    def __init__(
        self, *, server_id: str = "web-1", tls: ssl.SSLContext | None = None
    ) -> None:
        """Prepare a hub for one server."""
        self.server_id = server_id
        self.key = Secret.generate()
        self.interval = 60
        self.now: Callable[[], float] = time.time
        """This hub's clock."""
        self.requests: queue.Queue[Request] = queue.Queue()
        self.script: deque[Responder] = deque()
        """One for each of the next requests."""
        self.respond: Responder = FakeHub.received
        """For the requests after those of the script."""
        self._tls = tls
        self._port = 0
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """Stays the same over restarts."""
        return self._port

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self._port}{WEBHOOK_PATH}"

    def start(self) -> None:
        self._server = _Server(("127.0.0.1", self._port), _Handler)
        self._server.hub = self
        if self._tls:
            self._server.socket = self._tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.start()

    def stop(self) -> None:
        """Close everything, as a hub that ends does."""
        if self._server is None or self._thread is None:
            return
        self._server.ending.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()
        self._server = None

    def next_request(self, timeout: float = 10.0) -> Request:
        return self.requests.get(timeout=timeout)

    def judge(self, request: Request) -> Code | None:
        """Check like the hub, as far as the agent's tests need it."""
        if not request.signed:
            return Code.INVALID_SIGNATURE
        if abs(request.timestamp - self.now()) > CLOCK_WINDOW:
            return Code.CLOCK_SKEW
        if request.json["type"] not in {"heartbeat", "command_result", "wait"}:
            return Code.INVALID_FIELD
        return None

    def received(self, request: Request) -> Answer:
        """Answer as the contract says."""
        if (code := self.judge(request)) is not None:
            return refuse(code, signed=request.signed)(self, request)
        return self.reply(request)

    def reply(self, request: Request, **changes: Any) -> Answer:
        """Return the signed reply that says it was received."""
        values: dict[str, Any] = {
            "in_reply_to": request.id,
            "server_time": datetime.fromtimestamp(self.now(), UTC),
            "received": True,
            "config": Config(heartbeat_interval_seconds=self.interval),
        }
        reply = Reply(**(values | changes))
        return sign(self.key, dump_json(dump_reply(reply)), int(self.now()))


def refuse(code: Code, *, signed: bool = True, message: str = "Fix it.") -> Responder:
    """Answer with a refusal."""
    detail = Detail(code=code.value, message=message)

    def respond(hub: FakeHub, request: Request) -> Answer:
        if signed:
            answer = hub.reply(request, detail=detail, config=None)
        else:
            body = {"detail": {"code": code.value, "message": message}}
            answer = Answer(body=dump_json(body))
        answer.status = STATUS[code]
        return answer

    return respond


def always(answer: Answer) -> Responder:
    """Answer the same to everybody."""
    return lambda _hub, _request: answer


def changed(change: Callable[[Answer], None]) -> Responder:
    """Answer as the contract says, but for a change."""

    def respond(hub: FakeHub, request: Request) -> Answer:
        answer = hub.received(request)
        change(answer)
        return answer

    return respond


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    hub: FakeHub

    def __init__(self, *args: Any) -> None:
        self.ending = threading.Event()
        self._open: set[socket.socket] = set()
        super().__init__(*args)

    def finish_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        try:
            super().finish_request(request, client_address)
        except OSError:
            # The agent hung up, which is its right.
            return
        finally:
            self._open.discard(request)

    def hang_up(self) -> None:
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body in one packet, so that a test does not wait for delayed ACKs.
    wbufsize = -1
    server: _Server

    def do_POST(self) -> None:
        hub = self.server.hub
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        expected = signature(
            hub.key, headers["webhook-id"], int(headers["webhook-timestamp"]), body
        )
        request = Request(
            headers=headers,
            body=body,
            path=self.path,
            port=self.client_address[1],
            at=time.monotonic(),
            signed=headers["webhook-signature"] == expected
            and headers["x-homelab-server"] == hub.server_id,
        )
        respond = hub.script.popleft() if hub.script else hub.respond
        answer = respond(hub, request)
        hub.requests.put(request)
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.server.ending.wait(answer.delay)
        self.close_connection = answer.drop or answer.close or bool(answer.claim)
        if answer.drop:
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        length = len(answer.body) if answer.claim is None else answer.claim
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()

    def log_message(self, *_args: Any) -> None:
        """Keep quiet."""
