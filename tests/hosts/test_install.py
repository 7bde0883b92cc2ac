from __future__ import annotations

from collections.abc import Callable
import io
import json
from pathlib import Path
import re
import subprocess
import time
import tomllib
import zipfile

import pytest

from harness.lab.host import Host
from homelab_agent.protocol.refusals import Code
from tests.agent.fake_hub import Answer, FakeHub, Request, Responder, refuse

from .hub import Hub
from .mirror import Mirror
from .traces import traces

pytestmark = pytest.mark.hosts

DONE = "nas: this server is now in Home Assistant."
UNDONE = "This server is as it was before."
UNCHANGED = "Nothing was changed."
AGAIN = "sh /opt/homelab-agent/install.sh"
CONFIG = "/etc/homelab-agent/config.yaml"
SERVICE = "homelab-agent.service"
MOST_EXPOSURE = 2.5
FIRST = Path(__file__).parents[1] / "compat/first"
"""The first agent and its installer, kept as they were."""


def changed(bundle: bytes, change: Callable[[str, str], str]) -> bytes:
    """Return another bundle: `change` gets a file's name and text."""
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(bundle)) as old,
        zipfile.ZipFile(result, "w") as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name).decode()))
    return result.getvalue()


def install(host: Host, hub: Hub, *options: str, user: str = "root") -> str:
    result = host.run(hub.line("nas", *options), user=user)
    assert result.status == 0, result.output
    assert result.output.rstrip().endswith(DONE), result.output
    return result.output


def refused(host: Host, line: str, *, stdin: str = "", user: str = "root") -> str:
    """Return what a line says that must fail and change nothing."""
    before = traces(host)
    result = host.run(line, stdin=stdin, user=user)
    assert result.status in {1, 2}, result.output
    assert traces(host) ^ before == set(), result.output
    return result.output


def to_heartbeats(responder: Responder) -> Responder:
    """Answer so to heartbeats only; what `homelab-agent check` asks is answered."""

    def respond(server: FakeHub, request: Request) -> Answer:
        beat = request.json["type"] == "heartbeat"
        return responder(server, request) if beat else server.received(request)

    return respond


def heartbeats(server: FakeHub) -> list[dict]:
    """Return those that have arrived since the last time."""
    found = []
    while not server.requests.empty():
        found.append(server.requests.get().json)
    return [message for message in found if message["type"] == "heartbeat"]


def property_of(host: Host, name: str, unit: str = SERVICE) -> str:
    return host.read(f"systemctl show --value -p {name} {unit}")


def test_one_line_turns_a_fresh_host_into_a_monitored_server(
    host: Host, hub: Hub
) -> None:
    started = time.monotonic()
    output = install(host, hub)
    assert time.monotonic() - started < 60
    (heartbeat,) = heartbeats(hub.servers["nas"])
    assert heartbeat["server_id"] == "nas"
    assert property_of(host, "ActiveState") == "active"
    assert property_of(host, "UnitFileState") == "enabled"

    key = hub.servers["nas"].key.dump()
    assert key not in output
    assert key not in host.read("journalctl --no-pager; cat /var/log/apt/* || true")
    assert host.read("id -Gn homelab-agent") == "homelab-agent"
    assert host.read("getent passwd homelab-agent").endswith(
        ":/nonexistent:/usr/sbin/nologin"
    )
    owned = "stat -c '%a %U:%G' "
    assert host.read(owned + CONFIG) == "640 root:homelab-agent"
    assert host.read(owned + "/etc/homelab-agent") == "755 root:root"
    assert (
        host.read(owned + "/var/lib/homelab-agent") == "700 homelab-agent:homelab-agent"
    )
    foreign = "find /opt/homelab-agent ! -user root -o -perm /022 ! -type l"
    assert host.read(foreign) == ""

    exposure = host.read(f"systemd-analyze security --no-pager {SERVICE} | tail -n 1")
    found = re.search(r": ([0-9.]+) ", exposure)
    assert found is not None
    assert float(found[1]) <= MOST_EXPOSURE
    checked = host.run("homelab-agent check")
    assert checked.status == 0, checked.output
    status = host.read(f"cat /proc/{property_of(host, 'MainPID')}/status")
    print(exposure, re.findall("VmRSS.*", status))  # noqa: T201 - for the curious
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status


