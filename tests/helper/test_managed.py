"""Managed mode: root's whitelist, and what is restarted by it."""

import os

import pytest

from .rig import Rig, wait_for_end

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give away")
NGINX = 'restart_service = ["nginx.service"]'


def refused(rig: Rig, target: str = "nginx.service") -> str:
    """Return why a restart was refused; nothing must have run."""
    answer = rig.hear("restart_service", target)
    assert answer["code"] == "not_allowed"
    assert rig.calls() == []
    return str(answer["message"])


@pytest.mark.parametrize(
    ("listed", "asked", "unit"),
    [
        ("nginx", "nginx", "nginx.service"),
        ("nginx", "nginx.service", "nginx.service"),
        ("nginx.service", "nginx", "nginx.service"),
        ("wg-quick@wg0.service", "wg-quick@wg0", "wg-quick@wg0.service"),
        ("wg-quick@wg0", "wg-quick@wg0", "wg-quick@wg0.service"),
        ("php8.2-fpm.service", "php8.2-fpm.service", "php8.2-fpm.service"),
    ],
)
def test_listed_unit_is_restarted(rig: Rig, listed: str, asked: str, unit: str) -> None:
    rig.allow(f'restart_service = ["{listed}"]')
    answer = rig.hear("restart_service", asked)
    assert answer == {"ok": True, "exit_code": 0, "output": ""}
    assert rig.calls() == [["restart", "--", unit]]


def test_program_gets_a_clean_surrounding(rig: Rig) -> None:
    rig.allow(NGINX)
    assert rig.ask("restart_service", "nginx")["ok"] is True
    names = {line.partition("=")[0] for line in rig.note("environment").splitlines()}
    # The shell that the fake is made of adds the others.
    assert names <= {"PATH", "LC_ALL", "PWD", "OLDPWD", "SHLVL", "_"}
    links = [
        line.split() for line in rig.note("descriptors").splitlines() if "->" in line
    ]
    opened = {words[-3]: words[-1] for words in links}
    assert opened["0"] == "/dev/null"
    # 3 is the folder that ls itself is reading.
    assert set(opened) == {"0", "1", "2", "3"}
    assert not any("socket" in target for target in opened.values())


def test_failure_is_told(rig: Rig) -> None:
    rig.allow(NGINX)
    rig.program("output", "Job for nginx.service failed.\n")
    rig.program("fail")
    assert rig.ask("restart_service", "nginx") == {
        "ok": False,
        "code": "failed",
        "message": "systemctl ended with 5",
        "exit_code": 5,
        "output": "Job for nginx.service failed.\n",
    }


def test_output_is_cut_and_made_fit_for_json(rig: Rig) -> None:
    rig.allow(NGINX)
    (rig.systemctl.parent / "output").write_bytes(b"\xff\x00\n" * 100_000)
    output = rig.hear("restart_service", "nginx")["output"]
    assert 16 * 1024 - 3 < len(output.encode()) <= 16 * 1024
    assert output.startswith("[... the beginning was cut off]\n")
    assert output.endswith("\ufffd\0\n")


@pytest.mark.parametrize("real", [False, True])
def test_program_past_its_time_is_killed_with_its_children(
    rig: Rig, real: bool
) -> None:
    rig.allow(NGINX)
    rig.program("hang")
    rig.changes["restart_seconds"] = 0.5
    answer = (rig.ask if real else rig.hear)("restart_service", "nginx")
    assert answer["code"] == "timeout"
    assert answer["exit_code"] is None
    wait_for_end(int(rig.note("child")))


def test_missing_systemctl_is_answered(rig: Rig) -> None:
    rig.allow(NGINX)
    rig.changes["systemctl"] = "/nowhere/systemctl"
    assert rig.ask("restart_service", "nginx")["code"] == "internal"


# Targets


def test_refusal_is_the_same_from_the_real_process(rig: Rig) -> None:
    rig.allow(NGINX)
    for target in ("ssh", "--now", "../x.service", "a" * 300):
        assert rig.ask("restart_service", target)["code"] == "not_allowed"
    assert rig.calls() == []


