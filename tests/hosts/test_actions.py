"""Managed actions on a real host: what their units can do, and what they survive."""

from __future__ import annotations

from collections.abc import Callable
import json
import re
import time
from typing import Any

import pytest

from harness.lab.host import Host

from .hub import Hub
from .mirror import Mirror
from .test_helper import ALLOWED, ask
from .test_install import install

pytestmark = pytest.mark.hosts

HELPER = "opt/homelab-agent/install/homelab_helper.py"
ID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
UNIT = f"homelab-agent-action-{ID}.service"
# What root writes on the host to have a verb with all that later verbs need.
PROBE_VERB = """
def run_probe(tell):
    argv = ("/bin/sh", "/usr/local/lib/probe.sh")
    code, output = run(*argv, seconds=60, tell=tell)
    return {"ok": code == 0, "code": "", "exit_code": code, "output": output}


MANAGED["probe"] = Managed(lambda target, settings: run_probe)
NEEDS["probe"] = ("target", "id")
"""
NEEDS_MORE = r"""
exec 2>&1
set -e
/usr/bin/journalctl --vacuum-time=1s
: >/var/log/svc/error.log
/usr/bin/apt-get -q update
/usr/bin/python3 -c 'import urllib.request as u; u.urlopen("http://10.77.0.1:8080/Packages")'
touch /srv/made
echo all done
"""


@pytest.fixture
def managed(host: Host, hub: Hub) -> Host:
    """Return a host with the agent and a slow service that may be restarted."""
    install(host, hub)
    unit = (
        "[Service]\nType=oneshot\nRemainAfterExit=yes\n"
        "ExecStart=/bin/sh -c 'echo >>/var/tmp/runs;"
        " until [ -e /var/tmp/go ]; do sleep 0.1; done'\n"
    )
    (host.root / "etc/systemd/system/slow.service").write_text(unit)
    (host.root / ALLOWED[1:]).write_text('restart_service = ["slow"]\n')
    host.read("systemctl daemon-reload")
    return host


def add_probe(host: Host, script: str) -> None:
    path = host.root / HELPER
    text = path.read_text()
    begin, main, end = text.rpartition('\n\nif __name__ == "__main__":')
    path.write_text(begin + PROBE_VERB + main + end)
    (host.root / "usr/local/lib/probe.sh").write_text(script)


def outcome(host: Host) -> dict[str, Any]:
    (answer,) = ask(host, {"verb": "outcome", "id": ID})
    return dict(answer)


