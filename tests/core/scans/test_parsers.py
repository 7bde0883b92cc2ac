"""What the answers of real systems say."""

import pytest

from custom_components.homelabcmd.core.scans.facts import (
    Cpu,
    Disk,
    Interface,
    Job,
    Kernel,
    Load,
    Login,
    Memory,
    OperatingSystem,
    Package,
    Port,
    SshSetting,
    Timer,
    Update,
    User,
)

from . import samples
from .make import read


def test_system_is_read() -> None:
    assert read("os", samples.OS_RELEASE) == OperatingSystem(
        id="debian", name="Debian GNU/Linux 12 (bookworm)", version="12"
    )
    assert read("os", samples.ALPINE) == OperatingSystem(
        id="alpine", name="Alpine Linux v3.21", version="3.21.2"
    )
    assert read("kernel", "nas\n6.1.0-32-amd64\nx86_64\n") == Kernel(
        hostname="nas", release="6.1.0-32-amd64", machine="x86_64"
    )
    assert read("cpu", samples.CPU) == Cpu(model="Intel(R) N100", count=2)
    assert read("cpu", samples.PI_CPU) == Cpu(
        model="Raspberry Pi 4 Model B Rev 1.4", count=2
    )


def test_how_it_fares_is_read() -> None:
    assert read("memory", samples.MEMORY) == Memory(
        total_gb=2.048, used_gb=0.512, percent=25
    )
    assert read("memory", samples.OLD_MEMORY) == Memory(
        total_gb=1.024, used_gb=0.512, percent=50
    )
    assert read("load", "0.52 0.58 0.59 1/389 1234\n") == Load(
        one=0.52, five=0.58, fifteen=0.59
    )
    assert read("uptime_seconds", "5002.76 9000.00\n") == 5002.76


def test_disks_are_what_can_fill_up() -> None:
    disks = read("disks", samples.DF)
    assert disks == (
        Disk(
            mount="/",
            device="/dev/sda1",
            fstype="ext4",
            total_gb=100,
            used_gb=50,
            percent=50,
        ),
        Disk(
            mount="/mnt/my photos",
            device="/dev/sdb1",
            fstype="ext4",
            total_gb=10,
            used_gb=1.024,
            percent=10.2,
        ),
        Disk(
            mount="/tank",
            device="tank/data",
            fstype="zfs",
            total_gb=1000,
            used_gb=800,
            percent=80,
        ),
    )


def test_busybox_tells_no_types_of_file_systems() -> None:
    assert read("disks", samples.BUSYBOX_DF) == (
        Disk(mount="/", device="/dev/mmcblk0p2", total_gb=10, used_gb=5, percent=50),
    )


@pytest.mark.parametrize(
    ("program", "text", "updates"),
    [
        (
            "apt-get",
            samples.APT,
            (
                Update(
                    name="libc6",
                    current="2.36-9+deb12u9",
                    candidate="2.36-9+deb12u10",
                    security=True,
                ),
                Update(
                    name="linux-image-6.1.0-32-amd64",
                    candidate="6.1.129-1",
                    security=False,
                ),
                Update(
                    name="bash",
                    current="5.2.15-2",
                    candidate="5.2.15-3",
                    security=False,
                ),
            ),
        ),
        (
            "dnf",
            samples.DNF,
            (
                Update(name="kernel", candidate="6.12.9-200.fc41"),
                Update(name="vim-minimal", candidate="2:9.1.1000-1.fc41"),
            ),
        ),
        (
            "apk",
            samples.APK_NEWER,
            (
                Update(name="busybox", current="1.37.0-r9", candidate="1.37.0-r12"),
                Update(
                    name="ca-certificates",
                    current="20241121-r1",
                    candidate="20241121-r2",
                ),
            ),
        ),
        ("apt-get", "Reading package lists...\n", ()),
    ],
)
def test_updates_are_read(program: str, text: str, updates: tuple[Update, ...]) -> None:
    assert read("updates", text, program) == updates


@pytest.mark.parametrize(
    ("program", "text", "packages"),
    [
        (
            "dpkg-query",
            samples.DPKG,
            {"bash": "5.2.15-2", "held": "2.0", "libc6:amd64": "2.36-9"},
        ),
        (
            "rpm",
            samples.RPM,
            {
                "bash": "5.2.32-1.fc41",
                "kernel": "6.12.8-200.fc41, 6.12.9-200.fc41",
            },
        ),
        (
            "apk",
            samples.APK,
            {
                "alpine-baselayout": "3.6.8-r1",
                "libstdc++": "14.2.0-r4",
                "py3-yaml": "6.0.2-r0",
            },
        ),
    ],
)
def test_packages_are_read(program: str, text: str, packages: dict[str, str]) -> None:
    assert read("packages", text, program) == tuple(
        Package(name=name, version=version) for name, version in packages.items()
    )


