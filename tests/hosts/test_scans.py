"""Machines with real SSH servers are scanned, and nothing is left on them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
import subprocess
from typing import Any

import pytest

from harness.api import Api
from harness.integration import DOMAIN
from harness.lab.host import Host
from harness.waiting import until

from .engines import INSTALL
from .traces import traces

pytestmark = [pytest.mark.hosts, pytest.mark.asyncio(loop_scope="module")]

PASSWORD = "correct horse"
DROPBEAR = 2222
HUNG = "#!/bin/sh\nexec sleep 98765\n"
FLOOD = "#!/bin/sh\nyes | head -c 100000000\n"
# A system of busybox and nothing else, but for what lets one in.
BOX = """
mkdir -p /srv/box/bin /srv/box/etc /srv/box/proc /srv/box/dev /srv/box/root/.ssh
cp /bin/busybox /srv/box/bin && chroot /srv/box /bin/busybox --install -s /bin
for each in $(ldd /usr/sbin/dropbear | grep -o '/[^ ]*') /usr/sbin/dropbear; do
  mkdir -p "/srv/box$(dirname "$each")" && cp "$each" "/srv/box$each"
done
mount -t proc proc /srv/box/proc && mount --bind /dev /srv/box/dev
echo root:x:0:0:root:/root:/bin/sh >/srv/box/etc/passwd
echo /bin/sh >/srv/box/etc/shells
printf 'ID=alpine\\nPRETTY_NAME="Alpine Linux v3.21"\\nVERSION_ID=3.21.2\\n' \
  >/srv/box/etc/os-release
