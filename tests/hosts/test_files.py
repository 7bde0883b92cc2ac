"""Logs, scripts and the reboot on a real host, asked for as the agent's user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest

from harness.lab.host import Host

from .conftest import boot_one
from .hub import Hub
from .mirror import Mirror
from .test_actions import begin
from .test_helper import ALLOWED, ask
from .test_install import install

pytestmark = pytest.mark.hosts

LOG = "/var/log/svc/error.log"
SCRIPT = "/usr/local/sbin/backup"
WHITELIST = f"""
clear_logs = ["journal", "{LOG}"]
custom = ["{SCRIPT}", "/home/anna/x", "/opt/writable"]
reboot = true
"""

type Answer = dict[str, Any]


@pytest.fixture(scope="module")
def managed(bundle: bytes) -> Iterator[Host]:
    """Return a host that lets logs be cleared, scripts be run and itself be booted."""
    with ExitStack() as stack:
        stack.enter_context(Mirror())
        hub = stack.enter_context(Hub(bundle))
        hub.add("nas")
        host = boot_one(stack)
        install(host, hub)
        (host.root / ALLOWED[1:]).write_text(WHITELIST)
        # As services have it: a folder that only its user can enter.
        host.read(
            "useradd -r svc; install -d -o svc -g svc -m 700 /var/log/svc;"
            "useradd -m anna; printf '#!/bin/sh\\n' | tee /home/anna/x >/opt/writable;"
            "chmod 777 /opt/writable; chmod 755 /home/anna/x"
        )
        yield host


def act(host: Host, verb: str, target: str) -> Answer:
    (answer,) = ask(host, {"verb": verb, "target": target})
    return dict(answer)


def write_log(host: Host) -> None:
    host.read(
        f"rm -rf {LOG}; head -c 2300000 /dev/zero >{LOG}; chown svc: {LOG};"
        f"chmod 600 {LOG}"
    )


def test_a_log_of_a_service_is_made_empty(managed: Host) -> None:
    write_log(managed)
    answer = act(managed, "clear_logs", LOG)
    assert answer["ok"], answer
    assert answer["output"] == "2.3 MB before, 0.0 MB after\n"
    assert managed.read(f"stat -c '%s %U %a' {LOG}") == "0 svc 600"


@pytest.mark.parametrize(
    "swap",
    [
        f"ln -sf /etc/shadow {LOG}",
        f"rm {LOG}; mkfifo {LOG}",
        f"rm {LOG}; ln {LOG} {LOG}.1 2>/dev/null || ln /etc/hostname {LOG}",
        "mv /var/log/svc /var/log/real; ln -s /etc /var/log/svc; touch /etc/error.log",
    ],
    ids=["link", "pipe", "hard link", "folder"],
)
def test_what_lies_in_place_of_a_log_is_left_alone(managed: Host, swap: str) -> None:
    write_log(managed)
    managed.read("echo kept >/etc/error.log")
    sizes = "stat -c %s /etc/shadow /etc/hostname"
    before = managed.read(sizes)
    managed.read(swap)
    answer = act(managed, "clear_logs", LOG)
    managed.read(
        "if cd /var/log/real; then rm /var/log/svc; mv /var/log/real /var/log/svc; fi;"
        f"rm -f {LOG}"
    )
    assert not answer["ok"], answer
    assert managed.read(sizes) == before
    assert managed.read("cat /etc/error.log") == "kept"


def test_swapping_it_while_it_is_cleared_reaches_no_other_file(managed: Host) -> None:
    write_log(managed)
    managed.read("echo kept >/etc/error.log; chown svc: /etc/error.log")
    swap = (
        "cd /var/log/svc; while [ ! -e /var/tmp/stop ]; do"
        " ln -sfn /etc/error.log other; mv -T other error.log;"
        " echo x >new; mv -T new error.log; done"
    )
    managed.read(
        f"setpriv --reuid=svc --clear-groups sh -c '{swap}' "
        ">/dev/null 2>&1 </dev/null &"
    )
    answers = [act(managed, "clear_logs", LOG) for _ in range(15)]
    managed.read("touch /var/tmp/stop")
    assert managed.read("cat /etc/error.log") == "kept"
    assert all("ok" in answer for answer in answers)


def test_the_journal_is_vacuumed(managed: Host) -> None:
    managed.read(
        "mkdir -p /var/log/journal; systemctl restart systemd-journald;"
        "journalctl --flush; logger hello; journalctl --rotate; sleep 0.5;"
        "touch -d '10 days ago' /var/log/journal/*/*@*.journal"
    )
    answer = act(managed, "clear_logs", "journal")
    assert answer["ok"], answer
    assert "Vacuuming done" in answer["output"]
    assert answer["output"].rstrip().endswith("MB after")


def test_a_listed_script_is_run_as_root_and_its_files_are_as_always(
    managed: Host,
) -> None:
    text = (
        "#!/bin/sh\nid -u; cd; pwd; echo $#; touch /srv/made; rm -rf /srv/gone\n"
        "sleep 1000 & echo $! >/srv/child; seq 1 50000; exit 3\n"
    )
    (managed.root / SCRIPT[1:]).write_text(text)
    managed.read(f"chmod 755 {SCRIPT}")
    answer = act(managed, "custom", SCRIPT)
    assert (answer["code"], answer["exit_code"]) == ("failed", 3)
    assert len(answer["output"].encode()) <= 16 * 1024
    assert answer["output"].endswith("50000\n")
    assert managed.read("stat -c '%U %a' /srv/made") == "root 644"
    # What it left behind ended with it.
    child = managed.read("cat /srv/child")
    managed.read(f"timeout 20 tail --pid={child} -f /dev/null")


def test_what_is_listed_and_not_to_be_trusted_is_refused(managed: Host) -> None:
    for target in ("/home/anna/x", "/opt/writable", "/bin/true", f"{SCRIPT} x", "../x"):
        answer = act(managed, "custom", target)
        assert answer["code"] == "not_allowed", answer
    (told,) = ask(managed, {"verb": "allowed"})
    assert told["custom"] == [SCRIPT]
    assert "/usr/local/sbin" in told["refused"]["/home/anna/x"]
    assert "others than root" in told["refused"]["/opt/writable"]
    said = managed.read("homelab-agent allowed")
    assert SCRIPT in said
    assert "others than root" in said


def test_the_host_reboots_when_it_is_asked(managed: Host) -> None:
    assert act(managed, "reboot", "later")["code"] == "invalid_request"
    with managed.rebooting():
        begin(managed, {"verb": "reboot", "target": "now", "id": str(uuid4())})
    assert managed.read("systemctl is-active homelab-agent") == "active"
