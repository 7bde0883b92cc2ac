"""The root helper on a real host, under attack from the agent's own user."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from harness.lab.host import Host

from .hub import Hub
from .test_install import install
from .traces import traces

pytestmark = pytest.mark.hosts

SOCKET = "homelab-agent-helper.socket"
ALLOWED = "/etc/homelab-agent/allowed.toml"
READING = ("containers", "disk_power", "pools", "rapl")
MANAGED = ("restart_service", "clear_logs", "custom", "apply_updates")
# The programs that the helper starts, or could be brought to start.
PROGRAMS = (
    "systemctl",
    "systemd-run",
    "journalctl",
    "apt-get",
    "dpkg",
    "truncate",
    "docker",
)
CANARY = "canary.service"

# Runs on the host: sends each request of a list on a connection of its own, some at the
# same time if so asked, and prints the answers. None is a connection closed unanswered.
CLIENT_PATH = "/usr/local/lib/client.py"
CLIENT = r"""
import base64, concurrent.futures, json, socket, sys
def ask(request):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(60)
        try:
            s.connect("/run/homelab-agent-helper.sock")
        except OSError as error:
            return type(error).__name__
        answer = b""
        try:
            s.sendall(base64.b64decode(request))
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        try:
            while part := s.recv(65536):
                answer += part
        except OSError:
            pass
        return answer.decode() or None
