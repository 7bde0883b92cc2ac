"""What arrives at the helper's socket, from friends and others."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
import os
import socket
import time

import pytest

from .rig import Rig

IS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not IS_ROOT, reason="only root can be somebody else")
NOBODY = 65534
READING = ("containers", "disk_power", "pools", "rapl")


@contextmanager
def somebody_else() -> Iterator[None]:
    """Be another user for a moment: sockets keep who made them."""
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("verb", READING)
@pytest.mark.parametrize("managed", [False, True], ids=["monitor", "managed"])
def test_reading_works_in_both_modes(rig: Rig, verb: str, managed: bool) -> None:
    if managed:
        rig.allow('restart_service = ["nginx"]')
    assert rig.ask(verb)["ok"] is True


@pytest.mark.parametrize("verb", READING)
def test_no_target_may_be_said_in_two_ways(rig: Rig, verb: str) -> None:
    request = rig.request(verb, target=None, id=None)
    assert rig.send(request + b"\n").answer()["ok"] is True


@pytest.mark.parametrize("verb", READING)
def test_reading_takes_no_target(rig: Rig, verb: str) -> None:
    assert rig.ask(verb, "/dev/sda")["code"] == "invalid_request"


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\nmore", b"\n" * 9])
def test_request_ends_with_the_line(rig: Rig, end: bytes) -> None:
    assert rig.send(b'{"verb": "rapl"}' + end).answer()["ok"] is True


def test_request_ends_with_the_connection_half_closed(rig: Rig) -> None:
    conversation = rig.send(b'{"verb": "rapl"}')
    conversation.connection.shutdown(socket.SHUT_WR)
    assert conversation.answer()["ok"] is True


def test_request_in_pieces_is_one_request(rig: Rig) -> None:
    conversation = rig.start()
    for byte in b'{"verb": "rapl"}\n':
        conversation.connection.sendall(bytes([byte]))
        time.sleep(0.001)
    assert conversation.answer()["ok"] is True


def test_four_kib_are_taken(rig: Rig) -> None:
    request = b'{"verb": "rapl"}'.ljust(4095) + b"\n"
    assert rig.send(request).answer()["ok"] is True


@pytest.mark.parametrize("size", [4097, 100_000])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_more_than_four_kib_are_refused(rig: Rig, size: int, end: bytes) -> None:
    request = b'{"verb": "rapl"}'.ljust(size - len(end)) + end
    assert rig.send(request).answer()["code"] == "too_large"


@pytest.mark.parametrize(
    "request_",
    [
        b"\n",
        b"\0\n",
        b"\xff\xfe\x00\x01\n",
        b"\x1f\x8b\x08\x00binary\n",
        b'\xef\xbb\xbf{"verb": "rapl"}\n',
        '{"verb": "rapl"}\n'.encode("utf-16"),
        b'{"verb": "rapl"\n',
        b'{"verb": "rapl"}{"verb": "rapl"}\n',
        b'{"verb": "rapl", "verb": "containers"}\n',
        b'{"verb": "rapl", "shell": "id"}\n',
        b'{"verb": "restart_service", "target": "a", "target": "nginx"}\n',
        b'{"verb": ["rapl"]}\n',
        b'{"verb": null}\n',
        b'{"verb": "restart_service", "target": ["nginx"]}\n',
        b'{"verb": "restart_service", "target": 5}\n',
        b'{"verb": "restart_service"}\n',
        b'{"verb": "rapl", "target": ""}\n',
        b'{"verb": "rapl", "id": "a"}\n',
        # As an agent asks that is older than this helper.
        b'{"verb": "restart_service", "target": "nginx"}\n',
        b'{"verb": "restart_service", "id": "a"}\n',
        b'{"verb": "restart_service", "target": "nginx", "id": 5}\n',
        b'{"verb": "outcome"}\n',
        b'{"verb": "outcome", "id": "a", "target": "nginx"}\n',
        b'{"verb": "outcome", "id": ""}\n',
        b'{"verb": "outcome", "id": "../allowed.toml"}\n',
        b'{"verb": "outcome", "id": ".x"}\n',
        b'{"verb": "outcome", "id": "a\\n"}\n',
        b'{"verb": "outcome", "id": "\\u00e4"}\n',
        b'{"verb": "outcome", "id": "%s"}\n' % (b"a" * 65),
        b"{}\n",
        b"[]\n",
        b'"rapl"\n',
        b"null\n",
        b"NaN\n",
        b"1e999\n",
        b"7" * 4000 + b"\n",
        b'{"verb": %s}\n' % (b"7" * 4000),
        b"[" * 4000 + b"\n",
        b'{"a":' * 800 + b"\n",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
    ids=lambda request: ascii(request)[2:25],
)
def test_no_request_is_refused(rig: Rig, request_: bytes) -> None:
    rig.allow('restart_service = ["nginx"]')
    assert rig.send(request_).answer()["code"] == "invalid_request"
    assert rig.calls() == []


@pytest.mark.parametrize(
    "verb",
    [
        "",
        "Rapl",
        "rapl ",
        "rapl\n",
        "rapl\0",
        "r\u0430pl",
        "\ud800",
        "__class__",
        "main",
        "run",
        "systemctl",
        "install",
        "shutdown",
    ],
)
def test_unknown_verb_is_refused(rig: Rig, verb: str) -> None:
    rig.allow('custom = ["/usr/local/bin/x"]\napply_updates = true')
    for target in ((), ("/usr/local/bin/x",)):
        assert rig.hear(verb, *target)["code"] == "unknown_verb"
    assert rig.calls() == []


def test_nothing_said_is_answered_too(rig: Rig) -> None:
    conversation = rig.start()
    conversation.connection.shutdown(socket.SHUT_WR)
    assert conversation.answer()["code"] == "invalid_request"


def test_who_hangs_up_is_no_failure(rig: Rig) -> None:
    conversation = rig.send(b'{"verb": "containers"}\n')
    conversation.connection.close()
    _, stderr = conversation.process.communicate(timeout=10)
    assert conversation.process.returncode == 0
    assert b"Traceback" not in stderr


@pytest.mark.parametrize("drip", [b"", b" "], ids=["silence", "a byte at a time"])
def test_slow_request_is_not_waited_for(rig: Rig, drip: bytes) -> None:
    rig.changes["request_seconds"] = 0.3
    conversation = rig.start()
    began = time.monotonic()
    with suppress(ConnectionError):
        while conversation.process.poll() is None and time.monotonic() < began + 10:
            conversation.connection.sendall(drip)
            time.sleep(0.02)
    assert conversation.answer()["code"] == "timeout"
    assert time.monotonic() < began + 5


def test_answer_that_nobody_reads_is_not_waited_for(rig: Rig) -> None:
    rig.changes["request_seconds"] = 0.3
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            theirs.send(b"x" * 1000)
    theirs.setblocking(True)
    conversation = rig.start((ours, theirs))
    ours.sendall(b'{"verb": "rapl"}\n')
    assert conversation.process.wait(10) == 0


def test_many_at_once_are_all_answered(rig: Rig) -> None:
    rig.allow('restart_service = ["a", "b"]')
    requests = [
        (rig.request("restart_service", name), name in "ab")
        for name in ("a", "b", "c", "d") * 4
    ]
    conversations = [(rig.send(request + b"\n"), good) for request, good in requests]
    assert all(talk.answer()["ok"] is good for talk, good in conversations)
    units = sorted(call[-1] for call in rig.calls())
    assert units == ["a.service"] * 4 + ["b.service"] * 4


@needs_root
@pytest.mark.parametrize("verb", [*READING, "restart_service"])
def test_other_users_are_refused_before_they_are_heard(rig: Rig, verb: str) -> None:
    rig.changes["agent_user"] = "daemon"
    rig.allow('restart_service = ["nginx"]')
    with somebody_else():
        pair = socket.socketpair()
    # Nothing is sent, so only its refusal to listen can end this.
    assert rig.start(pair).answer()["code"] == "not_authorized"
    assert rig.calls() == []


@needs_root
def test_agent_is_heard(rig: Rig) -> None:
    rig.changes["agent_user"] = "nobody"
    with somebody_else():
        pair = socket.socketpair()
    conversation = rig.start(pair)
    conversation.connection.sendall(b'{"verb": "rapl"}\n')
    assert conversation.answer()["ok"] is True


@pytest.mark.skipif(IS_ROOT, reason="root is always heard")
def test_nobody_else_is_heard(rig: Rig) -> None:
    rig.changes["agent_user"] = "root"
    assert rig.start().answer()["code"] == "not_authorized"


def test_without_its_user_only_root_is_heard(rig: Rig) -> None:
    rig.changes["agent_user"] = "there-is-no-such-user"
    conversation = rig.send(b'{"verb": "rapl"}\n')
    assert conversation.answer()["ok"] is IS_ROOT


def test_environment_and_arguments_change_nothing(rig: Rig) -> None:
    """What the real file, started as itself, reads are the real paths."""
    from .launcher import HELPER  # noqa: PLC0415

    text = HELPER.read_text()
    assert "environ" not in text
    assert "argv[" not in text
    assert "getenv" not in text