@pytest.mark.parametrize(
    "target",
    [
        "",
        " ",
        "ssh",
        "ssh.service",
        "nginx ",
        " nginx",
        "nginx\n",
        "nginx\n.service",
        "nginx.service\n",
        "nginx\0",
        "nginx\0.service",
        "nginx.service\0--now",
        "nginx.service ssh.service",
        "nginx;id",
        "$(id)",
        "`id`",
        "nginx&",
        "--now",
        "--no-block",
        "-H evil",
        "-Hevil",
        "-H",
        "--host=evil",
        "--root=/tmp",
        "-.mount",
        "--",
        "../x.service",
        "/etc/x",
        "/etc/x.service",
        "./nginx.service",
        "nginx/../ssh.service",
        ".service",
        "..service",
        "*",
        "*.service",
        "ngin?",
        "ngin[x]",
        "ngin[x].service",
        "nginx*.service",
        "{nginx,ssh}",
        "foo@bar.service",
        "foo@.service",
        "foo@",
        "@foo.service",
        "foo@*.service",
        "foo@%i.service",
        "nginx@x.service",
        "nginx.timer",
        "nginx.socket",
        "nginx.service.timer",
        "nginx.target",
        "reboot.target",
        "NGINX",
        "Nginx.service",
        "ng\u0456nx",
        "nginx\u200b",
        "\uff4eginx",
        "n\u0307ginx",
        "nginx\u202e.service",
        "nginx\u2028",
        "\ud800",
        "\U0001f980",
        "nginx\\x2eservice",
        "\\nginx",
        "a" * 300,
        "a" * 256 + ".service",
        "nginx (docker)",
        "nginx (systemd)",
        "nginx.service (docker)",
        "(docker)",
        " (docker)",
        "../nginx (docker)",
        "nginx/restart?t=0 (docker)",
        "nginx%2F (docker)",
        "a" * 300 + " (docker)",
    ],
    ids=lambda target: ascii(target)[:30],
)
def test_target_that_is_not_listed_is_refused(rig: Rig, target: str) -> None:
    rig.allow('restart_service = ["nginx.service", "web (docker)"]')
    assert "does not list it" in refused(rig, target)


@pytest.mark.parametrize(
    "listed",
    [
        "foo@.service",
        "foo@",
        "*",
        "*.service",
        "/etc/systemd/system/x.service",
        "--now",
        "-x",
        "",
        "reboot.target",
        "a b",
        "a\\\\x2db.service",
        "foo@%i.service",
        "a" * 300,
        "../x (docker)",
        "x (lxc)",
    ],
)
def test_what_cannot_be_a_service_voids_the_whitelist(rig: Rig, listed: str) -> None:
    rig.allow(f'restart_service = ["nginx.service", "{listed}"]')
    assert "can't be a service" in refused(rig)


# The whitelist's content


def test_monitor_mode_allows_nothing(rig: Rig) -> None:
    assert "monitor mode" in refused(rig)


def test_missing_folder_is_monitor_mode(rig: Rig) -> None:
    rig.whitelist.parent.rmdir()
    assert "monitor mode" in refused(rig)


@pytest.mark.parametrize("text", ["", "# nothing\n", "restart_service = []"])
def test_empty_whitelist_allows_nothing(rig: Rig, text: str) -> None:
    rig.allow(text)
    assert "does not list it" in refused(rig)


def test_whitelist_of_the_installer_is_understood(rig: Rig) -> None:
    rig.allow(
        "restart_service = []\nclear_logs = []\ncustom = []\napply_updates = false"
    )
    assert "does not list it" in refused(rig)


def test_whitelist_is_read_afresh(rig: Rig) -> None:
    rig.allow("restart_service = []")
    refused(rig)
    rig.allow(NGINX)
    assert rig.hear("restart_service", "nginx")["ok"] is True
    rig.whitelist.unlink()
    assert rig.hear("restart_service", "nginx")["code"] == "not_allowed"


@pytest.mark.parametrize(
    "text",
    [
        'restart_service = ["nginx.service"',
        'restart_service = ["nginx.serv',
        "restart_service = ",
        f"{NGINX}\nclear_logs = [",
        f"{NGINX}\n{NGINX}",
        "restart_service = " + "[" * 5000,
        f"{NGINX}\nx = {'9' * 5000}",
    ],
)
def test_half_written_whitelist_is_refused(rig: Rig, text: str) -> None:
    rig.allow(text)
    assert "not valid TOML" in refused(rig)