def test_the_agent_can_not_read_what_is_not_its_own(boot: Callable, hub: Hub) -> None:
    def secrets(root: Path) -> None:
        for name, mode in (("root/key", 0o644), ("etc/host_key", 0o600)):
            (root / name).write_text("secret")
            (root / name).chmod(mode)
        (root / "home/anna").mkdir(mode=0o700)
        (root / "home/anna/diary").write_text("secret")

    host = boot(secrets)
    install(host, hub)
    # With its user, its groups and all that its unit allows and forbids.
    pid = property_of(host, "MainPID")
    inside = f"nsenter -t {pid} -m setpriv --reuid=homelab-agent --regid=homelab-agent "
    inside += "--clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all"
    for path in ("/root/key", "/etc/host_key", "/home/anna/diary", "/etc/shadow"):
        assert host.run(f"test -e {path}").status == 0
        result = host.run(f"{inside} cat {path}")
        assert result.status == 1, path
        assert "secret" not in result.output
    for path in ("/opt/homelab-agent/x", "/etc/homelab-agent/x", "/etc/x", "/tmp/../x"):
        assert host.run(f"{inside} touch {path}").status == 1, path
    assert host.run(f"{inside} cat {CONFIG}").status == 0
    assert host.run(f"{inside} touch /var/lib/homelab-agent/x").status == 0


def test_installing_again_keeps_everything_and_needs_no_key(
    host: Host, hub: Hub, mirror: Mirror
) -> None:
    install(host, hub)
    before = traces(host)
    config = host.read(f"cat {CONFIG}")
    mirror.vanish()
    install(host, hub)
    result = host.run(f"{AGAIN} </dev/null")
    assert result.output.rstrip().endswith(DONE), result.output
    assert host.read(f"cat {CONFIG}") == config
    assert traces(host) ^ before == set()
    assert {beat["server_id"] for beat in heartbeats(hub.servers["nas"])} == {"nas"}


def test_what_is_broken_is_repaired(host: Host, hub: Hub) -> None:
    install(host, hub)
    before = traces(host)
    host.read(
        f"systemctl disable --now -q {SERVICE}; rm /etc/systemd/system/{SERVICE};"
        "rm -r /opt/homelab-agent/homelab_agent /usr/local/bin/homelab-agent;"
        f"chmod 666 {CONFIG}; chown nobody {CONFIG}"
    )
    result = host.run(f"{AGAIN} </dev/null")
    assert result.output.rstrip().endswith(DONE), result.output
    assert traces(host) ^ before == set()


def test_a_new_key_and_an_additional_address_are_taken_over(
    host: Host, hub: Hub
) -> None:
    install(host, hub)
    hub.add("nas")
    dead = "http://10.77.0.1:9/api/webhook/0123456789abcdef"
    result = host.run(hub.line("nas", urls=(dead, hub.url)))
    assert result.output.rstrip().endswith(DONE), result.output
    assert "http://10.77.0.1:9: the connection is refused" in result.output
    assert heartbeats(hub.servers["nas"])
    assert hub.url in host.read(f"cat {CONFIG}")


def test_an_older_agent_is_upgraded(host: Host, hub: Hub) -> None:
    newest = hub.bundle

    def older(name: str, text: str) -> str:
        if name == "homelab_agent/version.py":
            return re.sub('VERSION = ".*"', 'VERSION = "0.0.9"', text)
        return text

    hub.bundle = changed(newest, older)
    install(host, hub)
    host.read("touch /opt/homelab-agent/left_over.py")
    hub.bundle = newest
    install(host, hub)
    old, new = heartbeats(hub.servers["nas"])
    assert old["agent"]["version"] == "0.0.9"
    assert new["agent"]["version"] != "0.0.9"
    assert old["machine_id"] == new["machine_id"]
    assert host.run("ls /opt/homelab-agent/left_over.py").status != 0


