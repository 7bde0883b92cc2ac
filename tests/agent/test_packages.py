"""Updates: simulated only when something changed, in the background."""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path
import time

from helper import homelab_apt
from hypothesis import given, strategies as st
import pytest

from homelab_agent.collectors import packages
from homelab_agent.collectors.apt import digest, items, pending, update_sets
from homelab_agent.collectors.sample import Collect, Sample
from homelab_agent.collectors.surroundings import Surroundings
from homelab_agent.protocol.fields import dump_json, to_json
from homelab_agent.protocol.inventory import PackageUpdate

OUTPUT = """NOTE: This is only a simulation!
Reading package lists...
The following NEW packages will be installed:
  linux-image-6.1.0-40-amd64
Inst base-files [12.4+deb12u11] (12.4+deb12u15 Debian:12.15/oldstable [amd64])
Inst openssl [3.0.1] (3.0.2 Debian:12/x, Debian-Security:12/oldstable-security [amd64])
Inst linux-image-6.1.0-40-amd64 (6.1.153-1 Debian-Security:12/x [amd64])
Inst libgcrypt20 [1.10.1-3] (1.10.1-4 Ubuntu:22.04/jammy-security [amd64]) []
Conf base-files (12.4+deb12u15 Debian:12.15/oldstable [amd64])
"""
UPGRADE = "--no-remove --with-new-pkgs upgrade"


def test_updates_of_what_is_installed_are_read_those_for_security_first() -> None:
    found = pending(items(OUTPUT))
    assert (found.count, found.security) == (3, 2)
    assert [update.name for update in found.listed] == [
        "libgcrypt20",
        "openssl",
        "base-files",
    ]
    assert found.listed[2] == PackageUpdate(
        name="base-files",
        current="12.4+deb12u11",
        candidate="12.4+deb12u15",
        security=False,
    )


def test_thousands_of_updates_are_counted_and_listed_in_part() -> None:
    found = pending(
        items("\n".join(f"Inst p{n} [1] (2 Debian:13/x [all])" for n in range(9000)))
    )
    assert found.count == 9000
    assert len(found.listed) == 500


class Apt:
    """A made-up apt-get that writes down when it runs."""

    def __init__(self, root: Path) -> None:
        """Put it where the agent is told to find it."""
        self.root = root
        self.program = root / "apt-get"
        self.time = 1000.0
        for name in ("var/lib/apt/lists", "var/lib/dpkg/status"):
            (root / name).mkdir(parents=True)
        self.write("cat <<'END'\n" + OUTPUT + "END")

    def write(self, script: str) -> None:
        text = f'#!/bin/sh\necho "$@ $LC_ALL $HOME" >>{self.root}/ran\n{script}\n'
        self.program.write_text(text)
        self.program.chmod(0o755)

    def collector(self, *, patient: bool = False) -> Collect:
        around = Surroundings(
            root=self.root,
            apt_get=str(self.program),
            patient=patient,
            boot=lambda: self.time,
        )
        return packages.collector(around)

    @property
    def runs(self) -> list[str]:
        ran = self.root / "ran"
        return ran.read_text().splitlines() if ran.exists() else []


@pytest.fixture
def apt(tmp_path: Path) -> Apt:
    return Apt(tmp_path)


def until(collect: Collect, reached: Callable[[Sample], bool]) -> Sample:
    for _ in range(100):
        if reached(found := collect()):
            return found
        time.sleep(0.05)
    raise AssertionError


def test_simulation_does_not_delay_and_its_result_comes_later(apt: Apt) -> None:
    apt.write("sleep 0.5\ncat <<'END'\n" + OUTPUT + "END")
    collect = apt.collector()
    started = time.monotonic()
    first = collect()
    assert time.monotonic() - started < 0.3
    assert first.updates_available is None
    found = until(collect, lambda sample: sample.updates_available is not None)
    assert (found.updates_available, found.security_updates) == (3, 2)
    assert apt.runs == [f"-s -q -o Debug::NoLocking=1 {UPGRADE} C "]


def test_only_a_change_of_lists_or_packages_starts_another(apt: Apt) -> None:
    collect = apt.collector(patient=True)
    for _ in range(20):
        assert collect().updates_available == 3
    assert len(apt.runs) == 1
    for number, name in enumerate(("var/lib/apt/lists", "var/lib/dpkg/status"), 2):
        os.utime(apt.root / name, (number, number))
        collect()
        collect()
        assert len(apt.runs) == number


def test_what_can_be_installed_has_a_digest_and_the_services_that_may_restart(
    apt: Apt,
) -> None:
    info = apt.root / "var/lib/dpkg/info"
    info.mkdir()
    for name, unit in (("openssl", "idle"), ("libgcrypt20:amd64", "busy")):
        path = info / f"{name}.list"
        path.write_text(f"/.\n/usr/lib/systemd/system/{unit}.service\n/usr/x\n")
    (apt.root / "sys/fs/cgroup/system.slice/busy.service").mkdir(parents=True)
    found = apt.collector(patient=True)().update_sets
    assert found is not None
    everything, security = found
    assert (everything.scope, everything.count) == ("all", 4)
    assert everything.digest == digest(items(OUTPUT))
    assert everything.added == ("linux-image-6.1.0-40-amd64",)
    assert everything.services == ("busy.service",)
    assert (everything.security, everything.reboot) == (3, True)
    assert [each.name for each in everything.packages] == [
        "libgcrypt20",
        "openssl",
        "base-files",
    ]
    assert (security.scope, security.count) == ("security", 3)
    assert [each.name for each in security.packages] == ["libgcrypt20", "openssl"]
    only = [item for item in items(OUTPUT) if item.security]
    assert security.digest == digest(only)