def test_whitelist_in_another_encoding_is_refused(rig: Rig) -> None:
    rig.allow("")
    rig.whitelist.write_bytes(NGINX.encode() + b"\n# \xff\n")
    assert "not valid TOML" in refused(rig)


@pytest.mark.parametrize(
    "text",
    [
        'restart_service = "nginx.service"',
        "restart_service = true",
        'restart_service = ["nginx.service", 5]',
        'restart_service = [["nginx.service"]]',
        'restart_service = {nginx = "service"}',
        '[restart_service]\n"nginx.service" = true',
        '[[restart_service]]\nname = "nginx.service"',
        f"{NGINX}\nclear_logs = 5",
        f"{NGINX}\ncustom = {{}}",
        f"{NGINX}\napply_updates = 1",
        f'{NGINX}\napply_updates = "true"',
        f"{NGINX}\nrestart_servces = []",
    ],
)
def test_wrong_types_void_the_whitelist(rig: Rig, text: str) -> None:
    rig.allow(text)
    assert "nothing managed is allowed" in refused(rig)


# The whitelist's file


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666, 0o777])
def test_file_that_others_can_write_is_refused(rig: Rig, mode: int) -> None:
    rig.allow(NGINX)
    rig.whitelist.chmod(mode)
    assert "writable by others" in refused(rig)


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777, 0o1777])
def test_folder_that_others_can_write_is_refused(rig: Rig, mode: int) -> None:
    rig.allow(NGINX)
    rig.whitelist.parent.chmod(mode)
    assert "writable by others" in refused(rig)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o400])
def test_file_that_others_can_only_read_is_fine(rig: Rig, mode: int) -> None:
    rig.allow(NGINX)
    rig.whitelist.chmod(mode)
    assert rig.hear("restart_service", "nginx")["ok"] is True


def test_link_is_not_followed(rig: Rig) -> None:
    rig.allow(NGINX)
    rig.whitelist.rename(rig.folder / "real.toml")
    rig.whitelist.symlink_to(rig.folder / "real.toml")
    assert "nothing managed is allowed" in refused(rig)


def test_dangling_link_is_not_monitor_mode(rig: Rig) -> None:
    rig.whitelist.symlink_to("/nowhere")
    assert "nothing managed is allowed" in refused(rig)


def test_linked_folder_is_refused(rig: Rig) -> None:
    rig.allow(NGINX)
    rig.whitelist.parent.rename(rig.folder / "elsewhere")
    rig.whitelist.parent.symlink_to(rig.folder / "elsewhere")
    assert "nothing managed is allowed" in refused(rig)


def test_folder_in_place_of_the_file_is_refused(rig: Rig) -> None:
    rig.whitelist.mkdir()
    assert "nothing managed is allowed" in refused(rig)


def test_pipe_is_neither_read_nor_waited_for(rig: Rig) -> None:
    os.mkfifo(rig.whitelist)
    rig.whitelist.chmod(0o644)
    assert "not a regular file" in refused(rig)


@needs_root
@pytest.mark.parametrize("what", ["allowed.toml", "."])
def test_what_somebody_else_owns_is_refused(rig: Rig, what: str) -> None:
    rig.allow(NGINX)
    os.chown(rig.whitelist.parent / what, 65534, -1)
    assert "not owned by root" in refused(rig)


@pytest.mark.skipif(os.geteuid() == 0, reason="root's files are root's")
def test_own_file_is_not_roots(rig: Rig) -> None:
    rig.changes["owner"] = 0
    rig.allow(NGINX)
    assert "not owned by root" in refused(rig)


def test_it_says_what_is_allowed_as_root_has_written_it(rig: Rig) -> None:
    rig.allow('restart_service = ["nginx", "nextcloud (docker)"]')
    listed = {
        "ok": True,
        "restart_service": ["nginx", "nextcloud (docker)"],
        "clear_logs": [],
        "custom": [],
        "apply_updates": False,
        "reboot": False,
    }
    assert rig.ask("allowed") == listed
    rig.allow("")
    assert rig.ask("allowed") == listed | {"restart_service": []}
    rig.allow('restart_service = ["nginx.timer"]')
    answer = rig.ask("allowed")
    assert (answer["ok"], answer["code"]) == (False, "not_allowed")
    rig.whitelist.unlink()
    assert rig.ask("allowed")["message"] == "this server is in monitor mode"