def test_the_first_agent_is_upgraded_and_then_removed_without_a_trace(
    host: Host, hub: Hub
) -> None:
    """The first release, put there by its own installer."""
    before = traces(host)
    newest, newest_script = hub.bundle, hub.installer
    hub.bundle = (FIRST / "homelab-agent.pyz").read_bytes()
    hub.installer = (FIRST / "install.sh").read_text()
    install(host, hub)
    assert len(heartbeats(hub.servers["nas"])) == 1
    config = host.read(f"cat {CONFIG}")
    hub.bundle, hub.installer = newest, newest_script
    install(host, hub)
    assert len(heartbeats(hub.servers["nas"])) == 1
    assert host.read(f"cat {CONFIG}") == config
    # What the first one brought goes too, though the newest does not need it.
    host.read(f"{AGAIN} --uninstall")
    assert traces(host) ^ before == set()


def test_the_first_agent_is_removed_by_itself_and_by_the_newest(
    host: Host, hub: Hub
) -> None:
    newest = hub.script
    hub.bundle = (FIRST / "homelab-agent.pyz").read_bytes()
    first = (FIRST / "install.sh").read_text()
    before = traces(host)
    for script in (None, newest):
        hub.installer = first
        install(host, hub)
        if script:
            (host.root / "root/newest.sh").write_bytes(script)
        host.read(f"sh {'/root/newest.sh' if script else AGAIN[3:]} --uninstall")
        host.read("rm -f /root/newest.sh")
        assert traces(host) ^ before == set()


def test_uninstalling_leaves_no_trace(host: Host, hub: Hub) -> None:
    before = traces(host)
    install(host, hub)
    result = host.run(f"{AGAIN} --uninstall")
    assert result.status == 0, result.output
    assert traces(host) ^ before == set()
    assert "Home Assistant was told" in result.output
    assert f"{hub.address}/config/integrations" in result.output
    *_, last = heartbeats(hub.servers["nas"])
    assert [entry["error"] for entry in last["collectors"]] == [
        "uninstalled on this server"
    ]
    assert host.run(
        hub.line("nas").replace("--server-id nas", "--uninstall --x")
    ).status


def test_uninstalling_does_not_wait_for_home_assistant(
    boot: Callable, hub: Hub
) -> None:
    def silent(_server: FakeHub, _request: Request) -> Answer:
        time.sleep(20)
        return Answer()

    host = boot()
    for respond, told in (
        (refuse(Code.REMOVED), "has removed nas already"),
        (refuse(Code.STARTING), "Home Assistant does not know"),
        (silent, "Home Assistant does not know"),
    ):
        before = traces(host)
        hub.servers["nas"].respond = FakeHub.received
        install(host, hub)
        hub.servers["nas"].respond = respond
        started = time.monotonic()
        result = host.run(f"{AGAIN} --uninstall")
        assert time.monotonic() - started < 15
        assert result.status == 0, result.output
        assert told in result.output
        assert traces(host) ^ before == set()


def test_uninstalling_twice_is_no_error(host: Host, hub: Hub) -> None:
    install(host, hub)
    host.read("cp /opt/homelab-agent/install.sh /root; sh /root/install.sh --uninstall")
    result = host.run("sh /root/install.sh --uninstall")
    assert result.status == 0
    assert "nothing to remove" in result.output


def test_it_reports_again_after_a_reboot(host: Host, hub: Hub) -> None:
    install(host, hub)
    before = heartbeats(hub.servers["nas"])[-1]
    host.reboot()
    after = hub.servers["nas"].next_request(30).json
    assert after["server_id"] == "nas"
    assert after["run_id"] != before["run_id"]
    assert after["machine_id"] == before["machine_id"]


