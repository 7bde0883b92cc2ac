"""Managed actions: each in a unit of its own, once, and remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
import json
import os
from pathlib import Path
import signal
import socket
import subprocess
import time
from typing import Any

import pytest

from .rig import COMMAND, PATIENCE, Conversation, Rig, wait_for_end

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


def wait_for_output(rig: Rig, output: str) -> None:
    until = time.monotonic() + PATIENCE
    while outcome(rig).get("output") != output:
        assert time.monotonic() < until
        time.sleep(0.02)


def wait_for_call(rig: Rig) -> None:
    until = time.monotonic() + PATIENCE
    while not (rig.systemctl.parent / "child").exists():
        assert time.monotonic() < until
        time.sleep(0.02)


def wait_for_unit(rig: Rig) -> None:
    """Wait until systemd was asked for the unit."""
    path, until = rig.folder / "bin/units", time.monotonic() + PATIENCE
    while not path.exists() or not path.read_text().endswith("\n\n"):
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
    program(
        managed,
        f"echo so; until [ -e {managed.folder}/go ]; do sleep 0.02; done; echo far",
    )
    conversation = begin(managed)
    wait_for_output(managed, "so\n")
    conversation.process.kill()
    conversation.process.wait()
    assert conversation.connection.recv(100) == b""
    assert outcome(managed)["state"] == "running"
    (managed.folder / "go").touch()
    known = wait_for(managed, "finished")
    assert known["result"] == {"ok": True, "exit_code": 0, "output": "so\nfar\n"}
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
    assert {answer.get("code") for answer in answers} == {None, "known_action"}
    # Of whoever is told that it begins, there is one.
    assert [talk.accepted for talk in talks] == [answer["ok"] for answer in answers]
    assert runs(managed) == 1


def test_action_is_known_from_the_moment_it_is_accepted(managed: Rig) -> None:
    """Though systemd takes its time to start the unit."""
    managed.program("hold")
    conversation = begin(managed)
    assert outcome(managed) == {"ok": True, "state": "running", "output": ""}
    again = managed.send(managed.request("restart_service", "nginx", id=ID) + b"\n")
    assert again.answer()["code"] == "known_action"
    assert not again.accepted
    (managed.folder / "bin/hold").unlink()
    assert conversation.answer()["ok"] is True
    assert len(managed.calls()) == 1


def test_action_whose_helper_dies_before_it_begins_is_not_unknown(managed: Rig) -> None:
    managed.program("hold")
    conversation = begin(managed)
    wait_for_unit(managed)
    conversation.process.kill()
    conversation.process.wait()
    assert outcome(managed)["state"] == "running"
    assert restart(managed)["code"] == "known_action"
    (managed.folder / "bin/hold").unlink()
    assert wait_for(managed, "finished")["result"]["ok"] is True
    assert len(managed.calls()) == 1


def test_lost_connection_to_systemd_does_not_hide_how_it_ended(managed: Rig) -> None:
    """As when systemd is upgraded while it starts the unit."""
    managed.program("lose")
    assert restart(managed) == {"ok": True, "exit_code": 0, "output": ""}
    assert outcome(managed)["state"] == "finished"


def run_unit(rig: Rig) -> int:
    """Run an action's unit as systemd would, and return how it ended."""
    command = (*COMMAND, json.dumps(rig.settings()), ID, "restart_service", "nginx")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind("")
        address = notify.getsockname().decode().replace("\0", "@")
        env = os.environ | {"NOTIFY_SOCKET": address}
        ended = subprocess.run(command, env=env, capture_output=True, check=False)
    return ended.returncode


def test_what_was_not_started_never_begins_later(managed: Rig) -> None:
    managed.program("refuse")
    assert restart(managed)["code"] == "not_started"
    assert run_unit(managed) != 0
    assert managed.calls() == []
    (managed.folder / "bin/refuse").unlink()
    assert restart(managed)["ok"] is True


def test_unit_that_begins_too_late_does_nothing(managed: Rig) -> None:
    managed.changes["begin_seconds"] = -1
    managed.program("hold")
    conversation = begin(managed)
    conversation.process.kill()
    conversation.process.wait()
    assert outcome(managed)["state"] == "unknown"
    assert run_unit(managed) != 0
    assert managed.calls() == []
    managed.changes["begin_seconds"] = PATIENCE
    (managed.folder / "bin/hold").unlink()
    write_record(managed, ID, {"starting": True}, age=PATIENCE + 1)
    assert restart(managed)["ok"] is True


def test_whoever_is_gone_before_it_is_accepted_has_begun_nothing(managed: Rig) -> None:
    ours, theirs = socket.socketpair()
    ours.sendall(managed.request("restart_service", "nginx", id=ID) + b"\n")
    ours.shutdown(socket.SHUT_RD)
    conversation = managed.start((ours, theirs))
    conversation.process.communicate(timeout=PATIENCE)
    assert outcome(managed)["state"] == "unknown"
    assert managed.calls() == []
    assert not (managed.folder / "bin/units").exists()


def test_what_it_said_so_far_can_be_asked(managed: Rig) -> None:
    program(
        managed, f"echo first; until [ -e {managed.folder}/go ]; do sleep 0.02; done"
    )
    conversation = begin(managed)
    wait_for_output(managed, "first\n")
    (managed.folder / "go").touch()
    conversation.answer()


