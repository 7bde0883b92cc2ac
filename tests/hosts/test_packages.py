"""The installer takes away the Debian packages that it brought, and no others."""

from __future__ import annotations

import pytest

from harness.lab.host import Host

from .hub import Hub
from .test_install import AGAIN, DONE, SERVICE, UNDONE, changed, install
from .traces import traces

pytestmark = pytest.mark.hosts

OURS = "python3-yaml", "libyaml-0-2"
ANOTHER_APT = """#!/bin/sh
# Somebody else's apt is faster: ours has to wait until it is done.
case " $* " in *" install "*)
  if [ ! -e /var/cache/was-here ]; then
    touch /var/cache/was-here
    /usr/bin/apt-get -q update
    /usr/bin/apt-get -q -y install busybox-static
  fi >/var/cache/another.log 2>&1 </dev/null
esac
exec /usr/bin/apt-get "$@"
"""


def program(host: Host, name: str, text: str) -> None:
    """Put a program before the one that the installer would find."""
    path = host.root / "usr/local/bin" / name
    path.write_text(text)
    path.chmod(0o755)


def installed(host: Host, *packages: str) -> set[str]:
    """Return those of the packages that are installed."""
    status = "dpkg-query -W -f '${db:Status-Status} ${Package}\\n' "
    lines = host.run(status + " ".join(packages)).output.splitlines()
    return {
        line.removeprefix("installed ")
        for line in lines
        if line.startswith("installed ")
    }


def uninstall(host: Host) -> str:
    result = host.run(f"{AGAIN} --uninstall")
    assert result.status == 0, result.output
    return result.output


def test_what_another_apt_installs_meanwhile_is_not_ours(host: Host, hub: Hub) -> None:
    program(host, "apt-get", ANOTHER_APT)
    install(host, hub)
    assert installed(host, "busybox-static", *OURS) == {"busybox-static", *OURS}
    uninstall(host)
    assert installed(host, "busybox-static", *OURS) == {"busybox-static"}


def test_a_rollback_leaves_what_another_apt_has_installed(host: Host, hub: Hub) -> None:
    def broken(name: str, text: str) -> str:
        wrong = name == f"install/{SERVICE}"
        return text.replace("ExecStart=", "ExecStart=/nowhere ") if wrong else text

    program(host, "apt-get", ANOTHER_APT)
    hub.bundle = changed(hub.bundle, broken)
    result = host.run(hub.line("nas"))
    assert result.status == 1
    assert UNDONE in result.output, result.output
    assert installed(host, "busybox-static", *OURS) == {"busybox-static"}


def test_a_package_that_a_person_wants_by_now_stays(host: Host, hub: Hub) -> None:
    for command, stay in (
        ("apt-get -q -y install python3-yaml", set(OURS)),
        ("apt-mark manual libyaml-0-2", {"libyaml-0-2"}),
    ):
        install(host, hub)
        host.read(command)
        said = uninstall(host)
        assert installed(host, *OURS) == stay
        assert all(
            f"{name} is wanted or needed by others and stays" in said for name in stay
        )
        host.read(f"dpkg --purge {' '.join(stay)}")


@pytest.mark.parametrize("relation", ["Depends", "Recommends", "Suggests"])
def test_a_package_that_another_one_uses_by_now_stays(
    host: Host, hub: Hub, relation: str
) -> None:
    install(host, hub)
    host.read("mkdir -p /root/other/DEBIAN")
    (host.root / "root/other/DEBIAN/control").write_text(
        "Package: other\nVersion: 1\nArchitecture: all\nMaintainer: a <a@lab>\n"
        f"Description: another package\n{relation}: python3-yaml\n"
    )
    host.read("dpkg-deb -b /root/other /root/other.deb; dpkg -i /root/other.deb")
    assert "python3-yaml is wanted or needed by others" in uninstall(host)
    assert installed(host, "other", *OURS) == {"other", *OURS}


def test_what_an_earlier_installer_wrongly_took_for_its_own_stays(
    host: Host, hub: Hub
) -> None:
    before = traces(host)
    install(host, hub)
    # As the first installer left it, with somebody else's packages in its list.
    host.read(
        "rm /opt/homelab-agent/brought; apt-mark manual python3-yaml;"
        "apt-get -q -y install busybox-static; apt-mark auto busybox-static;"
        "printf '%s\\n' busybox-static curl python3 python3-yaml libyaml-0-2"
        " >/opt/homelab-agent/packages"
    )
    host.read(f"{AGAIN} </dev/null")
    assert host.read("sort /opt/homelab-agent/packages").split() == sorted(OURS)
    uninstall(host)
    found = installed(host, "busybox-static", "curl", "python3", *OURS)
    assert found == {"busybox-static", "curl", "python3"}
    host.read("dpkg --purge busybox-static")
    assert traces(host) ^ before == set()


def test_autoremove_leaves_what_the_agent_needs(host: Host, hub: Hub) -> None:
    install(host, hub)
    host.read("apt-get -q -y autoremove")
    assert installed(host, *OURS) == set(OURS)
    assert host.run("homelab-agent check").status == 0


def test_uninstalling_waits_for_another_dpkg(host: Host, hub: Hub) -> None:
    install(host, hub)
    lock = "import fcntl, time; f = open('/var/lib/dpkg/lock-frontend', 'w')\n"
    lock += "fcntl.lockf(f, fcntl.LOCK_EX); open('/root/locked', 'w'); time.sleep(15)"
    (host.root / "root/lock.py").write_text(lock)
    host.read(
        "python3 /root/lock.py >/dev/null 2>&1 </dev/null & "
        "until [ -e /root/locked ]; do sleep 0.1; done"
    )
    uninstall(host)
    assert installed(host, *OURS) == set()


def test_a_package_that_is_missing_again_is_brought_again(host: Host, hub: Hub) -> None:
    before = traces(host)
    install(host, hub)
    host.read("dpkg --remove python3-yaml libyaml-0-2")
    assert host.run(f"{AGAIN} </dev/null").output.rstrip().endswith(DONE)
    uninstall(host)
    assert traces(host) ^ before == set()