def until(host: Host, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the action's outcome once it fits."""
    end = time.monotonic() + 30
    while not fits(known := outcome(host)):
        assert time.monotonic() < end, known
    return known


def begin(host: Host, request: dict[str, str]) -> None:
    """Ask, and leave without waiting for more than that it was accepted."""
    script = (
        "import socket\n"
        "s = socket.socket(socket.AF_UNIX)\n"
        "s.connect('/run/homelab-agent-helper.sock')\n"
        f"s.sendall({json.dumps(request).encode() + b'\n'!r})\n"
        "print(s.recv(100))\n"
    )
    (host.root / "usr/local/lib/begin.py").write_text(script)
    said = host.read("python3 -I /usr/local/lib/begin.py")
    assert said == r"""b'{"accepted": true}\n'"""


RESTART = {"verb": "restart_service", "target": "slow", "id": ID}


def test_restart_survives_the_death_of_the_helper_and_runs_once(managed: Host) -> None:
    host = managed
    begin(host, RESTART)
    assert outcome(host)["state"] == "running"
    host.read("timeout 30 sh -c 'until [ -e /var/tmp/runs ]; do sleep 0.1; done'")
    host.read("systemctl kill -s KILL 'homelab-agent-helper@*'")
    host.read("systemctl stop homelab-agent.service")
    assert outcome(host)["state"] == "running"
    (again,) = ask(host, RESTART)
    assert again["code"] == "known_action"
    host.read("touch /var/tmp/go")
    known = until(host, lambda known: known["state"] == "finished")
    assert known["result"] == {"ok": True, "exit_code": 0, "output": ""}
    (again,) = ask(host, RESTART)
    assert again["code"] == "known_action"
    assert host.read("wc -l </var/tmp/runs; systemctl is-active slow") == "1\nactive"
    # Of the unit nothing is left, of the action its record, for root alone.
    assert (
        host.read("systemctl list-units --all --no-legend 'homelab-agent-action*'")
        == ""
    )
    listed = (
        "stat -c '%a %U:%G %n' /run/homelab-agent-actions /run/homelab-agent-actions/*"
    )
    assert host.read(listed).splitlines() == [
        "700 root:root /run/homelab-agent-actions",
        f"600 root:root /run/homelab-agent-actions/{ID}",
    ]
    # Records outlive an upgrade, and go with the socket.
    host.read("systemctl restart homelab-agent-helper.socket")
    assert outcome(host)["state"] == "finished"
    host.read("systemctl stop homelab-agent-helper.socket")
    assert host.run("ls -d /run/homelab-agent-actions").status != 0
    host.read("systemctl start homelab-agent-helper.socket")
    assert outcome(host)["state"] == "unknown"


def test_full_run_refuses_an_action_or_does_it_no_harm(managed: Host) -> None:
    host = managed
    fill = "cat /dev/zero >/run/homelab-agent/ballast 2>/dev/null"
    host.run(fill)
    (refused,) = ask(host, RESTART)
    assert refused["code"] == "not_started"
    assert "No space left" in refused["message"]
    assert host.run("ls /var/tmp/runs").status != 0
    assert outcome(host)["state"] == "unknown"
    host.read("rm /run/homelab-agent/ballast")
    begin(host, RESTART)
    assert outcome(host)["state"] == "running"
    host.read("timeout 30 sh -c 'until [ -e /var/tmp/runs ]; do sleep 0.1; done'")
    host.run(fill)
    host.read("touch /var/tmp/go")
    known = until(host, lambda known: known["state"] != "running")
    host.read("rm /run/homelab-agent/ballast")
    assert known["result"] == {"ok": True, "exit_code": 0, "output": ""}


def test_same_action_at_the_same_moment_is_accepted_once(managed: Host) -> None:
    host = managed
    host.read("touch /var/tmp/go")
    answers = ask(host, *[RESTART] * 6, at_once=6)
    assert sorted(answer.get("code", "") for answer in answers) == [
        "",
        *["known_action"] * 5,
    ]
    assert host.read("wc -l </var/tmp/runs") == "1"


def test_action_whose_unit_is_killed_is_interrupted(managed: Host) -> None:
    host = managed
    begin(host, RESTART)
    assert outcome(host)["state"] == "running"
    host.read("timeout 30 sh -c 'until [ -e /var/tmp/runs ]; do sleep 0.1; done'")
    limits = host.read(
        f"systemctl show -p MemoryMax -p TasksMax -p NoNewPrivileges {UNIT}"
    )
    assert limits.splitlines() == [
        "MemoryMax=134217728",
        "TasksMax=16",
        "NoNewPrivileges=yes",
    ]
    host.read(f"systemctl kill -s KILL {UNIT}")
    until(host, lambda known: known["state"] == "interrupted")
    assert ask(host, RESTART)[0]["code"] == "known_action"


def test_unit_of_an_action_can_do_what_the_helper_can_not(
    managed: Host, mirror: Mirror
) -> None:
    host = managed
    host.read(
        "useradd -r svc; mkdir -p /var/log/svc /var/log/journal;"
        "echo x >/var/log/svc/error.log; chown -R svc:svc /var/log/svc;"
        "chmod 750 /var/log/svc; chmod 640 /var/log/svc/error.log;"
        "systemctl restart systemd-journald; journalctl --flush;"
        "for i in 1 2 3; do logger hello; journalctl --rotate; done; sleep 1.2"
    )
    archived = "find /var/log/journal -name '*@*.journal' | wc -l"
    assert int(host.read(archived)) >= 3
    add_probe(host, NEEDS_MORE)
    mirror.asked.clear()
    (answer,) = ask(host, {"verb": "probe", "target": "any"})
    assert answer["ok"] is True, answer
    assert answer["output"].endswith("\nall done\n")
    assert host.read(archived) == "0"
    assert host.read("stat -c '%s %U' /var/log/svc/error.log; ls /srv") == "0 svc\nmade"
    assert any(re.search("(Release|Packages)", path) for path in mirror.asked)


def test_what_a_script_leaves_behind_ends_with_it(managed: Host) -> None:
    host = managed
    add_probe(host, "sleep 1000 & echo $! >/var/tmp/child; echo begun; exit 3\n")
    (answer,) = ask(host, {"verb": "probe", "target": "any"})
    assert (answer["exit_code"], answer["output"]) == (3, "begun\n")
    child = host.read("cat /var/tmp/child")
    host.read(f"timeout 20 tail --pid={child} -f /dev/null")


def test_output_is_bounded_while_it_runs(managed: Host) -> None:
    host = managed
    script = (
        "seq 1 300000; echo and so on; until [ -e /var/tmp/go ]; do sleep 0.1; done\n"
        "head -c 100000 /dev/zero | tr '\\0' '\\377'; echo the end; exit 9\n"
    )
    add_probe(host, script)
    begin(host, {"verb": "probe", "target": "any", "id": ID})
    known = until(host, lambda known: known.get("output", "").endswith("and so on\n"))
    assert known["output"].startswith("[... the beginning was cut off]\n")
    size = host.read(f"stat -c %s /run/homelab-agent-actions/{ID}")
    assert int(size) < 128 * 1024
    host.read("touch /var/tmp/go")
    result = until(host, lambda known: known["state"] == "finished")["result"]
    assert result["exit_code"] == 9
    assert result["output"].endswith("the end\n")
    assert len(result["output"].encode()) <= 16 * 1024