def test_action_whose_unit_is_killed_is_interrupted(managed: Rig) -> None:
    managed.program("hang")
    managed.program("output", "so far\n")
    conversation = begin(managed)
    wait_for_call(managed)
    wait_for_output(managed, "so far\n")
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
    modes = {
        path.name: path.stat().st_mode & 0o7777
        for path in (managed.folder / "actions").iterdir()
    }
    assert modes == {ID: 0o600, ".lock": 0o600}


def write_record(rig: Rig, action: str, said: object, age: float = 0) -> None:
    asked = int(time.clock_gettime(time.CLOCK_BOOTTIME) - age)
    text = f"{asked:15d}\n{json.dumps(said)}\n"
    (rig.folder / "actions" / action).write_text(text)


def records(rig: Rig) -> list[Path]:
    return list((rig.folder / "actions").glob("[!.]*"))


def test_records_are_bounded_and_forgotten_after_a_day(managed: Rig) -> None:
    result = {"result": {"ok": True}}
    for number in range(100):
        write_record(managed, f"x{number}", result, age=25 * 3600 - 60)
    assert restart(managed)["code"] == "busy"
    for number in range(40):
        write_record(managed, f"x{number}", result, age=25 * 3600 + 60)
    assert restart(managed)["ok"] is True
    assert len(records(managed)) == 61
    assert outcome(managed, "x0")["state"] == "unknown"
    assert outcome(managed, "x99")["state"] == "finished"


def test_clock_that_is_set_forgets_no_action(managed: Rig) -> None:
    """A server without a battery learns days later what time it is."""
    managed.program("hang")
    conversation = begin(managed)
    wait_for_call(managed)
    (record,) = records(managed)
    os.utime(record, (0, 0))
    (managed.folder / "bin/hang").unlink()
    assert restart(managed, "another")["ok"] is True
    assert outcome(managed)["state"] == "running"
    assert restart(managed)["code"] == "known_action"
    os.kill(int(managed.note("child")), signal.SIGKILL)
    assert conversation.answer()["ok"] is True


def test_action_that_runs_is_not_forgotten_however_old(managed: Rig) -> None:
    managed.program("hang")
    conversation = begin(managed)
    wait_for_call(managed)
    (record,) = records(managed)
    with record.open("r+b") as file:
        file.write(b"%15d" % -(10**9))
    (managed.folder / "bin/hang").unlink()
    assert restart(managed, "another")["ok"] is True
    assert outcome(managed)["state"] == "running"
    os.kill(int(managed.note("child")), signal.SIGKILL)
    assert conversation.answer()["ok"] is True
    assert restart(managed, "a-third")["ok"] is True
    assert outcome(managed)["state"] == "unknown"


def test_actions_at_the_same_moment_forget_the_old_ones_together(managed: Rig) -> None:
    for number in range(90):
        write_record(managed, f"x{number}", {"result": {}}, age=25 * 3600 + 60)
    requests = [managed.request("restart_service", "nginx") + b"\n" for _ in range(5)]
    talks = [managed.send(request) for request in requests]
    assert all(talk.answer()["ok"] for talk in talks)
    assert len(records(managed)) == len(talks)


@pytest.fixture
def full(managed: Rig) -> Iterator[Callable[[], Path]]:
    """Return what fills the records' file system, and where it put the ballast."""
    folder = managed.folder / "actions"
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k,mode=700", "none", str(folder)]
    if os.geteuid() or subprocess.run(mount, check=False).returncode:
        pytest.skip("needs root to mount a small file system")

    def fill() -> Path:
        with suppress(OSError), (folder / ".ballast").open("wb", 0) as file:
            while True:
                file.write(bytes(4096))
        return folder / ".ballast"

    yield fill
    managed.close()
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_action_that_could_not_be_remembered_is_not_begun(
    managed: Rig, full: Callable[[], Path]
) -> None:
    ballast = full()
    refused = managed.send(managed.request("restart_service", "nginx", id=ID) + b"\n")
    assert refused.answer()["code"] == "not_started"
    assert not refused.accepted
    assert managed.calls() == []
    assert outcome(managed)["state"] == "unknown"
    ballast.unlink()
    assert restart(managed)["ok"] is True


def test_action_that_has_begun_needs_no_more_space(
    managed: Rig, full: Callable[[], Path]
) -> None:
    # What takes most room: each byte is six in JSON.
    program(
        managed,
        f"until [ -e {managed.folder}/go ]; do sleep 0.02; done\n"
        "head -c 30000 /dev/zero | tr '\\0' '\\1'",
    )
    conversation = begin(managed)
    full()
    (managed.folder / "go").touch()
    answer = conversation.answer()
    assert (answer["ok"], len(answer["output"])) == (True, 16 * 1024)
    known = outcome(managed)
    assert (known["state"], known["result"]) == ("finished", answer)
    # And what it does not need in the end it gives back.
    (record,) = records(managed)
    assert record.stat().st_size < 100 * 1024


BEGAN = "              7\n"


@pytest.mark.parametrize(
    "content", ["", "{", BEGAN, BEGAN + "{", BEGAN + "[]\n", BEGAN + "\xff", "\xff\n{}"]
)
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
