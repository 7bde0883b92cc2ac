"""What apt says is read rightly, by the helper, by its guard, and by the agent."""

from __future__ import annotations

import io
import sys

from helper import homelab_apt, homelab_guard
import pytest

OUTPUT = """Reading package lists...
Inst libc6 [2.36-9] (2.36-9+deb12u9 Debian-Security:12/stable-security [amd64]) []
Inst libc6:i386 [2.36-9] (2.36-9+deb12u9 Debian-Security:12/stable-security [i386])
Inst linux-image-6.1.0-31-amd64 (6.1.128-1 Debian:12.9/stable [amd64])
Inst bash [5.2.15-2] (5.2.15-2+b8 Debian:12.9/stable [amd64])
Conf libc6 (2.36-9+deb12u9 Debian-Security:12/stable-security [amd64])
Conf libc6:i386 (2.36-9+deb12u9 Debian-Security:12/stable-security [i386])
Conf linux-image-6.1.0-31-amd64 (6.1.128-1 Debian:12.9/stable [amd64])
Conf bash (5.2.15-2+b8 Debian:12.9/stable [amd64])
"""
ITEMS = homelab_apt.items_of(OUTPUT)
HEAD = "VERSION 3\nAPT::Architecture=amd64\n\n"
LISTED = (
    "libc6 2.36-9 amd64 same < 2.36-9+deb12u9 amd64 same /var/cache/a.deb\n"
    "libc6 2.36-9 i386 same < 2.36-9+deb12u9 i386 same /var/cache/b.deb\n"
    "linux-image-6.1.0-31-amd64 - - none < 6.1.128-1 amd64 none /var/cache/c.deb\n"
    "bash 5.2.15-2 amd64 none < 5.2.15-2+b8 amd64 none /var/cache/d.deb\n"
    "bash 5.2.15-2 amd64 none < 5.2.15-2+b8 amd64 none **CONFIGURE**\n"
)


def test_all_that_apt_would_install_is_read() -> None:
    assert [(item.wanted, item.current, item.security) for item in ITEMS] == [
        ("libc6", "2.36-9", True),
        ("libc6:i386", "2.36-9", True),
        ("linux-image-6.1.0-31-amd64", None, False),
        ("bash", "5.2.15-2", False),
    ]
    assert homelab_apt.unfinished_in(OUTPUT) == []


def test_what_is_only_to_be_configured_was_broken_before() -> None:
    output = OUTPUT + "Conf broken (1.0 Debian:12.9/stable [amd64])\n"
    assert homelab_apt.unfinished_in(output) == ["broken"]


def test_the_digest_does_not_depend_on_order_and_does_on_all_else() -> None:
    digest = homelab_apt.digest_of(ITEMS)
    assert homelab_apt.digest_of(reversed(ITEMS)) == digest
    others = [
        OUTPUT.replace("5.2.15-2+b8", "5.2.15-2+b9"),
        OUTPUT.replace("[5.2.15-2]", "[5.2.15-1]"),
        OUTPUT.replace("Inst bash", "Inst dash"),
        OUTPUT.replace("Inst bash", "Keep bash"),
        OUTPUT + "Inst more (1.0 Debian:12.9/stable [amd64])\n",
    ]
    digests = {homelab_apt.digest_of(homelab_apt.items_of(text)) for text in others}
    assert len({digest, *digests}) == len(others) + 1


def test_the_guard_lets_pass_just_what_was_approved() -> None:
    approved = homelab_apt.digest_of(ITEMS)
    assert homelab_guard.unapproved(HEAD + LISTED, approved) is None


@pytest.mark.parametrize(
    ("listed", "why"),
    [
        (LISTED + "dash 1 amd64 none > - - none **REMOVE**\n", "dash would be removed"),
        (LISTED + "dash 1 amd64 none = 1 amd64 none **CONFIGURE**\n", "be configured"),
        (LISTED + "dash - - none < 1 amd64 none /x.deb\n", "another set"),
        (LISTED.replace("5.2.15-2+b8", "5.2.15-2+b9"), "another set"),
        ("", "another set"),
        ("bash\n", "not understood"),
    ],
)
def test_the_guard_stops_all_else(listed: str, why: str) -> None:
    approved = homelab_apt.digest_of(ITEMS)
    assert why in str(homelab_guard.unapproved(HEAD + listed, approved))


@pytest.mark.parametrize("text", ["", "/var/cache/a.deb\n", "VERSION 2\n\n"])
def test_the_guard_stops_what_it_does_not_understand(text: str) -> None:
    assert "not understood" in str(homelab_guard.unapproved(text, ""))


def test_the_guard_tells_apt_by_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOMELAB_APPROVED", homelab_apt.digest_of(ITEMS))
    for listed, code in ((LISTED, 0), ("", 1)):
        text = io.TextIOWrapper(io.BytesIO((HEAD + listed).encode()))
        monkeypatch.setattr(sys, "stdin", text)
        assert homelab_guard.main() == code
    assert capsys.readouterr().out.startswith("homelab: not what was approved: ")


@pytest.mark.parametrize(
    ("reports", "progress"),
    [
        ("", None),
        ("dlstatus:1:50.0000:Retrieving file 1 of 2\n", ("download", 15)),
        ("dlstatus:1:100:x\npmstatus:bash:0.0:Preparing bash\n", ("install", 30)),
        ("pmstatus:libc6:i386:50.0:Unpacking libc6:i386 (amd64)\n", ("install", 65)),
        ("tatus:a:9.0:cut\npmstatus:bash:100.0000:Installed\n", ("install", 100)),
        ("pmstatus:bash:77.5:half a li", None),
    ],
)
def test_progress_is_read(reports: str, progress: tuple[str, int] | None) -> None:
    assert homelab_apt.progress_in(reports) == progress


@pytest.mark.parametrize(
    ("output", "meaning"),
    [
        (
            "E: Could not get lock /x. It is held by process 9 (unattended-upgr)",
            "another program works with packages (unattended-upgr)",
        ),
        ("E: dpkg was interrupted, you must manually run ...", "interrupted before"),
        ("dpkg: error: ... No space left on device", "the disk is full"),
        ("E: You don't have enough free space in /var/cache/apt", "the disk is full"),
        ("E: Unable to fetch some archives, maybe run", "could not be downloaded"),
        ("dpkg: error processing package lab (--configure):", "of lab failed"),
        ("E: Something else", "ended with 100"),
    ],
)
def test_failures_say_what_to_do(output: str, meaning: str) -> None:
    assert meaning in homelab_apt.meaning_of(output, 100)
