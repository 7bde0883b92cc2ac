"""Names are looked up without ever being stuck in the system's resolver."""

import socket
import threading
from typing import Any

import pytest

from homelab_agent.connector import resolve


def test_address_needs_no_look_up(loopback: None) -> None:
    threads = threading.active_count()
    assert resolve("127.0.0.1", 80, 5)[0][4] == ("127.0.0.1", 80)
    assert threading.active_count() == threads


def test_name_is_looked_up(loopback: None) -> None:
    found = {info[4][0] for info in resolve("localhost", 80, 5)}
    assert found & {"127.0.0.1", "::1"}


def slow_resolver(released: threading.Event) -> Any:
    """Return a resolver that answers numbers at once, and names when released."""
    ask = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, **more: Any) -> Any:
        if more["flags"] & socket.AI_NUMERICHOST:
            return ask(host, port, **more)
        released.wait(10)
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    return getaddrinfo


def test_name_server_that_does_not_answer_is_left_in_time(
    loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", slow_resolver(released))
    before = set(threading.enumerate())
    with pytest.raises(socket.gaierror, match="does not answer"):
        resolve("localhost", 80, 0.1)
    released.set()
    for thread in set(threading.enumerate()) - before:
        thread.join()


def test_name_that_nobody_knows_is_an_error(
    loopback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    released.set()
    monkeypatch.setattr(socket, "getaddrinfo", slow_resolver(released))
    with pytest.raises(socket.gaierror, match="no such name"):
        resolve("localhost", 80, 5)