dropbearkey -t ed25519 -f /srv/box/etc/key >/dev/null
chmod 700 /srv/box/root /srv/box/root/.ssh
"""


@dataclass(frozen=True)
class Machine:
    """A host that is scanned by a user of it."""

    home: Api
    host: Host

    async def do(self, command: str) -> str:
        """Run a line of shell on it."""
        return await asyncio.to_thread(self.host.read, command)

    async def begin(self, **changes: Any) -> str:
        """Begin a scan and return its id."""
        wanted: dict[str, Any] = {
            "host": self.host.address,
            "username": "ana",
            "password": PASSWORD,
            "scan_type": "quick",
        }
        wanted |= changes
        wanted = {name: value for name, value in wanted.items() if value is not None}
        answer = await self.home.action(DOMAIN, "scan_host", **wanted)
        scan_id: str = answer["scan"]["scan_id"]
        return scan_id

    async def look(self, scan_id: str) -> dict[str, Any]:
        """Return what is known of a scan."""
        answer = await self.home.action(DOMAIN, "list_scans", scan_id=scan_id)
        scan: dict[str, Any] = answer["scans"][0]
        return scan

    async def ended(self, scan_id: str) -> dict[str, Any]:
        """Return what is known of a scan once it has ended."""

        async def over() -> dict[str, Any] | None:
            scan = await self.look(scan_id)
            return scan if scan["status"] in {"completed", "failed"} else None

        return await until(over, "the end of the scan", patience=90)

    async def scan(self, **changes: Any) -> dict[str, Any]:
        """Scan it."""
        return await self.ended(await self.begin(**changes))

    async def trust(self, port: int = 22) -> None:
        """Compare its fingerprint with what it says itself, and trust it."""
        scan = await self.scan(port=port)
        shown = {"host_key_unknown", "host_key_changed"}
        assert scan["error"]["code"] in shown, scan
        folder = "/srv/box/etc/key" if port == DROPBEAR else "/etc/ssh/ssh_host_*_key"
        show = "dropbearkey -y -f {} | tail -n 1" if port == DROPBEAR else ""
        show = show or "for key in {}.pub; do ssh-keygen -lf $key; done"
        shown = scan["host_key"]["fingerprint"]
        assert shown in await self.do(show.format(folder))
        await self.home.post(
            f"/api/services/{DOMAIN}/trust_host",
            {"host": self.host.address, "port": port, "fingerprint": shown},
        )

    async def write(self, path: str, text: str) -> None:
        """Put a program on it."""
        await asyncio.to_thread(
            self.host.run, f"cat >{path} && chmod 755 {path}", stdin=text
        )

    async def allow_our_key(self, folder: str, owner: str) -> None:
        """Add our line, as a person does."""
        line = (await self.home.action(DOMAIN, "get_scan_key"))["line"]
        await self.do(
            f"mkdir -p {folder} && echo '{line}' >>{folder}/authorized_keys && "
            f"chmod 700 {folder} && chown -R {owner}: {folder}"
        )


@pytest.fixture
def machine(home: Api, boot: Callable[..., Host]) -> Machine:
    """Return a host with an SSH server, and a user on it."""
    host = boot()
    host.read(
        f"apt-get update -qq && {INSTALL} openssh-server dropbear-bin busybox-static"
    )
    host.read("useradd --create-home --shell /bin/bash ana")
    host.read(f"echo 'ana:{PASSWORD}' | chpasswd && systemctl start ssh")
    return Machine(home, host)


async def test_a_full_scan_by_our_key_leaves_nothing_behind(machine: Machine) -> None:
    await machine.allow_our_key("/home/ana/.ssh", "ana")
    await machine.trust()
    # What a login itself leaves is there from now on.
    await machine.scan(password=None)
    before = traces(machine.host)
    scan = await machine.scan(password=None, scan_type="full")
    assert traces(machine.host) ^ before == set()
    assert scan["status"] == "completed"
    # The one that people are told to look at.
    assert scan["host_key"]["algorithm"] == "ssh-ed25519"
    found = scan["results"]
    assert found["os"]["id"] == "debian"
    assert {"openssh-server", "sudo"} <= {item["name"] for item in found["packages"]}
    assert {"root", "ana"} == {item["name"] for item in found["users"]}
    assert ("tcp", 22) in {(item["protocol"], item["port"]) for item in found["ports"]}
    address = f"{machine.host.address}/24"
    assert address in [
        each for item in found["interfaces"] for each in item["addresses"]
    ]
    assert {"name": "PasswordAuthentication", "value": "yes", "default": True} in found[
        "ssh_settings"
    ]
    assert found["timers"]
    assert found["failed_units"] is not None
    assert scan["missing"].keys() <= {"containers", "updates", "disks"}


async def test_sudo_shows_more(machine: Machine) -> None:
    await machine.trust()
    await machine.do(
        "mkdir -p /var/spool/cron/crontabs && cd /var/spool/cron/crontabs && "
        "chmod 1730 . && "
        "echo '0 4 * * * /opt/backup secret' >root && chmod 600 root"
    )
    plain = await machine.scan(scan_type="full")
    await machine.do("echo 'ana ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ana")
    more = await machine.scan(scan_type="full")
    programs = [
        {job["program"] for job in scan["results"]["jobs"]} for scan in (plain, more)
    ]
    assert "/opt/backup" not in programs[0]
    assert "/opt/backup" in programs[1]
    assert "secret" not in str(more)


async def test_busybox_behind_dropbear_is_understood(machine: Machine) -> None:
    await machine.do(BOX)
    await machine.allow_our_key("/srv/box/root/.ssh", "root")
    await machine.do(
        "systemd-run --quiet --unit dropbear-box chroot /srv/box /usr/sbin/dropbear "
        f"-F -E -s -r /etc/key -p {DROPBEAR}"
    )
    await machine.do(f"until ss -Hltn | grep -q :{DROPBEAR}; do sleep 0.1; done")
    await machine.trust(DROPBEAR)
    scan = await machine.scan(
        port=DROPBEAR, username="root", password=None, scan_type="full"
    )
    assert scan["status"] == "completed", scan
    found = scan["results"]
    assert found["os"]["name"] == "Alpine Linux v3.21"
    assert DROPBEAR in {item["port"] for item in found["ports"]}
    assert found["memory"]["total_gb"] > 0
    assert found["interfaces"]
    assert [item["name"] for item in found["users"]] == ["root"]
    # There are no packages; what busybox has of the name of rpm knows of none, either.
    assert {"packages", "updates", "timers"} <= scan["missing"].keys()


async def test_greetings_and_a_noisy_profile_do_not_matter(machine: Machine) -> None:
    await machine.do(
        r"""printf 'Gr\374\337e\n\033[31mno trespassing\n' >/etc/banner
        echo 'Banner /etc/banner' >/etc/ssh/sshd_config.d/banner.conf
        printf 'printf "\\033]0;nas\\a Gr\\374\\337e \\377\\n"; echo oops >&2\n' \
          | cat - /home/ana/.bashrc >/tmp/rc && mv /tmp/rc /home/ana/.bashrc
        systemctl restart ssh"""
    )
    await machine.trust()
    scan = await machine.scan()
    assert scan["status"] == "completed", scan
    assert scan["missing"].keys() <= {"updates", "disks"}


async def test_logins_that_run_no_commands_are_said_to_be_such(
    machine: Machine,
) -> None:
    await machine.trust()
    await machine.do("usermod --shell /usr/sbin/nologin ana")
    assert (await machine.scan())["error"]["code"] == "no_shell"
    await machine.do("usermod --shell /bin/rbash ana")
    assert (await machine.scan())["status"] == "completed"
    await machine.do(
        "echo 'ForceCommand internal-sftp' >/etc/ssh/sshd_config.d/sftp.conf && "
        "systemctl restart ssh"
    )
    assert (await machine.scan())["error"]["code"] == "no_shell"
    await machine.do(
        "echo 'MaxSessions 0' >/etc/ssh/sshd_config.d/sftp.conf && "
        "systemctl restart ssh"
    )
    assert (await machine.scan())["error"]["code"] == "no_shell"


async def test_what_hangs_and_what_never_ends_is_ended_there_too(
    machine: Machine,
) -> None:
    await machine.trust()
    await machine.write("/usr/local/bin/df", HUNG)
    await machine.write("/usr/local/bin/who", FLOOD)
    scan = await machine.scan()
    assert scan["status"] == "completed"
    assert scan["missing"]["disks"] == "timed_out"
    assert scan["missing"]["logins"] == "cut"
    assert scan["results"]["ports"]
    left = await machine.do("pgrep -u ana -a || true")
    assert "98765" not in left
    assert "yes" not in left


async def test_nobody_gets_in_by_the_wrong_password_or_key(machine: Machine) -> None:
    await machine.trust()
    for wrong in ("wrong", None):
        scan = await machine.scan(password=wrong)
        assert scan["error"]["code"] == "login_refused"
    assert (await machine.scan(username="nobody-here"))["error"]["code"] == (
        "login_refused"
    )


async def test_a_machine_with_another_key_is_not_told_the_password(
    machine: Machine,
) -> None:
    await machine.trust()
    assert (await machine.scan())["status"] == "completed"
    log = "journalctl -u ssh -u 'ssh@*' --no-pager | grep -c 'for ana' || true"
    logins = await machine.do(log)
    await machine.do(
        "rm /etc/ssh/ssh_host_* && ssh-keygen -q -A && systemctl restart ssh"
    )
    scan = await machine.scan()
    assert scan["error"]["code"] == "host_key_changed"
    assert await machine.do(log) == logins
    issues = (await machine.home.command("repairs/list_issues"))["issues"]
    [issue] = [
        item
        for item in issues
        if machine.host.address in str(item)
        and item["translation_key"] == "host_key_changed"
    ]
    assert scan["host_key"]["fingerprint"] in str(issue)
    await machine.trust()
    assert (await machine.scan())["status"] == "completed"


async def test_a_machine_is_scanned_by_its_ipv6_address(machine: Machine) -> None:
    ours = ("ip", "address", "replace", "fd77::1/64", "dev", "lab0", "nodad")
    await asyncio.to_thread(subprocess.run, ours, check=True)
    await machine.do("ip address add fd77::7/64 dev host0 nodad")
    scan = await machine.scan(host="fd77:0::7")
    assert scan["target_ip"] == "fd77::7"
    await machine.home.post(
        f"/api/services/{DOMAIN}/trust_host",
        {"host": "[fd77::7]", "fingerprint": scan["host_key"]["fingerprint"]},
    )
    assert (await machine.scan(host="fd77::7"))["status"] == "completed"


async def test_a_connection_that_is_cut_midway_ends_the_scan(machine: Machine) -> None:
    await machine.trust()
    await machine.write("/usr/local/bin/df", HUNG)
    scan_id = await machine.begin()

    async def hangs() -> bool | None:
        found = await machine.do("pgrep -u ana -f 98765 || true")
        return bool(found) or None

    await until(hangs, "the command that hangs", patience=30)
    await machine.do("pkill -KILL -u ana 'sshd' || true")
    scan = await machine.ended(scan_id)
    assert scan["error"]["code"] == "connection_lost"
    assert scan["results"] is None
