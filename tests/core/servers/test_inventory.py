"""What is in a server is remembered as long as it matters, and no longer."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.homelabcmd.core.servers.inventory import (
    MAX_DISKS,
    MAX_STEP,
    Inventory,
    fold,
)
from custom_components.homelabcmd.core.servers.kept import LIFETIME, Kept
from custom_components.homelabcmd.protocol.inventory import (
    Collector,
    Disk,
    Network,
    PackageUpdate,
    Service,
    Temperature,
)

from ..make import heartbeat

DATA = Disk(mount="/data", total_gb=100, used_gb=40, free_gb=55, percent=40)


def folded(
    known: Inventory | None = None, elapsed: float = 60, **fields: Any
) -> Inventory:
    return fold(known or Inventory(), heartbeat(**fields), elapsed)


def test_an_item_is_forgotten_a_week_of_reports_after_it_was_last_there() -> None:
    known = folded(disks=(DATA,))
    for _ in range(LIFETIME // MAX_STEP - 1):
        known = folded(known, MAX_STEP)
        assert known.disks["/data"].gone
    assert not folded(known, MAX_STEP).disks
    assert folded(known, MAX_STEP, disks=(DATA,)).disks["/data"].present


@pytest.mark.parametrize(("jump", "counted"), [(1e9, MAX_STEP), (-1e9, 0.0)])
def test_a_clock_that_jumps_forgets_nothing(jump: float, counted: float) -> None:
    known = folded(folded(disks=(DATA,)), jump)
    assert known.disks["/data"].missing == counted


def test_what_a_failing_collector_left_out_has_not_vanished() -> None:
    known = folded(disks=(DATA,), networks=(Network(name="eth0"),))
    broken = Collector(name="disks", error="it hangs")
    for _ in range(3):
        known = folded(known, collectors=(broken,))
    assert not known.disks["/data"].present
    assert not known.disks["/data"].gone
    assert known.networks["eth0"].gone


def test_a_disk_that_fell_asleep_keeps_what_was_measured() -> None:
    asleep = Disk(mount="/data", standby=True)
    known = folded(folded(disks=(DATA,)), disks=(asleep,))
    assert known.disks["/data"].item == replace(DATA, standby=True)
    again = folded(known, disks=(asleep,))
    assert again.disks["/data"].item.percent == 40
    assert folded(again, disks=(DATA,)).disks["/data"].item.standby is None


def test_a_disk_that_slept_from_the_start_has_no_figures() -> None:
    known = folded(disks=(Disk(mount="/data", standby=True),))
    assert known.disks["/data"].item.percent is None


def test_at_the_cap_what_is_known_goes_before_what_is_new_even_if_it_is_gone() -> None:
    known = folded(disks=tuple(Disk(mount=f"/z{n:03}") for n in range(MAX_DISKS)))
    shuffled = tuple(Disk(mount=f"/{c}{n:03}") for c in "az" for n in range(MAX_DISKS))
    after = folded(known, disks=shuffled)
    assert after.disks.keys() == known.disks.keys()
    assert after.left_out == MAX_DISKS
    others = tuple(Disk(mount=f"/new{n}") for n in range(MAX_DISKS - 1))
    after = folded(known, disks=others)
    assert after.disks.keys() == known.disks.keys()
    assert all(kept.gone for kept in after.disks.values())
    assert after.left_out == MAX_DISKS - 1


def test_new_names_with_each_heartbeat_fill_the_room_only_once() -> None:
    known, names = folded(), set[str]()
    for number in range(20):
        disks = tuple(Disk(mount=f"/{number}/{n}") for n in range(MAX_DISKS))
        known = folded(known, 60, disks=disks)
        names |= known.disks.keys()
    assert len(names) == MAX_DISKS


def test_what_is_told_now_and_then_stays_until_it_is_told_again() -> None:
    update = PackageUpdate(name="curl", security=True)
    known = folded(
        package_updates=(update,),
        available_services=("ssh.service", "ssh", "x" * 256, " "),
        available_containers=("b", "a"),
        reboot_required=True,
    )
    after = folded(known)
    assert after.packages == (update,)
    assert (after.updates_available, after.security_updates) == (1, 1)
    assert after.available_services == ("ssh",)
    assert after.available_containers == ("a", "b")
    assert after.reboot_required is True
    assert after.lasts_as(known)
    none_left = folded(after, package_updates=(), available_containers=())
    assert (none_left.packages, none_left.updates_available) == ((), 0)
    assert none_left.available_containers == ()
    assert not none_left.lasts_as(after)


def test_states_are_those_of_the_last_heartbeat_by_the_names_that_are_watched() -> None:
    plex = Service(name="plex.service", status="running")
    known = folded(services=(plex, Service(name="x.timer", status="running")))
    assert known.services.keys() == {"plex", "x.timer"}
    assert not folded(known).services


@pytest.mark.parametrize(
    ("names", "main"),
    [
        (("nvme Composite", "acpitz", "coretemp Package id 0", "coretemp Core 0"), 2),
        (("drivetemp", "cpu_thermal"), 1),
        (("k10temp Tctl", "amdgpu edge"), 0),
        (("zzz", "aaa"), 1),
    ],
)
def test_the_processor_is_the_main_temperature(
    names: tuple[str, ...], main: int
) -> None:
    known = folded(
        temperatures=tuple(Temperature(name=name, celsius=40) for name in names)
    )
    assert known.main_temperature == names[main]


def test_without_any_temperature_there_is_no_main_one() -> None:
    gone = Kept(item=Temperature(name="cpu", celsius=40), missing=60)
    assert Inventory().main_temperature is None
    assert Inventory(temperatures={"cpu": gone}).main_temperature is None


def test_at_the_cap_what_the_sender_put_first_goes_before_and_the_root_above_all() -> (
    None
):
    late = ("/mnt/data", *(f"/home/{n:03}" for n in range(MAX_DISKS)), "/")
    known = folded(disks=tuple(Disk(mount=mount) for mount in late))
    assert known.disks.keys() == {"/", *late[: MAX_DISKS - 1]}
    others = folded(disks=tuple(Disk(mount=f"/{n}") for n in range(MAX_DISKS)))
    assert "/" in folded(others, disks=(Disk(mount="/"),)).disks
