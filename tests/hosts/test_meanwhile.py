"""What somebody else does or has done is not undone by the installer."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from harness.lab.host import Host

from .hub import Hub
from .test_install import (
    AGAIN,
    CONFIG,
    DONE,
    SERVICE,
    UNCHANGED,
    changed,
    install,
    property_of,
    refused,
)
from .test_packages import program
from .traces import traces

pytestmark = pytest.mark.hosts

LOCK = "/run/homelab-agent-install.lock"
NOBODY = "setpriv --reuid=nobody --regid=nogroup --clear-groups"
ANOTHER = "another install.sh is running here"
AGENT_SLEEPS = (
    "setpriv --reuid=homelab-agent --regid=homelab-agent --clear-groups "
    "sleep 1000 >/dev/null 2>&1 </dev/null & echo $!"
)
LEFT = 3


def dies(name: str, text: str) -> str:
    """Make an agent that does not stay alive."""
    if name == "homelab_agent/runner.py":
        return text.replace("self._reporter.measure(taken)", "int('no number')")
    return text


def test_nobody_but_root_can_keep_the_installer_out(host: Host, hub: Hub) -> None:
    host.read(
        f"{NOBODY} flock -x /etc sh -c 'touch /tmp/held; sleep 1000'"
        " >/dev/null 2>&1 </dev/null & until [ -e /tmp/held ]; do sleep 0.1; done"
    )
    install(host, hub)
    assert host.run(f"{AGAIN} --uninstall").status == 0


def test_one_at_a_time(host: Host, hub: Hub) -> None:
    program(
        host,
        "useradd",
        "#!/bin/sh\nuntil [ -e /root/go ]; do sleep 0.1; done\n"
        'exec /usr/sbin/useradd "$@"\n',
    )
    host.root.joinpath("root/install.sh").write_bytes(hub.script)
    with subprocess.Popen(
        [*host.enter(), "/bin/bash", "-c", hub.line("nas")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as first:
        host.read("until pgrep -x useradd; do sleep 0.1; done")
        assert host.read(f"stat -c '%a %U:%G' {LOCK}") == "600 root:root"
        assert host.run(f"{NOBODY} flock -n {LOCK} true").status != 0
        for options in ("--uninstall", f"--server-id nas --url {hub.url}"):
            key = hub.servers["nas"].key.dump()
            result = host.run(f"sh /root/install.sh {options}", stdin=key)
            assert result.status == 2
            assert ANOTHER in result.output
            assert UNCHANGED in result.output
        host.read("touch /root/go")
        output, _ = first.communicate(timeout=60)
    assert output.rstrip().endswith(DONE), output
    assert host.run(f"ls {LOCK}").status != 0
    # What a killed one has left behind keeps nobody out.
    host.read(f"touch {LOCK}")
    assert host.run(f"{AGAIN} --uninstall").status == 0
    assert host.run(f"ls {LOCK}").status != 0


def test_a_link_in_place_of_the_lock_is_not_followed(host: Host, hub: Hub) -> None:
    host.read(f"echo precious >/root/file; ln -s /root/file {LOCK}")
    assert f"{LOCK} is a link" in refused(host, hub.line("nas"))
    assert host.read("cat /root/file") == "precious"


def test_uninstalling_goes_on_when_the_user_is_busy_and_finishes_later(
    host: Host, hub: Hub
) -> None:
    before = traces(host)
    # With the script at its place, with a saved copy of it, and without its folder.
    for script in (AGAIN, "sh /root/install.sh"):
        install(host, hub)
        process = host.read(AGENT_SLEEPS)
        if script != AGAIN:
            host.read(
                "mv /opt/homelab-agent/install.sh /root; rm -r /opt/homelab-agent"
            )
        for _ in range(2):
            result = host.run(f"{script} --uninstall")
            assert result.status == LEFT, result.output
            assert f"whose processes still run: {process}(sleep)" in result.output
            assert f"sudo kill {process}\n" in result.output
            assert f"sudo {AGAIN} --uninstall" in result.output
        assert host.run(f"ls {CONFIG} /usr/local/bin/homelab-agent").status != 0
        assert host.run("python3 -c 'import yaml'").status == (script == AGAIN)
        host.read(f"kill {process}")
        result = host.run(f"{AGAIN} --uninstall")
        assert result.status == 0, result.output
        assert "The agent is gone" in result.output
        host.run("rm /root/install.sh; dpkg --purge python3-yaml libyaml-0-2")
        assert traces(host) ^ before == set()


def test_what_can_not_be_removed_is_named_and_the_rest_is_removed(
    host: Host, hub: Hub
) -> None:
    before = traces(host)
    install(host, hub)
    host.read("mount -t tmpfs busy /var/lib/homelab-agent")
    result = host.run(f"{AGAIN} --uninstall")
    assert result.status == LEFT
    assert "'/var/lib/homelab-agent': Device or resource busy" in result.output
    assert host.run("getent passwd homelab-agent").status != 0
    host.read("umount /var/lib/homelab-agent")
    assert host.run(f"{AGAIN} --uninstall").status == 0
    assert traces(host) ^ before == set()


def test_a_command_of_somebody_else_is_neither_replaced_nor_removed(
    host: Host, hub: Hub
) -> None:
    command = "/usr/local/bin/homelab-agent"
    program(host, "homelab-agent", "#!/bin/sh\necho mine\n")
    assert f"{command} is there and not of this script" in refused(
        host, hub.line("nas")
    )
    host.read(f"rm {command}")
    install(host, hub)
    program(host, "homelab-agent", "#!/bin/sh\necho mine\n")
    assert host.run(f"{AGAIN} --uninstall").status == 0
    assert host.read(command) == "mine"


def test_a_user_that_somebody_else_has_made_stays(host: Host, hub: Hub) -> None:
    host.read("useradd --system --shell /usr/sbin/nologin homelab-agent")
    before = traces(host)
    install(host, hub)
    result = host.run(f"{AGAIN} --uninstall")
    assert result.status == 0, result.output
    assert "was not made by this script and stays" in result.output
    assert traces(host) ^ before == set()


def test_settings_that_are_edited_while_it_installs_are_not_overwritten(
    host: Host, hub: Hub
) -> None:
    install(host, hub)
    edit = f"echo '# mine' >>{CONFIG}"
    program(
        host,
        "systemctl",
        f'#!/bin/sh\ncase "$*" in "is-active -q {SERVICE}") {edit} ;; esac\n'
        'exec /usr/bin/systemctl "$@"\n',
    )
    result = host.run(f"{AGAIN} </dev/null")
    assert result.status == 1
    assert f"{CONFIG} was edited while this script ran; run it again" in result.output
    assert "# mine" in host.read(f"cat {CONFIG}")
    assert property_of(host, "ActiveState") == "active"


def test_a_rollback_brings_back_no_older_file_over_a_newer_edit(
    host: Host, hub: Hub
) -> None:
    install(host, hub)
    program(
        host,
        "systemctl",
        f'#!/bin/sh\ncase "$*" in "enable -q {SERVICE}" | "restart {SERVICE}")\n'
        f"  grep -q mine {CONFIG} || echo '# mine' >>{CONFIG} ;; esac\n"
        'exec /usr/bin/systemctl "$@"\n',
    )
    hub.bundle = changed(hub.bundle, dies)
    result = host.run(hub.line("nas"))
    assert result.status == 1
    assert "as it was before, except for:" in result.output, result.output
    assert f"    {CONFIG}, which was edited meanwhile" in result.output
    assert "# mine" in host.read(f"cat {CONFIG}")
    assert property_of(host, "ActiveState") == "active"


def test_files_that_others_keep_beside_its_settings_stay(host: Host, hub: Hub) -> None:
    newest, script = hub.bundle, "/etc/homelab-agent/cleanup.sh"
    program(
        host,
        "systemctl",
        f'#!/bin/sh\ncase "$*" in "enable -q {SERVICE}") touch {script} ;; esac\n'
        'exec /usr/bin/systemctl "$@"\n',
    )
    hub.bundle = changed(newest, dies)
    assert host.run(hub.line("nas")).status == 1
    assert host.read("ls /etc/homelab-agent") == "cleanup.sh"
    hub.bundle = newest
    install(host, hub)
    result = host.run(f"{AGAIN} --uninstall")
    assert result.status == 0, result.output
    assert "/etc/homelab-agent has files that this script did not make" in result.output
    assert host.read("ls /etc/homelab-agent") == "cleanup.sh"


def test_after_su_without_a_dash_the_line_works(host: Host, hub: Hub) -> None:
    # What su keeps of an ordinary user: PATH, and a folder for temporary files in which
    # that user could exchange what root puts there. Here nothing can be put there.
    host.read("rm /usr/bin/sudo; useradd -m anna; mkdir /home/anna/tmp")
    host.read("mount -t tmpfs -o nr_inodes=1,uid=1000 full /home/anna/tmp")
    host.read("chown anna /home/anna/tmp")
    kept = "export PATH=/usr/local/bin:/usr/bin:/bin:/usr/games TMPDIR=/home/anna/tmp"
    result = host.run(f"{kept}; {hub.line('nas')}")
    assert result.output.rstrip().endswith(DONE), result.output
    result = host.run(f"{kept}; {AGAIN} --uninstall")
    assert result.status == 0, result.output


def test_what_a_user_changes_while_sudo_asks_is_not_run_as_root(
    host: Host, hub: Hub
) -> None:
    host.read("useradd -m -G sudo anna; echo anna:wonder | chpasswd")
    host.root.joinpath("home/anna/line").write_text(hub.line("nas"))
    inner = "setpriv --reuid=anna --regid=anna --init-groups bash /home/anna/line"
    with subprocess.Popen(
        [*host.enter(), "/bin/bash", "-c", f"cd /tmp; script -qec '{inner}' /dev/null"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        host.read("until pgrep -x sudo; do sleep 0.1; done")
        # All that anna may write, after whatever has been checked by now.
        host.read(
            "find /tmp /home/anna -type f -user anna ! -name line "
            "-exec sh -c 'echo touch /root/evil >\"$1\"' sh {} ';'"
        )
        assert process.stdout is not None
        said = b""
        while not re.search(rb"password[^\n]*: ?$", said):
            said += os.read(process.stdout.fileno(), 1000)
        output, _ = process.communicate(b"wonder\n", timeout=60)
    assert DONE in output.decode(), output.decode()
    assert host.run("ls /root/evil").status != 0
