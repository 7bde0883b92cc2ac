"""Managed actions: each in a unit of its own, once, and remembered."""

from __future__ import annotations

import json
import os
from pathlib import Path
import signal
import time
from typing import Any

import pytest

from .rig import PATIENCE, Conversation, Rig, wait_for_end

NGINX = 'restart_service = ["nginx.service"]'
ID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"


@pytest.fixture
def managed(rig: Rig) -> Rig:
    """Return a helper that may restart nginx."""
    rig.allow(NGINX)
    return rig


def begin(rig: Rig, action: str = ID) -> Conversation:
    """Ask for a restart and return once the helper has accepted it."""
    request = rig.request("restart_service", "nginx", id=action)
    conversation = rig.send(request + b"\n")
    conversation.connection.settimeout(PATIENCE)
    assert conversation.connection.recv(19) == b'{"accepted": true}\n'
    return conversation


def restart(rig: Rig, action: str = ID) -> dict[str, Any]:
    return rig.respond(rig.request("restart_service", "nginx", id=action))


def outcome(rig: Rig, action: str = ID) -> dict[str, Any]:
    return rig.respond(rig.request("outcome", id=action))


def wait_for(rig: Rig, state: str) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE
    while (known := outcome(rig))["state"] != state:
        assert time.monotonic() < until, known
        time.sleep(0.02)
    return known


def wait_for_call(rig: Rig) -> None:
    until = time.monotonic() + PATIENCE
    while not (rig.systemctl.parent / "child").exists():
        assert time.monotonic() < until
        time.sleep(0.02)


def program(rig: Rig, script: str) -> None:
    """Put something else in place of systemctl."""
    rig.systemctl.write_text(f"#!/bin/sh\necho >>{rig.folder}/runs\n{script}\n")


def runs(rig: Rig) -> int:
    return len((rig.folder / "runs").read_text())


def unit(rig: Rig) -> int:
    return int(rig.note("unit"))


def test_action_is_accepted_before_it_begins_and_answered_after(managed: Rig) -> None:
    program(managed, f"until [ -e {managed.folder}/go ]; do sleep 0.02; done; echo hi")
    conversation = begin(managed)
    (managed.folder / "go").touch()
    answer = {"ok": True, "exit_code": 0, "output": "hi\n"}
    assert conversation.answer() == answer
    assert outcome(managed) == {"ok": True, "state": "finished", "result": answer}


@pytest.mark.parametrize("target", ["ssh", "../nginx"])
def test_what_is_refused_is_not_accepted_before(managed: Rig, target: str) -> None:
    conversation = managed.send(managed.request("restart_service", target) + b"\n")
    assert conversation.answer()["code"] == "not_allowed"
    assert not conversation.accepted
    assert not (managed.folder / "bin/units").exists()


def test_action_survives_its_helper(managed: Rig) -> None:
    program(managed, f"until [ -e {managed.folder}/go ]; do sleep 0.02; done; echo hi")
    conversation = begin(managed)
    wait_for(managed, "running")
    conversation.process.kill()
    conversation.process.wait()
    assert conversation.connection.recv(100) == b""
    assert outcome(managed)["state"] == "running"
    (managed.folder / "go").touch()
    known = wait_for(managed, "finished")
    assert known["result"] == {"ok": True, "exit_code": 0, "output": "hi\n"}
    assert runs(managed) == 1


def test_same_action_never_runs_twice(managed: Rig) -> None:
    program(managed, "sleep 0.3")
    conversation = begin(managed)
    wait_for(managed, "running")
    assert restart(managed)["code"] == "known_action"
    assert conversation.answer()["ok"] is True
    again = managed.send(managed.request("restart_service", "nginx", id=ID) + b"\n")
    assert again.answer()["code"] == "known_action"
    assert not again.accepted
    assert runs(managed) == 1
    assert restart(managed, "another")["ok"] is True
    assert runs(managed) == 2


def test_same_action_at_the_same_moment_runs_once(managed: Rig) -> None:
    program(managed, "sleep 0.3")
    request = managed.request("restart_service", "nginx", id=ID) + b"\n"
    talks = [managed.send(request) for _ in range(6)]
    answers = [talk.answer() for talk in talks]
    assert sorted(answer["ok"] for answer in answers) == [False] * 5 + [True]
    codes = {answer.get("code") for answer in answers}
    assert codes <= {None, "known_action", "not_started"}
    assert runs(managed) == 1


def test_what_it_said_so_far_can_be_asked(managed: Rig) -> None:
    program(
        managed, f"echo first; until [ -e {managed.folder}/go ]; do sleep 0.02; done"
    )
    conversation = begin(managed)
    until = time.monotonic() + PATIENCE
    while outcome(managed).get("output") != "first\n":
        assert time.monotonic() < until
        time.sleep(0.02)
    (managed.folder / "go").touch()
    conversation.answer()