@pytest.mark.parametrize("tool", ["curl", "wget"])
def test_an_address_that_can_not_be_right_is_explained(
    boot: Callable, hub: Hub, tool: str
) -> None:
    def one_tool(root: Path) -> None:
        (root / "usr/bin" / {"curl": "wget", "wget": "curl"}[tool]).unlink()

    host = boot(one_tool)
    path = "/api/webhook/0123456789abcdef"
    script = host.root / "root/install.sh"
    script.write_bytes(hub.script)

    def said(url: str) -> str:
        line = f"sh /root/install.sh --server-id nas --url {url}"
        output = refused(host, line, stdin=hub.servers["nas"].key.dump())
        assert UNCHANGED in output
        return output

    assert "does not know the name" in said(f"http://nowhere.lab:8123{path}")
    assert "refused" in said(f"http://10.77.0.1:9{path}")
    assert "no way to it" in said(f"http://192.0.2.1:8123{path}")
    assert "is it http:// there" in said(f"https://10.77.0.1:8123{path}")
    assert "not under this path" in said(f"{hub.address}/api/webhook/another")
    hub.health = 404, b"404: Not Found"
    assert "without HomelabCmd" in said(hub.url)
    hub.health = 503, b'{"status": "starting", "protocol": 1}'
    assert "Home Assistant is starting" in said(hub.url)
    hub.health = 200, b"<html>"
    assert "is not HomelabCmd" in said(hub.url)


def test_a_clock_that_is_decades_behind_is_told_and_no_obstacle(
    host: Host, hub: Hub
) -> None:
    hub.time_offset = 56 * 365 * 86400.0
    output = install(host, hub)
    assert "warning: this server's clock says" in output


def test_what_a_hub_says_is_not_obeyed_by_the_terminal(
    boot: Callable, hub: Hub
) -> None:
    host = boot()
    there = "Mon, 01 Jan 2091 10:00:00 GMT"
    hub.date = f"{there}\x1b]0;owned\x07 (\x1b[2JGMT)"
    result = host.run(hub.line("nas"))
    assert result.status == 0, result.output
    assert "\x1b" not in result.output
    assert "owned" not in result.output
    hub.date = there
    assert "Home Assistant's 2091-01-01 10:00" in install(host, hub)


def test_a_server_that_booted_in_1970_is_installed(boot: Callable, hub: Hub) -> None:
    # A container has the machine's clock, so whoever asks for the time of day is told
    # another one: `date` by a library, which would also upset the timers of Python,
    # and Python by itself.
    since_1970 = int(time.time())

    def in_1970(root: Path) -> None:
        (library,) = root.glob("usr/lib/*/faketime/libfaketime.so.1")
        date = root / "usr/local/bin/date"
        date.write_text(
            f"#!/bin/sh\nLD_PRELOAD=/{library.relative_to(root)} "
            f'FAKETIME=-{since_1970} exec /usr/bin/date "$@"\n'
        )
        date.chmod(0o755)
        (customize,) = root.glob("etc/python3.*/sitecustomize.py")
        customize.write_text(
            "import time\n_time = time.time\n"
            f"time.time = lambda: _time() - {since_1970}\n"
        )

    host = boot(in_1970)
    assert host.read("date +%Y") == "1970"
    output = install(host, hub)
    assert "this server's clock says 1970" in output
    first, *_, last = heartbeats(hub.servers["nas"])
    assert first["timestamp"].startswith("1970")
    assert not last["timestamp"].startswith("1970")


def test_without_sudo_root_installs_and_others_are_told_what_to_do(
    boot: Callable, hub: Hub
) -> None:
    host = boot(lambda root: (root / "usr/bin/sudo").unlink())
    host.read("useradd -m anna")
    assert "become root first" in refused(host, hub.line("nas"), user="anna")
    install(host, hub)


def test_with_sudo_an_ordinary_user_installs(host: Host, hub: Hub) -> None:
    host.read("useradd -m anna; echo 'anna ALL=NOPASSWD: ALL' >/etc/sudoers.d/anna")
    install(host, hub, user="anna")
    assert host.read("ls /tmp/tmp.* 2>/dev/null || true") == ""


