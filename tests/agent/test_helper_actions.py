"""What the agent concludes from what the root helper says of an action, or does not."""

from __future__ import annotations

import json
from pathlib import Path
import socket
from typing import Any

import pytest

from homelab_agent.collectors import helper as client
from homelab_agent.collectors.helper import (
    ActionInterruptedError,
    ActionKnownError,
    ActionNotStartedError,
    ActionRefusedError,
    Helper,
    HelperError,
)

from .stand_ins import listening

pytestmark = pytest.mark.usefixtures("unix_sockets")

ACCEPTED = b'{"accepted": true}\n'
SOCKET = "helper.sock"
DONE = b'{"ok": true, "exit_code": 0, "output": ""}\n'
FAILED = b'{"ok": false, "code": "failed", "message": "systemctl ended with 5"}\n'


def act(tmp_path: Path, answer: bytes, asked: list[Any] | None = None) -> Any:
    """Have an action done by a helper that answers this and hangs up."""

    def serve(connection: socket.socket) -> None:
        request = json.loads(connection.makefile("rb").readline())
        if asked is not None:
            asked.append(request)
        connection.sendall(answer)

    with listening(tmp_path / SOCKET, serve):
        return Helper(tmp_path / SOCKET).act("restart_service", "nginx", "a-1")


def test_action_that_was_accepted_and_ended_is_returned(tmp_path: Path) -> None:
    asked: list[Any] = []
    assert act(tmp_path, ACCEPTED + DONE, asked) == json.loads(DONE)
    assert asked == [{"verb": "restart_service", "target": "nginx", "id": "a-1"}]
    assert act(tmp_path, ACCEPTED + FAILED) == json.loads(FAILED)


def test_end_before_it_was_accepted_means_not_started(tmp_path: Path) -> None:
    with pytest.raises(ActionNotStartedError, match="nothing was done"):
        act(tmp_path, b"")


@pytest.mark.parametrize("left", [False, True], ids=["no helper", "its socket is left"])
def test_nobody_to_ask_means_not_started(tmp_path: Path, left: bool) -> None:
    if left:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(tmp_path / SOCKET))
    with pytest.raises(ActionNotStartedError, match="run the installer again"):
        Helper(tmp_path / SOCKET).act("restart_service", "nginx", "a-1")


@pytest.mark.parametrize(
    "after",
    [b"", b'{"ok": tr', DONE[:-1], b"\xff\n", b"[]\n", b"[" * 9999 + b"\n"],
    ids=lambda after: ascii(after)[2:12],
)
def test_end_after_it_was_accepted_means_interrupted(
    tmp_path: Path, after: bytes
) -> None:
    with pytest.raises(ActionInterruptedError, match="not known yet"):
        act(tmp_path, ACCEPTED + after)


@pytest.mark.parametrize("first", [b"{", b"\xff\n", b"[]\n", ACCEPTED[:-1]])
def test_first_line_that_is_not_understood_means_interrupted(
    tmp_path: Path, first: bytes
) -> None:
    with pytest.raises(ActionInterruptedError):
        act(tmp_path, first)


def test_refusal_before_it_was_accepted_is_told(tmp_path: Path) -> None:
    """Also what a helper says that is older than this agent and knows no ids."""
    refusal = {"ok": False, "code": "invalid_request", "message": "no \x1b object"}
    with pytest.raises(ActionRefusedError, match="refuses: no"):
        act(tmp_path, json.dumps(refusal).encode() + b"\n")


@pytest.mark.parametrize(
    ("code", "means"),
    [("known_action", ActionKnownError), ("not_started", ActionNotStartedError)],
)
def test_refusal_that_says_more_of_the_action_is_told_apart(
    tmp_path: Path, code: str, means: type[HelperError]
) -> None:
    refusal = {"ok": False, "code": code, "message": "see its outcome"}
    with pytest.raises(HelperError, match="see its outcome") as told:
        act(tmp_path, json.dumps(refusal).encode() + b"\n")
    assert told.type is means


@pytest.mark.parametrize("said", [b"", ACCEPTED])
def test_silence_means_interrupted_for_it_may_be_begun(
    tmp_path: Path, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "ACTION_PATIENCE", 0.2)

    def serve(connection: socket.socket) -> None:
        connection.makefile("rb").readline()
        connection.sendall(said)
        # Until the agent has given up.
        connection.recv(1)

    with (
        listening(tmp_path / SOCKET, serve),
        pytest.raises(ActionInterruptedError),
    ):
        Helper(tmp_path / SOCKET).act("restart_service", "nginx", "a-1")


def test_each_of_them_is_an_error_of_the_helper() -> None:
    for error in (
        ActionNotStartedError,
        ActionRefusedError,
        ActionKnownError,
        ActionInterruptedError,
    ):
        assert issubclass(error, HelperError)


def test_outcome_is_asked_by_id(tmp_path: Path) -> None:
    asked: list[Any] = []

    def serve(connection: socket.socket) -> None:
        asked.append(json.loads(connection.makefile("rb").readline()))
        connection.sendall(b'{"ok": true, "state": "unknown"}\n')

    with listening(tmp_path / SOCKET, serve):
        helper = Helper(tmp_path / SOCKET)
        assert helper.ask("outcome", id="a-1")["state"] == "unknown"
    assert asked == [{"verb": "outcome", "id": "a-1"}]