requests, workers = json.load(sys.stdin)
with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    print(json.dumps(list(pool.map(ask, requests))))
"""


def ask(
    host: Host, *requests: object, user: str = "homelab-agent", at_once: int = 1
) -> list[Any]:
    """Send requests as a user and return the last line of each answer.

    Bytes are sent as they are; a request that has a target is an action that never was.
    """
    (host.root / CLIENT_PATH[1:]).write_text(CLIENT)
    sent = [base64.b64encode(_written(request)).decode() for request in requests]
    result = host.run(
        f"setpriv --reuid={user} --regid=$(id -g {user}) --clear-groups "
        f"/usr/bin/python3 -I {CLIENT_PATH}",
        stdin=json.dumps([sent, at_once]),
    )
    assert result.status == 0, result.output
    return [
        json.loads(answer.splitlines()[-1])
        if answer and answer.startswith("{")
        else answer
        for answer in json.loads(result.output)
    ]


def _written(request: Any) -> bytes:
    if isinstance(request, bytes):
        return request
    named = {"id": str(uuid4())} if request.get("target") is not None else {}
    return json.dumps(named | request).encode() + b"\n"


@contextmanager
def watched_programs(host: Host) -> Iterator[Callable[[], list[str]]]:
    """Have programs note in the journal that root has run them, and how."""
    folder = host.root / "usr/bin"
    found = [folder / name for name in PROGRAMS if (folder / name).exists()]
    for path in found:
        path.rename(f"{path}.real")
        path.write_text(
            '#!/bin/sh\n[ "$(/usr/bin/id -u)" != 0 ] || '
            f'/usr/bin/logger -t was-run -- "{path.name} $*"\n'
            f'exec /usr/bin/{path.name}.real "$@"\n'
        )
        path.chmod(0o755)

    def noted() -> list[str]:
        # What is noted takes a moment to arrive.
        lines = host.read("sleep 0.5; journalctl.real -q -o cat -t was-run")
        return lines.splitlines()

    try:
        yield noted
    finally:
        for path in found:
            Path(f"{path}.real").rename(path)


@pytest.fixture
def attacked(host: Host, hub: Hub) -> Iterator[Host]:
    """Return a host with the agent, and a service that nobody may touch unlisted."""
    install(host, hub)
    unit = "[Service]\nExecStart=/usr/bin/sleep infinity\n"
    (host.root / f"etc/systemd/system/{CANARY}").write_text(unit)
    host.read(f"systemctl daemon-reload; systemctl start {CANARY}")
    yield host
    # However it was attacked, it is still there for the agent.
    assert host.read(f"systemctl is-active {SOCKET}") == "active"
    (answer,) = ask(host, {"verb": "rapl"})
    assert answer["ok"] is True
    failed = host.read("systemctl list-units --failed --no-legend 'homelab*'")
    assert failed == ""


def runs_of(host: Host) -> str:
    return host.read(f"systemctl show --value -p InvocationID {CANARY}")


MALFORMED = (
    b"",
    b"\n",
    b"\0" * 100 + b"\n",
    b"\xff\xfe\n",
    b"{\n",
    b"[]\n",
    b"null\n",
    b'"rapl"\n',
    b"[" * 4000 + b"\n",
    b'{"verb": ["rapl"]}\n',
    b'{"verb": "rapl", "verb": "containers"}\n',
    b'{"verb": "rapl", "path": "/etc/shadow"}\n',
    b'{"verb": "restart_service", "target": {"a": 1}}\n',
    b"GET /containers/json HTTP/1.1\r\n\r\n",
)
OVERSIZED = (
    b'{"verb": "rapl"}'.ljust(4097) + b"\n",
    b"x" * 100_000,
    b'{"verb": "restart_service", "target": "' + b"a" * 1_000_000 + b'"}\n',
)
TARGETS = (
    "",
    "ssh.service",
    "dbus",
    "homelab-agent.service",
    "--now",
    "--force",
    "-H",
    "--host=root@10.77.0.1",
    f"--no-block {CANARY}",
    f"{CANARY} ssh.service",
    f"{CANARY}\n",
    f"{CANARY}\0",
    f" {CANARY}",
    "canary*",
    "c?nary.service",
    "[c]anary.service",
    "canary.timer",
    "canary@x.service",
    "CANARY.service",
    "c\u0430nary.service",
    f"../{CANARY}",
    f"./{CANARY}",
    f"/etc/systemd/system/{CANARY}",
    "/etc/shadow",
    "/var/log/../../etc/passwd",
    "/usr/local/bin/evil",
    "$(touch /root/owned)",
    "; touch /root/owned",
    "`touch /root/owned`",
    "%n.service",
    "\\x63anary.service",
    "reboot.target",
    "web (docker)",
    "../../images/json (docker)",
    "web?x=y (docker)",
    "a" * 3000,
)


def refused(host: Host, requests: list[dict[str, str]]) -> None:
    for request, answer in zip(requests, ask(host, *requests, at_once=4), strict=True):
        assert answer["ok"] is False, request
        assert answer["code"] in {"not_allowed", "invalid_request", "unknown_verb"}


def test_in_monitor_mode_nothing_runs_but_the_reading_verbs(attacked: Host) -> None:
    host = attacked
    before, runs = traces(host), runs_of(host)
    with watched_programs(host) as noted:
        host.read("systemctl --version")
        assert noted() == ["systemctl --version"]
        for request in ({}, {"target": None}):
            answers = ask(host, *({"verb": verb, **request} for verb in READING))
            assert all(answer["ok"] for answer in answers)
        pairs = [(verb, target) for verb in MANAGED for target in (CANARY, *TARGETS)]
        pairs += [(verb, "/dev/sda") for verb in READING]
        refused(host, [{"verb": verb, "target": target} for verb, target in pairs])
        verbs = (*MANAGED, "", "run", "main", "__import__", "RAPL")
        refused(host, [{"verb": verb} for verb in verbs])
        answers = ask(host, *MALFORMED)
        assert {answer["code"] for answer in answers} == {"invalid_request"}
        # Who goes on talking is hung up on, and may miss the answer.
        for answer in ask(host, *OVERSIZED):
            assert answer is None or answer["code"] == "too_large"
        assert noted() == ["systemctl --version"]
    host.read(f"rm {CLIENT_PATH}")
    assert runs_of(host) == runs
    assert traces(host) ^ before == set()


def test_in_managed_mode_only_what_is_listed_is_touched(attacked: Host) -> None:
    host = attacked
    host.read(
        f"echo 'restart_service = [\"{CANARY}\"]' >{ALLOWED}; chmod 644 {ALLOWED}"
    )
    before, runs = traces(host), runs_of(host)
    pairs = [(verb, target) for verb in MANAGED for target in TARGETS]
    pairs += [(verb, CANARY) for verb in MANAGED if verb != "restart_service"]
    refused(host, [{"verb": verb, "target": target} for verb, target in pairs])
    host.read(f"rm {CLIENT_PATH}")
    assert runs_of(host) == runs
    assert traces(host) ^ before == set()
    assert not (host.root / "root/owned").exists()
    # And what is listed, is: by both of its names.
    for name in (CANARY, "canary"):
        (answer,) = ask(host, {"verb": "restart_service", "target": name})
        assert answer["ok"] is True, answer
        assert runs_of(host) != runs
        runs = runs_of(host)
    # What was asked is in the journal, where nobody else can put it: not by the tag.
    forge = (
        "setpriv --reuid=nobody --clear-groups logger -t homelab-agent-helper forged"
    )
    host.read(f"{forge}; sleep 0.5")
    log = host.read("journalctl -q -o cat -u 'homelab-agent-helper@*'")
    assert "restart_service 'canary.service'" in log
    assert "refused: " in log
    assert "forged" not in log
    assert "forged" in host.read("journalctl -q -o cat -t homelab-agent-helper")


def test_the_agent_can_not_widen_the_whitelist(attacked: Host) -> None:
    host = attacked
    runs = runs_of(host)
    as_agent = "setpriv --reuid=homelab-agent --regid=homelab-agent --clear-groups "
    widened = f'restart_service = ["{CANARY}"]'
    for command in (
        f"sh -c 'echo >{ALLOWED}'",
        f"ln -s /var/lib/homelab-agent/mine {ALLOWED}",
        "mv /etc/homelab-agent /etc/other",
        "sh -c 'echo >>/opt/homelab-agent/install/homelab_helper.py'",
        "rm /run/homelab-agent-helper.sock",
        f"systemctl restart {CANARY}",
        "systemctl start homelab-agent-helper@x.service",
    ):
        assert host.run(as_agent + command).status != 0, command
    # Not even one that root made carelessly counts.
    for careless in (
        f"chown homelab-agent {ALLOWED}",
        f"chmod g+w {ALLOWED}",
        f"chmod o+w {ALLOWED}",
        f"mv {ALLOWED} /root/x; ln -s /root/x {ALLOWED}",
        "chown homelab-agent /etc/homelab-agent",
        "chmod o+w /etc/homelab-agent",
        f"echo 'sudo = true' >>{ALLOWED}",
    ):
        host.read(
            "chown root:root /etc/homelab-agent; chmod 755 /etc/homelab-agent;"
            f"rm -f {ALLOWED}; echo '{widened}' >{ALLOWED}; chmod 644 {ALLOWED};"
            f"{careless}"
        )
        (answer,) = ask(host, {"verb": "restart_service", "target": CANARY})
        assert answer.get("code") == "not_allowed", (careless, answer)
    assert runs_of(host) == runs


def test_nobody_else_can_connect(attacked: Host) -> None:
    host = attacked
    host.read("useradd -m anna")
    for user in ("anna", "nobody", "daemon"):
        assert ask(host, {"verb": "rapl"}, user=user) == ["PermissionError"], user
    # Were the socket open to all by mistake, the helper itself would refuse.
    host.read("chmod 666 /run/homelab-agent-helper.sock")
    (answer,) = ask(host, {"verb": "rapl"}, user="anna")
    assert answer["code"] == "not_authorized"
    host.read(f"systemctl restart {SOCKET}")
    assert host.read("stat -c '%a %U:%G' /run/homelab-agent-helper.sock") == (
        "660 root:homelab-agent"
    )
    # Nor does it listen on a network.
    assert "python" not in host.read("ss -H -tulpn")


def test_a_flood_harms_nobody_else(attacked: Host) -> None:
    host = attacked
    requests = [
        {"verb": "restart_service", "target": CANARY},
        {"verb": "rapl"},
        b"x" * 5000,
        b"",
    ] * 50
    answers = ask(host, *requests, at_once=40)
    assert len(answers) == len(requests)
    # One connection too many is closed without an answer, and none gets a wrong one.
    for request, answer in zip(requests, answers, strict=True):
        if isinstance(answer, dict):
            assert answer["ok"] is (request == {"verb": "rapl"})
        else:
            assert answer in {None, "ConnectionResetError", "BlockingIOError"}
    assert any(isinstance(answer, dict) and answer["ok"] for answer in answers)
    assert host.read("systemctl is-active homelab-agent.service") == "active"
    assert host.read(f"systemctl is-active {CANARY}") == "active"


def test_who_says_nothing_is_not_waited_for(attacked: Host) -> None:
    host = attacked
    hold = (
        "import socket, time\n"
        "held = [socket.socket(socket.AF_UNIX) for _ in range(8)]\n"
        "[s.connect('/run/homelab-agent-helper.sock') for s in held]\n"
        "time.sleep(1)\n"
        "more = socket.socket(socket.AF_UNIX)\n"
        "more.connect('/run/homelab-agent-helper.sock')\n"
        "more.settimeout(3)\n"
        "try: print('more', more.recv(10))\n"
        "except ConnectionResetError: print('more', b'')\n"
        "began = time.monotonic()\n"
        "[s.settimeout(20) for s in held]\n"
        "print({s.recv(1000) for s in held}, time.monotonic() - began < 10)\n"
    )
    (host.root / "usr/local/lib/hold.py").write_text(hold)
    said = host.read(
        "setpriv --reuid=homelab-agent --regid=homelab-agent --clear-groups "
        "/usr/bin/python3 -I /usr/local/lib/hold.py"
    )
    assert "more b''" in said
    assert '"code": "timeout"' in said
    assert said.endswith("True")


# In place of zpool: needs what it needs, and says what a pool would. Without ZFS in the
# kernel its device has no driver, which whoever may not open it is not told.
ZPOOL = r"""#!/bin/sh
[ -r /proc/self/mounts ] || { echo no mounts; exit 1; }
refusal=$( (exec 3<>/dev/zfs) 2>&1 )
case $refusal in
  "" | *"No such device"*) ;;
  *) echo "$refusal"; exit 1 ;;
