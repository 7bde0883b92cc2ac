"""What counts as delivered, over real connections."""

from collections.abc import Iterator
import contextlib
import socket
import threading
import time

import pytest

from homelab_agent.http1 import Connection, CutError, HttpError, TooMuchError
from homelab_agent.outcomes import Delivered, NotDelivered, Outcome, Refused
from homelab_agent.protocol.messages import MAX_BODY
from homelab_agent.protocol.refusals import Code
from homelab_agent.protocol.signing import Secret
from homelab_agent.transport import Transport

from .builders import TIMEOUT, config_for
from .fake_hub import Answer, FakeHub, Request, always, changed, refuse, sign

BODY = b'{"type":"heartbeat"}'


class Send:
    """Sends the same body each time."""

    def __init__(self, transport: Transport, hub: FakeHub) -> None:
        self._transport = transport
        self._hub = hub

    def __call__(self) -> Outcome:
        return self._transport.send(BODY, int(self._hub.now()))

    def failing(self) -> str:
        """Return why it was not delivered."""
        outcome = self()
        assert isinstance(outcome, NotDelivered)
        return outcome.reason


@pytest.fixture
def transport(hub: FakeHub) -> Iterator[Transport]:
    transport = Transport(config_for(hub), timeout=TIMEOUT)
    yield transport
    transport.close()


@pytest.fixture
def send(transport: Transport, hub: FakeHub) -> Send:
    return Send(transport, hub)


def test_message_is_signed_as_standardwebhooks_wants_it(
    send: Send, hub: FakeHub
) -> None:
    assert isinstance(send(), Delivered)
    request = hub.next_request()
    assert request.signed
    assert request.headers["x-homelab-server"] == "web-1"
    assert request.headers["content-type"] == "application/json"
    assert request.body == BODY


def test_connection_is_kept_and_every_message_has_an_id_of_its_own(
    send: Send, hub: FakeHub
) -> None:
    assert all(isinstance(send(), Delivered) for _ in range(3))
    requests = [hub.next_request() for _ in range(3)]
    assert len({request.port for request in requests}) == 1
    assert len({request.id for request in requests}) == 3


def test_connection_that_the_hub_has_dropped_is_reopened_at_once(
    send: Send, hub: FakeHub
) -> None:
    hub.script.append(changed(lambda answer: setattr(answer, "close", True)))
    assert isinstance(send(), Delivered)
    assert isinstance(send(), Delivered)
    first, second = hub.next_request(), hub.next_request()
    assert first.port != second.port


def test_kept_connection_that_fails_in_the_middle_is_tried_again_once(
    send: Send, hub: FakeHub
) -> None:
    send()
    hub.next_request()
    hub.script.append(always(Answer(drop=True)))
    assert isinstance(send(), Delivered)
    dropped, second = hub.next_request(), hub.next_request()
    assert dropped.body == second.body
    assert dropped.id != second.id


def test_new_connection_that_fails_is_not_tried_again_at_once(
    send: Send, hub: FakeHub
) -> None:
    hub.respond = always(Answer(drop=True))
    assert "dropped the connection" in send.failing()
    hub.next_request()
    assert hub.requests.empty()


def test_hub_that_restarted_gets_the_next_message(send: Send, hub: FakeHub) -> None:
    assert isinstance(send(), Delivered)
    hub.stop()
    assert "refuses connections" in send.failing()
    hub.start()
    assert isinstance(send(), Delivered)


@pytest.mark.parametrize("body", [b"", b'{"received": true}', b"\xff\x00"])
def test_unsigned_200_is_not_delivered(send: Send, hub: FakeHub, body: bytes) -> None:
    hub.respond = always(Answer(body=body))
    outcome = send()
    assert isinstance(outcome, NotDelivered)
    assert outcome.answered
    assert "not signed by the hub" in outcome.reason


def test_answer_of_another_key_is_not_delivered(send: Send, hub: FakeHub) -> None:
    def respond(hub: FakeHub, request: Request) -> Answer:
        answer = hub.reply(request)
        return sign(Secret.generate(), answer.body, int(hub.now()))

    hub.respond = respond
    assert "signed with another key" in send.failing()


def test_answer_to_another_request_is_not_delivered(send: Send, hub: FakeHub) -> None:
    answers: list[Answer] = []

    def replay(hub: FakeHub, request: Request) -> Answer:
        answers.append(hub.received(request))
        return answers[0]

    hub.respond = replay
    assert isinstance(send(), Delivered)
    assert "belongs to another request" in send.failing()


def test_changed_answer_is_not_delivered(send: Send, hub: FakeHub) -> None:
    def change(answer: Answer) -> None:
        answer.body = answer.body.replace(b"60", b"10")

    hub.respond = changed(change)
    assert "signed with another key" in send.failing()


def test_cut_answer_is_not_delivered(send: Send, hub: FakeHub) -> None:
    hub.respond = changed(lambda answer: setattr(answer, "claim", 5000))
    assert "dropped the connection" in send.failing()


def test_answer_that_is_too_large_is_not_delivered(send: Send, hub: FakeHub) -> None:
    hub.respond = lambda hub, request: sign(hub.key, b" " * (MAX_BODY + 1), 0)
    assert "larger than" in send.failing()
    hub.respond = FakeHub.received
    assert isinstance(send(), Delivered)


