"""What a machine is asked: a row for each thing to know, and the ways to ask for it.

The texts are for a POSIX shell. They are constant, only read, and write nothing on
the machine. Of several ways the first counts that succeeds: systems differ in what is
there, and in what it can do.
"""

from collections.abc import Callable
from dataclasses import dataclass

from . import network, people, software, ssh_settings, system, workloads
from .workloads import REFUSED

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True)
class Way:
    """One way to learn something."""

    needs: str
    """The program without which there is no point in trying."""
    text: str
    parse: Callable[[str], object]
    """Takes what it wrote; returns None where that says nothing, and never raises."""


@dataclass(frozen=True)
class Command:
    """One thing to know: `name` is its field in the facts."""

    name: str
    quick: bool
    """Whether it is part of a quick scan."""
    ways: tuple[Way, ...]
    limit: int = 256 * KIB
    """Bytes of an answer; a longer one is cut off, and so is its command."""
    seconds: float = 20
    """How long it may take."""


_CAT_OS = "cat /etc/os-release || cat /usr/lib/os-release"
_APT = (
    "apt-get -s -q -o Debug::NoLocking=1 -o Dir::Cache::pkgcache= "
    "-o Dir::Cache::srcpkgcache= --with-new-pkgs upgrade"
)
_DNF = (
    # As it is known: nothing is fetched. 100 says that there are updates.
    "dnf -q -C check-update; s=$?; [ $s = 0 ] || [ $s = 100 ]"
)
_DPKG = r"dpkg-query -W -f '${binary:Package}\t${Version}\t${db:Status-Abbrev}\n'"
_RPM = r"rpm -qa --qf '%{NAME}\t%{VERSION}-%{RELEASE}\n'"
_ENGINES = (
    "for e in docker podman; do command -v $e >/dev/null || continue; "
    'f="$e|{{.ID}}|{{.Names}}|{{.Image}}|{{.Status}}"; '
    # A user's podman makes folders, if it has none.
    '{ [ $e = docker ] || [ -d "$HOME/.local/share/containers" ]; } && '
    '$e ps -a --format "$f" || sudo -n $e ps -a --format "$f" || '
    f'echo "$e|{REFUSED}"; done; true'
)
_CRON_FILES = (
    "/etc/crontab /etc/cron.d/* /etc/crontabs/* /var/spool/cron/crontabs/* "
    "/var/spool/cron/*"
)
_CRON = (
    # Of root's files only the names of the programs are kept, see `workloads.cron`.
    # Root's own shell looks which there are, for nobody else may.
    f"sudo -n sh -c \"grep -Hs '[^[:space:]]' {_CRON_FILES}; true\" || "
    f"grep -Hs '[^[:space:]]' {_CRON_FILES}; "
    "crontab -l | sed 's/^/crontab:/'; "
    "for d in hourly daily weekly monthly; do "
    "for f in /etc/cron.$d/* /etc/periodic/$d/*; do "
    'test -f "$f" && test -x "$f" && echo "@$d:$f"; done; done; true'
)
_SSHD_FILES = (
    # Debian's and Red Hat's own file begins by including these.
    # One that can't be read may say anything: then nothing is known.
    "k=0; for f in /etc/ssh/sshd_config.d/*.conf /etc/ssh/sshd_config; do "
    'test -e "$f" || continue; echo "#file"; cat "$f" || k=1; echo; done; [ $k = 0 ]'
)

COMMANDS = (
    Command("os", True, (Way("cat", _CAT_OS, system.os_release),)),
    Command("kernel", True, (Way("uname", "uname -nrm | tr ' ' '\\n'", system.uname),)),
    Command(
        "cpu", True, (Way("cat", "cat /proc/cpuinfo", system.cpuinfo),), limit=2 * MIB
    ),
    Command("memory", True, (Way("cat", "cat /proc/meminfo", system.meminfo),)),
    Command("load", True, (Way("cat", "cat /proc/loadavg", system.loadavg),)),
    Command("uptime_seconds", True, (Way("cat", "cat /proc/uptime", system.uptime),)),
    Command(
        "disks",
        True,
        (
            # Local ones: a file server that hangs would hang the command as well.
            # One mount that can't be looked at makes it fail, though it shows the rest.
            Way("df", "df -PklT | grep .", system.df),
            Way("df", "df -PkT | grep .", system.df),
            Way("df", "df -Pk | grep .", system.df),
        ),
    ),
    Command(
        "updates",
        True,
        (
            Way("apt-get", _APT, software.apt_updates),
            Way("dnf", _DNF, software.dnf_updates),
            Way("apk", "apk version -l '<'", software.apk_updates),
        ),
        limit=2 * MIB,
        seconds=60,
    ),
    Command(
        "ports",
        True,
        (
            Way("ss", "ss -tuln", network.ss),
            Way("netstat", "netstat -tuln", network.netstat),
        ),
    ),
    Command("logins", True, (Way("who", "who", people.who),)),
    Command(
        "packages",
        False,
        (
            Way("dpkg-query", _DPKG, software.dpkg),
            Way("rpm", _RPM, software.rpm),
            Way("apk", "apk info -v", software.apk),
        ),
        limit=4 * MIB,
        seconds=60,
    ),
    Command("interfaces", False, (Way("ip", "ip addr", network.ip_addr),)),
    Command(
        "gateways",
        False,
        (Way("ip", "ip route; ip -6 route; true", network.ip_route),),
        limit=MIB,
    ),
    Command(
        "name_servers",
        False,
        (Way("cat", "cat /etc/resolv.conf", network.resolv_conf),),
    ),
    Command(
        "containers", False, (Way("sh", _ENGINES, workloads.containers),), limit=MIB
    ),
    Command(
        "failed_units",
        False,
        (
            Way(
                "systemctl",
                "systemctl --failed --plain --no-legend --no-pager",
                workloads.failed_units,
            ),
            Way("rc-status", "rc-status --crashed", workloads.crashed_services),
        ),
    ),
    Command("users", False, (Way("cat", "cat /etc/passwd", people.passwd),), limit=MIB),
    Command("jobs", False, (Way("grep", _CRON, workloads.cron),), limit=MIB),
    Command(
        "timers",
        False,
        (
            Way(
                "systemctl",
                "systemctl list-timers --all --no-legend --no-pager",
                workloads.timers,
            ),
        ),
    ),
    Command(
        "ssh_settings",
        False,
        (
            Way("sudo", "sudo -n sshd -T", ssh_settings.sshd_config),
            Way("cat", _SSHD_FILES, ssh_settings.sshd_config),
        ),
    ),
)


def commands(*, full: bool) -> tuple[Command, ...]:
    """Return what a scan asks, in this order."""
    return tuple(command for command in COMMANDS if full or command.quick)