esac
printf 'rpool\t100\t40\t60\tDEGRADED\nlost\t-\t-\t-\tUNAVAIL\n'
"""
LOST = {"name": "lost", "size": None, "allocated": None, "free": None}


def test_pools_are_told_from_within_the_sandbox(attacked: Host) -> None:
    host = attacked
    assert ask(host, {"verb": "pools"}) == [{"ok": True, "pools": []}]
    zpool = host.root / "usr/sbin/zpool"
    zpool.write_text(ZPOOL)
    host.read("chmod 755 /usr/sbin/zpool; mknod -m 666 /dev/zfs c 10 249")
    (answer,) = ask(host, {"verb": "pools"})
    rpool = {"name": "rpool", "size": 100, "allocated": 40, "free": 60}
    assert answer == {
        "ok": True,
        "pools": [rpool | {"health": "DEGRADED"}, LOST | {"health": "UNAVAIL"}],
    }
    # One that hangs is not joined by another, even when the helper has ended.
    zpool.write_text("#!/bin/sh\nexec sleep infinity\n")
    codes = [
        answer["code"] for answer in ask(host, *[{"verb": "pools"}] * 2, at_once=2)
    ]
    assert sorted(codes) == ["busy", "timeout"]
    folder = "stat -c '%a %U:%G' /run/homelab-agent-actions"
    assert host.read(folder) == "700 root:root"
    # And where there is no ZFS, no request leaves a line in the journal.
    host.read("rm /dev/zfs /usr/sbin/zpool; journalctl --rotate --vacuum-time=1s")
    assert ask(host, {"verb": "pools"}) == [{"ok": True, "pools": []}]
    assert host.run("journalctl -q | grep -i -e zfs -e helper").output == ""


def test_each_request_is_confined_as_its_unit_says(attacked: Host) -> None:
    host = attacked
    exposure = host.read(
        "systemd-analyze security --no-pager homelab-agent-helper@x.service | tail -n 1"
    )
    assert float(exposure.partition(": ")[2].split()[0]) <= 1.5, exposure