def test_signed_nonsense_is_not_delivered(send: Send, hub: FakeHub) -> None:
    hub.respond = lambda hub, request: sign(hub.key, b'{"type":"reply"}', 0)
    assert "in_reply_to" in send.failing()


def test_timestamp_of_an_answer_does_not_matter(send: Send, hub: FakeHub) -> None:
    hub.respond = lambda hub, request: sign(hub.key, hub.reply(request).body, 5)
    assert isinstance(send(), Delivered)


def test_hanging_hub_is_left_in_time(send: Send, hub: FakeHub) -> None:
    hub.script.append(always(Answer(delay=30)))
    assert "does not answer in time" in send.failing()
    assert isinstance(send(), Delivered)


def test_message_that_no_hub_takes_is_not_sent(
    transport: Transport, hub: FakeHub
) -> None:
    outcome = transport.send(b" " * (MAX_BODY + 1), 0)
    assert isinstance(outcome, NotDelivered)
    assert hub.requests.empty()


@pytest.mark.parametrize("signed", [True, False])
def test_refusal_tells_whether_the_hub_signed_it(
    send: Send, hub: FakeHub, signed: bool
) -> None:
    hub.respond = refuse(Code.IDENTITY_MISMATCH, signed=signed, message="Two of you.")
    outcome = send()
    assert isinstance(outcome, Refused)
    assert outcome.signed == signed
    assert outcome.detail.message == "Two of you."
    assert (outcome.server_time is not None) == signed


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(302, headers={"Location": "https://elsewhere/"}), "redirects"),
        (Answer(502, b"<html>"), "HTTP status 502"),
        (Answer(404, b'{"detail": "no"}'), "HTTP status 404"),
        (Answer(401, b'{"detail": {"code": "x\\u0007", "message": ""}}'), "401"),
        (Answer(404, b"[" * 100_000), "HTTP status 404"),
    ],
)
def test_answer_of_something_else_is_not_delivered(
    send: Send, hub: FakeHub, answer: Answer, reason: str
) -> None:
    hub.respond = always(answer)
    assert reason in send.failing()


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-OpenSSH_9.2\r\n", b"", b"HTTP/1.1 200 OK\r\nX" + b"x" * 70_000]
)
def test_server_that_speaks_no_http_is_not_delivered(
    hub: FakeHub, send: Send, answer: bytes
) -> None:
    port = hub.port
    hub.stop()
    with socket.create_server(("127.0.0.1", port)) as server:

        def serve() -> None:
            connection = server.accept()[0]
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        reason = send.failing()
        thread.join()
    assert "127.0.0.1" in reason


def test_reasons_and_settings_show_neither_key_nor_webhook_id(
    send: Send, hub: FakeHub
) -> None:
    hub.respond = always(Answer(302))
    shown = f"{send.failing()} {config_for(hub)!r}"
    assert hub.key.dump() not in shown
    assert "secretpath123" not in shown


# forms of HTTP that a proxy may bring


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class RawServer:
    """Answers every request with the same bytes, and then hangs up or does not."""

    def __init__(self, answer: bytes, *, keep: bool = False) -> None:
        """Listen on loopback."""
        self._answer = answer
        self._keep = keep
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(self._answer)
                if self._keep:
                    connection.settimeout(2)
                    with contextlib.suppress(OSError):
                        connection.recv(1)


def post(answer: bytes, *, keep: bool = False) -> tuple[int, dict[str, str], bytes]:
    server = RawServer(answer, keep=keep)
    try:
        with socket.create_connection(("127.0.0.1", server.port)) as connected:
            return Connection(connected, 1000).post("/x", {"Host": "x"}, b"body", 0.5)
    finally:
        server.close()


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi"),
        (b"HTTP/1.1 200\r\ncontent-length:2\r\n\r\nhi and more", b"hi"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (
            b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            b"x",
        ),
        (
            CHUNKED + b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
            b"abc0123456789",
        ),
    ],
)
def test_answers_are_read_in_every_form(
    loopback: None, answer: bytes, body: bytes
) -> None:
    assert post(answer)[2] == body


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (b"", ConnectionResetError),
        (b"HTTP/1.1 200 OK\r\nContent-Le", ConnectionResetError),
        (b"SSH-2.0-OpenSSH_9.2\r\n", HttpError),
        (b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", HttpError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", HttpError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", CutError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", TooMuchError),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1001, TooMuchError),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20000, HttpError),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            HttpError,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFF\r\n",
            TooMuchError,
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
            HttpError,
        ),
    ],
)
def test_what_is_no_answer_is_refused(
    loopback: None, answer: bytes, failure: type[Exception]
) -> None:
    with pytest.raises(failure):
        post(answer)


def test_answer_without_an_end_is_left_in_time(loopback: None) -> None:
    with pytest.raises(TimeoutError):
        post(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", keep=True)


@pytest.mark.parametrize("more", [b"", b"HTTP/1.1 408 Too late\r\n\r\n"])
def test_what_comes_unasked_is_not_taken_for_an_answer(
    loopback: None, more: bytes
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = Connection(ours, 1000)
        theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        connection.post("/x", {"Host": "x"}, b"body", 0.5)
        assert connection.silent
        theirs.sendall(more) if more else theirs.close()
        assert not connection.silent


def test_go_on_without_end_is_left_in_time(loopback: None) -> None:
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        post(b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000, keep=True)
    assert time.monotonic() - started < 5
