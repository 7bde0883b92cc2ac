"""Logs that are cleared, scripts that are run, and all that is left alone."""

from __future__ import annotations

from collections.abc import Callable
import fcntl
import os
from pathlib import Path

import pytest

from .rig import Rig, wait_for_end

LOG = "/var/log/app/error.log"
SCRIPT = "/opt/tools/backup.sh"


def put(rig: Rig, path: str, text: str = "old\n", mode: int = 0o644) -> Path:
    """Make a file of the rig's root that only its owner can write."""
    file = rig.folder / path[1:]
    file.parent.mkdir(parents=True, exist_ok=True)
    for folder in file.relative_to(rig.folder).parents:
        (rig.folder / folder).chmod(0o755)
    file.write_text(text)
    file.chmod(mode)
    return file


def refused(rig: Rig, verb: str, target: str) -> str:
    answer = rig.hear(verb, target)
    assert answer["code"] == "not_allowed", answer
    return str(answer["message"])


# Logs


def test_a_listed_log_is_made_empty_and_its_sizes_are_told(rig: Rig) -> None:
    log = put(rig, LOG, "x" * 2_300_000)
    inode = log.stat().st_ino
    rig.allow(f'clear_logs = ["{LOG}"]')
    answer = rig.ask("clear_logs", LOG)
    assert answer == {
        "ok": True,
        "exit_code": 0,
        "output": "2.3 MB before, 0.0 MB after\n",
    }
    assert (log.stat().st_size, log.stat().st_ino) == (0, inode)


def test_the_journal_is_vacuumed_and_its_sizes_are_told(rig: Rig) -> None:
    put(rig, "/var/log/journal/id/system.journal", "x" * 1_000_000)
    rig.program("output", "Vacuuming done\n")
    rig.allow('clear_logs = ["journal"]')
    answer = rig.ask("clear_logs", "journal")
    assert answer["output"] == "Vacuuming done\n1.0 MB before, 1.0 MB after\n"
    assert rig.calls() == [["--vacuum-time=7d"]]


def test_a_journal_that_can_not_be_vacuumed_is_told(rig: Rig) -> None:
    rig.program("fail")
    rig.program("output", "no room\n")
    rig.allow('clear_logs = ["journal"]')
    answer = rig.hear("clear_logs", "journal")
    assert (answer["code"], answer["exit_code"]) == ("failed", 5)
    assert answer["output"] == "no room\n"


def _link(file: Path) -> None:
    other = file.with_name("other")
    file.rename(other)
    file.symlink_to(other)


def _linked_folder(file: Path) -> None:
    folder = file.parent
    folder.rename(folder.with_name("real"))
    folder.symlink_to("real")


def _hard_link(file: Path) -> None:
    os.link(file, file.with_name("other"))


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    ("swap", "why"),
    [
        (_link, "it is a link"),
        (_linked_folder, "one of its folders is a link"),
        (_hard_link, "another name"),
        (_pipe, "not a regular file"),
        (_folder, "not a regular file"),
    ],
)
def test_what_is_no_plain_file_is_left_alone(
    rig: Rig, swap: Callable[[Path], object], why: str
) -> None:
    log = put(rig, LOG)
    rig.allow(f'clear_logs = ["{LOG}"]')
    swap(log)
    answer = rig.hear("clear_logs", LOG)
    assert not answer["ok"]
    assert why in answer["message"]
    kept = [path for path in (rig.folder / "var").rglob("*") if path.is_file()]
    assert all(path.read_text() == "old\n" for path in kept)
    # Nobody is offered what would be refused, and the server's owner is told why.
    told = rig.hear("allowed")
    assert told["clear_logs"] == []
    assert why in told["refused"][LOG]


def test_a_log_that_is_gone_is_told(rig: Rig) -> None:
    rig.allow(f'clear_logs = ["{LOG}"]')
    answer = rig.hear("clear_logs", LOG)
    assert (answer["ok"], answer["code"]) == (False, "failed")
    assert "No such file" in answer["message"]