def test_action_whose_unit_is_killed_is_interrupted(managed: Rig) -> None:
    managed.program("hang")
    managed.program("output", "so far\n")
    conversation = begin(managed)
    wait_for_call(managed)
    until = time.monotonic() + PATIENCE
    while outcome(managed).get("output") != "so far\n":
        assert time.monotonic() < until
        time.sleep(0.02)
    os.kill(unit(managed), signal.SIGKILL)
    answer = conversation.answer()
    assert (answer["code"], answer["output"]) == ("interrupted", "so far\n")
    assert outcome(managed) == {
        "ok": True,
        "state": "interrupted",
        "output": "so far\n",
    }
    assert restart(managed)["code"] == "known_action"
    os.kill(int(managed.note("child")), signal.SIGKILL)
    wait_for_end(int(managed.note("child")))


def test_unknown_action_is_unknown(rig: Rig) -> None:
    assert outcome(rig) == {"ok": True, "state": "unknown"}


def test_action_that_is_late_is_told_with_the_end_of_its_output(managed: Rig) -> None:
    managed.changes["restart_seconds"] = 0.5
    program(managed, "seq 1 20000; echo waiting; sleep 60")
    answer = managed.ask("restart_service", "nginx")
    assert answer["code"] == "timeout"
    assert answer["output"].endswith("\n20000\nwaiting\n")
    assert answer["output"].startswith("[... the beginning was cut off]\n")


def test_helper_does_not_wait_longer_than_the_hub(managed: Rig) -> None:
    managed.changes["wait_seconds"] = 0.5
    program(managed, f"until [ -e {managed.folder}/go ]; do sleep 0.02; done")
    request = managed.request("restart_service", "nginx", id=ID)
    assert managed.send(request + b"\n").answer()["code"] == "running"
    (managed.folder / "go").touch()
    assert wait_for(managed, "finished")["result"]["ok"] is True


def test_script_that_left_a_child_is_finished_with_its_own_code(managed: Rig) -> None:
    program(managed, f"sleep 60 & echo $! >{managed.folder}/child; echo done; exit 3")
    began = time.monotonic()
    answer = managed.ask("restart_service", "nginx")
    assert time.monotonic() - began < PATIENCE / 2
    assert (answer["code"], answer["exit_code"]) == ("failed", 3)
    assert answer["output"] == "done\n"
    os.kill(int((managed.folder / "child").read_text()), signal.SIGKILL)


def test_output_that_is_no_text_fits_into_a_report(managed: Rig) -> None:
    program(managed, "head -c 30000 /dev/zero | tr '\\0' '\\377'; exit 3")
    answer = managed.ask("restart_service", "nginx")
    assert len(answer["output"].encode()) <= 16 * 1024
    assert outcome(managed)["state"] == "unknown"


def test_unit_that_systemd_does_not_start_is_told(managed: Rig) -> None:
    managed.program("refuse")
    assert restart(managed)["code"] == "not_started"
    assert outcome(managed)["state"] == "unknown"


def test_unit_is_named_by_its_action_and_limited(managed: Rig) -> None:
    assert restart(managed)["ok"] is True
    argv = managed.note("units").split("\n")
    assert f"--unit=homelab-agent-action-{ID}.service" in argv
    assert "--property=MemoryMax=128M" in argv
    assert argv[argv.index(ID) :][:3] == [ID, "restart_service", "nginx"]


def test_records_are_roots_alone(managed: Rig) -> None:
    assert restart(managed)["ok"] is True
    (record,) = (managed.folder / "actions").iterdir()
    assert (record.name, record.stat().st_mode & 0o7777) == (ID, 0o600)


def old(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_records_are_bounded_and_forgotten_after_a_day(managed: Rig) -> None:
    folder = managed.folder / "actions"
    for number in range(100):
        (folder / f"x{number}").write_text(json.dumps({"result": {"ok": True}}))
    assert restart(managed)["code"] == "busy"
    for number in range(40):
        old(folder / f"x{number}", 25 * 3600 + 60)
    assert restart(managed)["ok"] is True
    assert len(list(folder.iterdir())) == 61
    assert outcome(managed, "x0")["state"] == "unknown"
    assert outcome(managed, "x99")["state"] == "finished"


@pytest.mark.parametrize("content", ["", "{", "{}", "\xff"])
def test_broken_record_is_interrupted(rig: Rig, content: str) -> None:
    (rig.folder / "actions" / ID).write_text(content, encoding="latin-1")
    assert outcome(rig)["state"] == "interrupted"
    rig.allow(NGINX)
    assert restart(rig)["code"] == "known_action"


def test_whitelist_is_asked_again_before_it_acts(managed: Rig) -> None:
    """Nobody but root starts the unit, and even so it does only what is listed."""
    launcher = managed.folder / "bin/systemd-run"
    real = launcher.with_name("systemd-run.real")
    launcher.rename(real)
    launcher.write_text(f'#!/bin/sh\nrm {managed.whitelist}\nexec {real} "$@"\n')
    launcher.chmod(0o755)
    assert restart(managed)["code"] == "not_started"
    assert managed.calls() == []