def test_sudo_may_ask_for_a_password_while_the_key_comes_in(
    host: Host, hub: Hub
) -> None:
    host.read("useradd -m -G sudo anna; echo anna:wonder | chpasswd")
    host.root.joinpath("home/anna/line").write_text(hub.line("nas"))
    inner = "setpriv --reuid=anna --regid=anna --init-groups bash /home/anna/line"
    script = f"script -qec '{inner}' /dev/null"
    with subprocess.Popen(
        [*host.enter(), "/bin/bash", "-c", f"cd /tmp; {script}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        time.sleep(3)
        output, _ = process.communicate(b"wonder\n", timeout=60)
    assert "password" in output.decode()
    assert DONE in output.decode(), output.decode()


def test_without_curl_wget_does(boot: Callable, hub: Hub) -> None:
    host = boot(lambda root: (root / "usr/bin/curl").unlink())
    install(host, hub)


def test_a_folder_for_temporary_files_may_have_blanks(host: Host, hub: Hub) -> None:
    host.read("mkdir '/root/a folder'")
    before = traces(host)
    (host.root / "root/install.sh").write_bytes(hub.script)
    install(host, hub)
    there = traces(host)

    def broken(name: str, text: str) -> str:
        if name == f"install/{SERVICE}":
            return re.sub("ExecStart=.*", "ExecStart=/nowhere", text)
        return text

    newest, hub.bundle = hub.bundle, changed(hub.bundle, broken)
    result = host.run(f"export TMPDIR='/root/a folder'; {hub.line('nas')}")
    assert UNDONE in result.output, result.output
    assert traces(host) ^ there == set()
    hub.bundle = newest
    result = host.run(f"export TMPDIR='/root/a folder'; {hub.line('nas')}")
    assert result.output.rstrip().endswith(DONE), result.output
    result = host.run(f"TMPDIR='/root/a folder' {AGAIN} --uninstall")
    assert result.status == 0, result.output
    assert host.read("ls -A '/root/a folder'") == ""
    host.read("rm /root/install.sh")
    assert traces(host) ^ before == set()


def test_a_full_folder_for_temporary_files_is_told(host: Host, hub: Hub) -> None:
    (host.root / "root/install.sh").write_bytes(hub.script)
    host.read("mount -t tmpfs -o size=64k,mode=1777 small /tmp")
    line = f"sh /root/install.sh --server-id nas --url {hub.url}"
    output = refused(host, line, stdin=hub.servers["nas"].key.dump())
    assert "space left" in output
    assert UNCHANGED in output


def test_a_full_disk_is_told_and_undone(host: Host, hub: Hub) -> None:
    host.read("mount -t tmpfs -o size=100k small /opt")
    output = refused(host, hub.line("nas"))
    assert "No space left" in output
    assert UNDONE in output


def test_a_full_disk_does_not_harm_the_agent_that_is_there(
    host: Host, hub: Hub
) -> None:
    host.read("mount -t tmpfs -o size=2M small /opt")
    install(host, hub)
    host.run("cat /dev/zero >/opt/fill")
    output = refused(host, hub.line("nas"))
    assert "No space left" in output
    assert property_of(host, "ActiveState") == "active"


def test_without_a_mirror_packages_that_are_there_will_do(
    host: Host, hub: Hub, mirror: Mirror
) -> None:
    host.read("dpkg -i /packages/*.deb")
    mirror.vanish()
    install(host, hub)
    assert not mirror.asked
    # They were not ours, so they stay.
    host.read(f"{AGAIN} --uninstall")
    assert host.run("python3 -c 'import yaml'").status == 0


def test_without_a_mirror_and_packages_nothing_is_left_behind(
    host: Host, hub: Hub, mirror: Mirror
) -> None:
    mirror.vanish()
    output = refused(host, hub.line("nas"))
    assert "apt can't install them" in output
    assert "sudo apt-get install python3-yaml" in output


def test_a_cloned_machine_id_does_not_make_two_servers_one(
    boot: Callable, hub: Hub
) -> None:
    def cloned(root: Path) -> None:
        (root / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")

    hub.add("web")
    first, second = boot(cloned), boot(cloned)
    install(first, hub)
    assert first.read("cat /etc/machine-id") == second.read("cat /etc/machine-id")
    result = second.run(hub.line("web"))
    assert "web: this server is now in Home Assistant." in result.output
    (nas,), (web,) = (heartbeats(hub.servers[name]) for name in ("nas", "web"))
    assert nas["machine_id"] == web["machine_id"]
    assert nas["server_id"] != web["server_id"]


def test_a_clone_under_the_same_name_is_told_what_home_assistant_says(
    host: Host, hub: Hub
) -> None:
    message = "Another machine reports as this server."
    hub.servers["nas"].respond = to_heartbeats(
        refuse(Code.IDENTITY_MISMATCH, message=message)
    )
    script = hub.script.replace(b"PATIENCE=60", b"PATIENCE=6")
    host.root.joinpath("root/install.sh").write_bytes(script)
    result = host.run(
        f"sh /root/install.sh --server-id nas --url {hub.url}",
        stdin=hub.servers["nas"].key.dump(),
    )
    assert result.status == 1
    assert message in result.output
    assert "ok   signature" in result.output


def test_a_wrong_key_is_found_before_anything_takes_over(host: Host, hub: Hub) -> None:
    install(host, hub)
    line = hub.line("nas")
    right = hub.servers["nas"].key.dump()
    wrong = FakeHub().key.dump()
    output = refused(host, line.replace(right, wrong))
    assert "the key is not the one of nas" in output
    assert UNCHANGED in output
    assert property_of(host, "ActiveState") == "active"


def test_bad_input_is_refused_before_anything_changes(host: Host, hub: Hub) -> None:
    key = hub.servers["nas"].key.dump()
    (host.root / "root/install.sh").write_bytes(hub.script)
    good = f"--server-id nas --url {hub.url}"

    def said(options: str, stdin: str = key) -> str:
        result = host.run(f"sh /root/install.sh {options}", stdin=stdin)
        assert result.status == 2
        assert UNCHANGED in result.output
        assert not stdin or stdin not in result.output
        return result.output

    before = traces(host)

    assert "no option '--forse'" in said(f"{good} --forse")
    assert "needs a value" in said("--server-id")
    assert "'NAS' is no server id" in said(f"--server-id NAS --url {hub.url}")
    assert "is no server id" in said(f"--server-id $'nas\\nx' --url {hub.url}")
    assert "is not an address" in said("--server-id nas --url ftp://x/api/webhook/y")
    assert "is not an address" in said(f"--server-id nas --url '{hub.url}?$(id)'")
    assert "is no PEM" in said(f"{good} --ca-file /etc/passwd")
    host.read("mkfifo /root/pipe")
    for path in ("/root/pipe", "/root", "/dev/zero", "/nowhere"):
        assert "is no file" in said(f"{good} --ca-file {path}")
    host.read("rm /root/pipe")
    assert "the key on standard input" in said(good, f"{key[:20]}\n{key[20:]}")
    assert "the key on standard input" in said(good, f"{key}\n{key}")
    assert "the key on standard input" in said(good, "whsec_abc")
    assert "no key came" in said(good, "")
    assert "--server-id is missing" in said(f"--url {hub.url}")
    assert "--managed asks" in said(f"{good} --managed")
    assert traces(host) ^ before == set()
    # Nothing of all that has asked the hub more than where it is.
    assert hub.servers["nas"].requests.empty()


def test_a_half_written_config_is_named_and_not_touched(host: Host, hub: Hub) -> None:
    install(host, hub)
    host.read(f"cp -a {CONFIG} /root/whole")
    for damage, named in (
        (f"truncate -s 0 {CONFIG}", "server_id"),
        (f"truncate -s 20 {CONFIG}", "server_id"),
        (f"truncate -s 120 {CONFIG}", "key"),
        (f"sed -i /^key/d {CONFIG}", "key"),
        (f"sed -i p {CONFIG}", "server_id"),
        (f"head -c 200 /dev/zero >{CONFIG}", "server_id"),
    ):
        host.read(f"cp -a /root/whole {CONFIG}; {damage}")
        digest = host.read(f"sha256sum {CONFIG}")
        result = host.run(hub.line("nas"))
        assert result.status == 2, damage
        assert f"{CONFIG}: {named}: " in result.output, damage
        assert f"sudo rm {CONFIG}" in result.output
        assert UNCHANGED in result.output
        assert host.read(f"sha256sum {CONFIG}") == digest
    host.read(f"rm {CONFIG}")
    install(host, hub)


def test_a_server_does_not_change_its_identity_by_accident(
    host: Host, hub: Hub
) -> None:
    install(host, hub)
    hub.add("web")
    output = refused(host, hub.line("web"))
    assert "already reports as nas" in output


def test_a_dry_run_shows_every_step_and_changes_nothing(host: Host, hub: Hub) -> None:
    before = traces(host)
    result = host.run(hub.line("nas", "--dry-run"))
    assert result.status == 0, result.output
    assert "nothing was changed" in result.output
    for shown in (
        "apt_install python3-yaml",
        "useradd",
        "/opt/homelab-agent",
        CONFIG,
        f"systemctl enable -q {SERVICE}",
        "systemctl enable -q homelab-agent-helper.socket",
    ):
        assert shown in result.output
    assert hub.servers["nas"].key.dump() not in result.output
    assert traces(host) ^ before == set()
    install(host, hub)
    before = traces(host)
    assert host.run(f"{AGAIN} --dry-run").status == 0
    result = host.run(f"{AGAIN} --dry-run --uninstall")
    assert result.status == 0
    assert "homelab-agent goodbye" in result.output
    assert "rm -rf /opt/homelab-agent" in result.output
    assert traces(host) ^ before == set()


def test_managed_mode_is_shown_and_asked_for(host: Host, hub: Hub) -> None:
    install(host, hub)
    for answer, status in ((b"n\n", 2), (b"y\n", 0), (b"", 0)):
        with subprocess.Popen(
            [*host.enter(), "script", "-qec", f"{AGAIN} --managed", "/dev/null"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            time.sleep(2)
            output, _ = process.communicate(answer, timeout=60)
        assert process.returncode == status, output.decode()
        made = host.run("stat -c '%a %U:%G' /etc/homelab-agent/allowed.toml").output
        assert made.startswith("644 root:root") == (status == 0)
    content = host.read("cat /etc/homelab-agent/allowed.toml")
    assert tomllib.loads(content) == {
        "restart_service": [],
        "clear_logs": ["journal"],
        "custom": [],
        "apply_updates": True,
        "reboot": False,
    }


def test_managed_mode_proposes_what_is_watched_in_home_assistant(
    host: Host, hub: Hub
) -> None:
    install(host, hub)
    watched = "/var/lib/homelab-agent/watched.json"

    def answer(reply: bytes) -> str:
        with subprocess.Popen(
            [*host.enter(), "script", "-qec", f"{AGAIN} --managed", "/dev/null"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            time.sleep(2)
            output, _ = process.communicate(reply, timeout=60)
        return output.decode()

    # As the agent's user writes it; then as who has taken it over would.
    as_agent = "setpriv --reuid=homelab-agent --regid=homelab-agent --clear-groups"
    host.read(f"systemctl stop {SERVICE}; rm -f {watched}")
    (host.root / "root/private").write_text('{"services": ["private"]}')
    host.read(f"{as_agent} ln -s /root/private {watched}")
    said = answer(b"n\n")
    assert "can't be proposed" in said
    assert "private" not in said
    host.read(f"rm {watched}")
    content = {
        "services": ["nginx.service", "smbd", "--now", 'x"]\ncustom = ["/x', "\x1b[2J"],
        "containers": ["web", "../x", "web (lxc)"],
    }
    (host.root / "root/content").write_text(json.dumps(content))
    host.read(f"{as_agent} dd status=none of={watched} </root/content")
    # Of an engine, watched.py looks for nothing but the socket.
    host.read("touch /run/docker.sock")
    said = answer(b"y\n")
    assert "read the list before you say yes" in said
    assert "nginx.service" in said
    assert "\x1b" not in said
    made = tomllib.loads(host.read("cat /etc/homelab-agent/allowed.toml"))
    assert made == {
        "restart_service": ["nginx.service", "smbd", "web (docker)"],
        "clear_logs": ["journal"],
        "custom": [],
        "apply_updates": True,
        "reboot": False,
    }


def test_a_removed_server_stops_for_good_and_says_how_to_clean_up(
    host: Host, hub: Hub
) -> None:
    install(host, hub)
    hub.servers["nas"].respond = refuse(Code.REMOVED)
    host.read(f"systemctl restart {SERVICE}; sleep 12")
    assert property_of(host, "ActiveState") == "inactive"
    assert property_of(host, "NRestarts") == "0"
    log = host.read(f"journalctl -o cat -u {SERVICE}")
    assert "was removed in Home Assistant" in log


def test_an_agent_that_dies_is_started_again(host: Host, hub: Hub) -> None:
    install(host, hub)
    host.read(f"systemctl kill -s KILL {SERVICE}; sleep 12")
    assert property_of(host, "ActiveState") == "active"
    assert property_of(host, "NRestarts") == "1"


def test_an_upgrade_that_can_not_start_is_undone(host: Host, hub: Hub) -> None:
    install(host, hub)

    def broken(name: str, text: str) -> str:
        if name == f"install/{SERVICE}":
            return re.sub("ExecStart=.*", "ExecStart=/nowhere", text)
        return text

    hub.bundle = changed(hub.bundle, broken)
    output = refused(host, hub.line("nas"))
    assert UNDONE in output
    assert property_of(host, "ActiveState") == "active"
    assert "/nowhere" not in property_of(host, "ExecStart")


def test_an_agent_that_dies_at_once_is_undone(host: Host, hub: Hub) -> None:
    def broken(name: str, text: str) -> str:
        if name == "homelab_agent/runner.py":
            return text.replace("self._reporter.measure(taken)", "int('no number')")
        return text

    hub.bundle = changed(hub.bundle, broken)
    output = refused(host, hub.line("nas"))
    assert "ValueError" in output
    assert "does not stay alive" in output
    assert UNDONE in output


def test_an_interrupted_installation_is_undone(host: Host, hub: Hub) -> None:
    host.read("dpkg -i /packages/*.deb")
    hub.servers["nas"].respond = to_heartbeats(refuse(Code.STARTING))
    (host.root / "root/install.sh").write_bytes(hub.script)
    line = (
        f"exec 3<&0; sh /root/install.sh --server-id nas --url {hub.url} <&3 "
        ">/root/log 2>&1 & until grep -qs 'Waiting for' /root/log || ! kill -0 $!; "
        "do sleep 0.1; done; kill $!; wait $!; cat /root/log; rm /root/log; exit 1"
    )
    output = refused(host, line, stdin=hub.servers["nas"].key.dump())
    assert "Waiting for Home Assistant" in output
    assert UNDONE in output


def test_a_private_certificate_authority_is_trusted_if_named(
    host: Host, hub: Hub, tmp_path: Path
) -> None:
    authority = hub.use_tls(tmp_path)
    (host.root / "root/install.sh").write_bytes(hub.script)
    # As some keep theirs: with the key beside it.
    private = (tmp_path / "key.pem").read_bytes()
    (host.root / "root/ca.pem").write_bytes(private + authority.read_bytes())
    line = f"sh /root/install.sh --server-id nas --url {hub.url}"
    key = hub.servers["nas"].key.dump()
    assert "add --ca-file" in refused(host, line, stdin=key)
    result = host.run(f"{line} --ca-file /root/ca.pem", stdin=key)
    assert result.output.rstrip().endswith(DONE), result.output
    # The agent may not look into /root, so it has a copy, which is found by itself.
    assert "/etc/homelab-agent/ca.pem" in host.read(f"cat {CONFIG}")
    copied = host.read("cat /etc/homelab-agent/ca.pem")
    assert copied == authority.read_text().strip()
    host.read("rm /root/ca.pem")
    assert host.run(f"{AGAIN} </dev/null").output.rstrip().endswith(DONE)