@pytest.mark.parametrize(
    ("program", "text", "ports"),
    [
        (
            "ss",
            samples.SS,
            [
                ("tcp", 22, "*"),
                ("tcp", 80, "*"),
                ("udp", 323, "127.0.0.1"),
                ("udp", 546, "fe80::1%eth0"),
            ],
        ),
        (
            "netstat",
            samples.NETSTAT,
            [("tcp", 22, "*"), ("tcp", 631, "127.0.0.1"), ("udp", 68, "*")],
        ),
    ],
)
def test_ports_are_read(
    program: str, text: str, ports: list[tuple[str, int, str]]
) -> None:
    assert read("ports", text, program) == tuple(
        Port(protocol=protocol, port=port, address=address)
        for protocol, port, address in ports
    )


def test_network_is_read() -> None:
    assert read("interfaces", samples.IP_ADDR) == (
        Interface(
            name="lo", up=True, mac="00:00:00:00:00:00", addresses=("127.0.0.1/8",)
        ),
        Interface(
            name="eth0",
            up=True,
            mac="52:54:00:12:34:56",
            addresses=("10.0.0.5/24", "fd00::5/64"),
        ),
        Interface(name="wlan0", up=False, mac="52:54:00:12:34:57"),
    )
    assert read("gateways", samples.IP_ROUTE) == ("10.0.0.1", "fd00::1")
    assert read("name_servers", samples.RESOLV_CONF) == ("10.0.0.1", "fd00::1")


@pytest.mark.parametrize(
    ("text", "logins"),
    [
        (samples.WHO, [("ana", "tty1", ""), ("ben", "pts/0", "10.0.0.7")]),
        (samples.BUSYBOX_WHO, [("root", "pts/0", "10.0.0.7")]),
        ("", []),
    ],
)
def test_logins_are_read(text: str, logins: list[tuple[str, str, str]]) -> None:
    assert read("logins", text) == tuple(
        Login(user=user, terminal=terminal, origin=origin)
        for user, terminal, origin in logins
    )


def test_users_are_those_with_a_shell() -> None:
    assert read("users", samples.PASSWD) == (
        User(name="root", uid=0, shell="/bin/bash"),
        User(name="ana", uid=1000, shell="/usr/bin/zsh"),
        User(name="old", uid=1001, shell="/bin/sh"),
    )


def test_containers_of_docker_that_is_podman_are_listed_once() -> None:
    names = [item.name for item in read("containers", samples.CONTAINERS)]  # type: ignore[attr-defined]
    assert names == ["db", "plex"]


def test_containers_are_not_known_if_an_engine_refuses_to_tell() -> None:
    assert read("containers", "docker|refused\n" + samples.CONTAINERS) is None
    assert read("containers", "") == ()


def test_units_that_failed_are_read() -> None:
    assert read("failed_units", samples.FAILED) == ("nginx.service",)
    assert read("failed_units", samples.OLD_FAILED) == ("backup.timer",)
    assert read("failed_units", samples.CRASHED, "rc-status") == ("nginx",)
    assert read("failed_units", "") == ()


def test_of_what_cron_runs_no_argument_is_kept() -> None:
    jobs = read("jobs", samples.CRON)
    assert "hunter2" not in repr(jobs)
    assert jobs == (
        Job(schedule="17 * * * *", program="cd", user="root", source="/etc/crontab"),
        Job(
            schedule="@daily",
            program="/usr/local/bin/backup",
            user="ben",
            source="/etc/cron.d/backup",
        ),
        Job(
            schedule="*/5 * * * *",
            program="/home/ana/poll.sh",
            user="ana",
            source="/var/spool/cron/crontabs/ana",
        ),
        Job(
            schedule="0 4 * * *",
            program="?",
            user="ana",
            source="/var/spool/cron/crontabs/ana",
        ),
        Job(schedule="0 3 * * 1-5", program="rsync", user="", source="crontab"),
        Job(
            schedule="@daily",
            program="/etc/cron.daily/logrotate",
            user="root",
            source="/etc/cron.daily/logrotate",
        ),
    )


def test_timers_are_read() -> None:
    assert read("timers", samples.TIMERS) == (
        Timer(name="apt-daily.timer", unit="apt-daily.service"),
        Timer(name="fstrim.timer", unit="fstrim.service"),
    )


def test_settings_of_ssh_worth_a_look_are_those_that_count_for_everybody() -> None:
    settings = read("ssh_settings", samples.SSHD, "cat")
    assert settings == (
        SshSetting(name="PermitRootLogin", value="yes", default=False),
        SshSetting(name="X11Forwarding", value="yes", default=False),
        SshSetting(name="StrictModes", value="no", default=False),
    )


def test_passwords_are_allowed_unless_somebody_forbids_them() -> None:
    assert read("ssh_settings", "port 22\n") == (
        SshSetting(name="PasswordAuthentication", value="yes", default=True),
    )