@pytest.mark.parametrize(
    "target",
    [
        "",
        "Journal",
        "journal ",
        "/var/log/app",
        "/var/log/app/error.log ",
        "/var/log/app//error.log",
        "/var/log/app/../app/error.log",
        "/var/log/./app/error.log",
        "error.log",
        "/etc/passwd",
        f"{LOG}\n",
        f"{LOG}\0",
    ],
    ids=ascii,
)
def test_a_log_that_is_not_listed_is_left_alone(rig: Rig, target: str) -> None:
    log = put(rig, LOG)
    rig.allow(f'clear_logs = ["{LOG}"]')
    assert "does not list it" in refused(rig, "clear_logs", target)
    assert log.read_text() == "old\n"


@pytest.mark.parametrize(
    "listed",
    [
        "/etc/passwd",
        "/var/log",
        "/var/log/",
        "/var/log/../lib/x",
        "/var/log//x",
        "/var/log/x\\n",
        "var/log/x",
        "--rotate",
        "/var/log/*",
        "",
    ],
)
def test_what_can_not_be_a_log_voids_the_whitelist(rig: Rig, listed: str) -> None:
    rig.allow(f'clear_logs = ["journal", "{listed}"]')
    assert "can't be a log" in refused(rig, "clear_logs", "journal")


# Scripts


def test_a_listed_script_is_run_with_what_root_has_at_a_terminal(rig: Rig) -> None:
    put(rig, SCRIPT, '#!/bin/sh\necho "$# $HOME $PATH"; exit 7\n', 0o755)
    rig.allow(f'custom = ["{SCRIPT}"]')
    answer = rig.ask("custom", SCRIPT)
    assert answer["exit_code"] == 7
    assert answer["code"] == "failed"
    assert answer["output"].startswith("0 /root /usr/local/sbin:")


def test_a_script_with_spaces_in_its_name_is_run(rig: Rig) -> None:
    path = "/opt/my tools/back up.sh"
    put(rig, path, "#!/bin/sh\necho done\n", 0o755)
    rig.allow(f'custom = ["{path}"]')
    assert rig.ask("custom", path)["output"] == "done\n"


def test_a_script_that_leaves_something_behind_and_floods_is_bounded(rig: Rig) -> None:
    text = (
        '#!/bin/sh\nsleep 61 & echo $! >"${0%/*}/child"\nseq 1 100000; echo the end\n'
    )
    file = put(rig, SCRIPT, text, 0o755)
    rig.allow(f'custom = ["{SCRIPT}"]')
    answer = rig.hear("custom", SCRIPT)
    assert answer["ok"], answer
    assert len(answer["output"]) <= 16 * 1024
    assert answer["output"].endswith("the end\n")
    os.kill(int(file.with_name("child").read_text()), 9)


def test_a_script_past_its_time_is_ended(rig: Rig) -> None:
    file = put(
        rig, SCRIPT, '#!/bin/sh\nsleep 61 & echo $! >"${0%/*}/child"; wait\n', 0o755
    )
    rig.allow(f'custom = ["{SCRIPT}"]')
    rig.changes["script_seconds"] = 0.5
    answer = rig.hear("custom", SCRIPT)
    assert (answer["code"], answer["exit_code"]) == ("timeout", None)
    wait_for_end(int(file.with_name("child").read_text()))


def test_a_script_with_a_wrong_first_line_is_told(rig: Rig) -> None:
    put(rig, SCRIPT, "#!/nowhere/sh\n", 0o755)
    rig.allow(f'custom = ["{SCRIPT}"]')
    assert "first line" in rig.hear("custom", SCRIPT)["message"]


def _writable(file: Path) -> None:
    file.chmod(0o775)


def _writable_folder(file: Path) -> None:
    file.parent.chmod(0o777)