def test_what_is_held_back_is_listed_and_not_among_what_can_be_installed(
    apt: Apt,
) -> None:
    upgrade = "Inst bash [1] (2 Debian:13/x [amd64])\n"
    upgrade += "1 upgraded, 0 newly installed, 0 to remove and 1 not upgraded.\n"
    everything = upgrade + "Inst held [1] (2 Debian:13/x [amd64])\n"
    apt.write(
        f'case "$*" in *dist-upgrade) printf %s "{everything}";; '
        f'*) printf %s "{upgrade}";; esac'
    )
    found = apt.collector(patient=True)()
    assert len(apt.runs) == 2
    assert found.updates_available == 2
    (found_set,) = found.update_sets or ()
    assert [each.name for each in found_set.packages] == ["bash"]


@pytest.mark.parametrize(
    ("name", "reboot"),
    [
        ("linux-image-amd64", True),
        ("linux-image-6.12.43+deb13-amd64", True),
        ("proxmox-kernel-6.14", True),
        ("intel-microcode", True),
        ("libc6", True),
        ("systemd", True),
        ("systemdgenie", False),
        ("linux-libc-dev", False),
        ("nginx", False),
    ],
)
def test_a_reboot_is_expected_from_names(name: str, *, reboot: bool) -> None:
    found = items(f"Inst {name} [1] (2 Debian:13/x [all])")
    (everything,) = update_sets(found, lambda _item: ())
    assert everything.reboot is reboot


def test_the_sets_of_thousands_of_updates_fit_a_heartbeat() -> None:
    name = "libsomething-with-a-long-name"
    lines = (f"Inst {name}-{n} [1] (2 x-security:13/x [all])" for n in range(2000))
    sets = update_sets(items("\n".join(lines)), lambda _item: ("a.service",))
    assert [(each.count, len(each.packages)) for each in sets] == [(2000, 50)] * 2
    assert len(dump_json({"sets": to_json(sets)})) < 16 * 1024


def test_no_updates_are_no_sets(apt: Apt) -> None:
    apt.write("echo nothing")
    found = apt.collector(patient=True)()
    assert (found.updates_available, found.update_sets) == (0, ())


_word = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1)


@given(
    st.lists(
        st.tuples(
            _word,
            st.sampled_from(["", ":i386"]),
            st.none() | _word,
            _word,
            st.sampled_from(["Debian:13/stable", "Debian-Security:13/stable-security"]),
        )
    )
)
def test_agent_and_helper_reckon_the_same_digest(
    lines: list[tuple[str, str, str | None, str, str]],
) -> None:
    output = "".join(
        f"Inst {name}{other} {f'[{old}] ' if old else ''}({new} {origin} [amd64])\n"
        for name, other, old, new, origin in lines
    )
    theirs = homelab_apt.items_of(output)
    assert len(theirs) == len(lines)
    assert digest(items(output)) == homelab_apt.digest_of(theirs)
    assert [i.security for i in items(output)] == [i.security for i in theirs]


def test_machine_without_apt_says_nothing(tmp_path: Path) -> None:
    around = Surroundings(root=tmp_path, apt_get=str(tmp_path / "none"))
    assert packages.collector(around)() == Sample()


@pytest.mark.parametrize("script", ["exit 100", "kill -9 $$"])
def test_failure_is_told_and_not_tried_again_at_once(apt: Apt, script: str) -> None:
    apt.write(script)
    collect = apt.collector(patient=True)
    found = [collect() for _ in range(5)]
    assert len(apt.runs) == 1
    assert found[-1].updates_available is None
    assert "run: apt-get -s upgrade" in (found[-1].trouble or "")
    apt.write("echo")
    apt.time += 3601
    found = [collect()]
    assert (found[0].updates_available, found[0].trouble) == (0, None)


def test_one_that_hangs_is_ended(apt: Apt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_SECONDS", 1)
    apt.write("sleep 30")
    found = until(apt.collector(), lambda sample: sample.trouble is not None)
    assert found.updates_available is None


def test_who_asks_once_does_not_wait_for_ever(
    apt: Apt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "_PATIENCE", 0.3)
    apt.write("sleep 30")
    started = time.monotonic()
    found = apt.collector(patient=True)()
    assert (found.updates_available, found.trouble) == (None, None)
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("folder", ["run", "var/run"])
def test_required_restart_is_seen(apt: Apt, folder: str) -> None:
    collect = apt.collector(patient=True)
    assert collect().reboot_required is False
    (apt.root / folder).mkdir(parents=True)
    (apt.root / folder / "reboot-required").touch()
    assert collect().reboot_required is True
