"""A hub that is never done can't hold the agent."""

from collections.abc import Iterator
import contextlib
import dataclasses
import itertools
import socket
import threading
import time

import pytest

from homelab_agent.outcomes import NotDelivered
from homelab_agent.transport import Transport

from .builders import TIMEOUT, config_for
from .fake_hub import FakeHub

HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def dripping(
    hub: FakeHub, request: pytest.FixtureRequest
) -> Iterator[tuple[FakeHub, int]]:
    """Answer with a beginning, then with the same few bytes for ever."""
    beginning, drop = request.param
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                connection.sendall(beginning)
                for _ in itertools.takewhile(
                    lambda _: not over.wait(0.05), itertools.count()
                ):
                    connection.sendall(drop)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield hub, listener.getsockname()[1]
        over.set()
        thread.join(5)


@pytest.mark.parametrize(
    "dripping",
    [
        (HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
        (HEAD, b"X-More: 1\r\n"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "headers", "chunks", "continue"],
    indirect=True,
)
def test_an_answer_that_drips_for_ever_is_given_up(
    dripping: tuple[FakeHub, int],
) -> None:
    hub, port = dripping
    config = config_for(hub)
    url = dataclasses.replace(config.url, host="127.0.0.1", port=port)
    transport = Transport(dataclasses.replace(config, url=url), timeout=TIMEOUT)
    started = time.monotonic()
    outcome = transport.send(b"{}", int(time.time()))
    transport.close()
    assert isinstance(outcome, NotDelivered)
    assert time.monotonic() - started < 5 * TIMEOUT