def _not_executable(file: Path) -> None:
    file.chmod(0o644)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_writable, "others than root may write"),
        (_writable_folder, "others than root may write"),
        (_not_executable, "not executable"),
        (_link, "is a link"),
        (_linked_folder, "is a link"),
        (_folder, "not a regular file"),
        (Path.unlink, "No such file"),
    ],
)
def test_a_script_that_others_could_have_written_is_not_run(
    rig: Rig, change: Callable[[Path], object], why: str
) -> None:
    change(put(rig, SCRIPT, '#!/bin/sh\ntouch "${0%/*}/ran"\n', 0o755))
    rig.allow(f'custom = ["{SCRIPT}"]')
    assert why in refused(rig, "custom", SCRIPT)
    assert not list((rig.folder / "opt").rglob("ran"))
    told = rig.hear("allowed")
    assert told["custom"] == []
    assert why in told["refused"][SCRIPT]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give away")
def test_a_script_of_somebody_else_is_not_run(rig: Rig) -> None:
    os.chown(put(rig, SCRIPT, "#!/bin/sh\n", 0o755), 1, -1)
    rig.allow(f'custom = ["{SCRIPT}"]')
    assert "does not belong to root" in refused(rig, "custom", SCRIPT)


def test_a_script_in_a_home_is_not_run(rig: Rig) -> None:
    path = "/home/anna/x.sh"
    put(rig, path, "#!/bin/sh\n", 0o755)
    rig.allow(f'custom = ["{path}"]')
    assert "/usr/local/sbin" in refused(rig, "custom", path)


@pytest.mark.parametrize(
    "target",
    [
        f"{SCRIPT} x",
        f"{SCRIPT}\n",
        "backup.sh",
        "/opt/tools/../tools/backup.sh",
        "/bin/sh",
    ],
    ids=ascii,
)
def test_a_script_that_is_not_listed_is_not_run(rig: Rig, target: str) -> None:
    put(rig, SCRIPT, "#!/bin/sh\n", 0o755)
    rig.allow(f'custom = ["{SCRIPT}"]')
    assert "does not list it" in refused(rig, "custom", target)


@pytest.mark.parametrize(
    "listed", ["backup.sh", "/opt/../x", "/x y/\\n", "/", "-x", ""]
)
def test_what_can_not_be_a_script_voids_the_whitelist(rig: Rig, listed: str) -> None:
    rig.allow(f'custom = ["{SCRIPT}", "{listed}"]')
    assert "can't be a script" in refused(rig, "custom", SCRIPT)


# The reboot


def test_a_reboot_that_is_allowed_is_asked_of_systemd(rig: Rig) -> None:
    rig.allow("reboot = true")
    assert rig.ask("reboot", "now")["ok"]
    assert rig.calls() == [["reboot"]]


@pytest.mark.parametrize("text", ["", "reboot = false", 'restart_service = ["reboot"]'])
def test_a_reboot_that_is_not_allowed_is_refused(rig: Rig, text: str) -> None:
    rig.allow(text)
    assert "does not allow it" in refused(rig, "reboot", "now")
    assert rig.calls() == []


def test_nothing_reboots_while_packages_are_installed(rig: Rig) -> None:
    lock = put(rig, "/var/lib/dpkg/lock-frontend")
    rig.allow("reboot = true")
    with lock.open("w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        answer = rig.ask("reboot", "now")
    assert "packages are being installed" in answer["message"]
    assert rig.calls() == []


# What may be asked


def test_all_that_may_be_asked_is_told(rig: Rig) -> None:
    put(rig, LOG)
    put(rig, SCRIPT, "#!/bin/sh\n", 0o755)
    rig.allow(
        f'restart_service = ["nginx"]\nclear_logs = ["journal", "{LOG}"]\n'
        f'custom = ["{SCRIPT}"]\napply_updates = true\nreboot = true\n'
    )
    assert rig.ask("allowed") == {
        "ok": True,
        "restart_service": ["nginx"],
        "clear_logs": ["journal", LOG],
        "custom": [SCRIPT],
        "apply_updates": True,
        "reboot": True,
        "refused": {},
    }


@pytest.mark.parametrize("key", ["apply_updates", "reboot"])
def test_a_switch_is_true_or_false(rig: Rig, key: str) -> None:
    rig.allow(f'{key} = "yes"')
    assert f"{key} is not true or false" in rig.hear("allowed")["message"]
