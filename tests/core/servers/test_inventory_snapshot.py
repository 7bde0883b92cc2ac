"""An inventory survives a restart, and a damaged value costs only itself."""

import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.homelabcmd.core.servers import inventory_snapshot, snapshot
from custom_components.homelabcmd.core.servers.inventory import Inventory, fold
from custom_components.homelabcmd.core.servers.keys import KeyRing
from custom_components.homelabcmd.protocol.inventory import (
    Container,
    Disk,
    Network,
    PackageUpdate,
    Service,
    Temperature,
)

from ..make import START, added, heartbeat
from .test_snapshot import json_values

FULL = fold(
    fold(Inventory(), heartbeat(disks=(Disk(mount="/gone", percent=1),)), 0),
    heartbeat(
        disks=(Disk(mount="/data", percent=40), Disk(mount="/", standby=True)),
        networks=(Network(name="eth0", rx_bytes=5),),
        temperatures=(Temperature(name="cpu", celsius=40),),
        services=(Service(name="plex", status="failed", detail="failed"),),
        containers=(Container(name="web", status="running", image="nginx"),),
        package_updates=(PackageUpdate(name="curl"),),
        available_services=(),
        available_containers=("web",),
        reboot_required=False,
    ),
    60,
)


def _back(data: Any) -> tuple[Inventory, list[str]]:
    damaged: list[str] = []
    return inventory_snapshot.load(
        json.loads(json.dumps(data)), "nas", damaged
    ), damaged


def test_an_inventory_comes_back_as_it_was() -> None:
    assert _back(inventory_snapshot.dump(FULL)) == (FULL, [])
    assert _back(inventory_snapshot.dump(Inventory())) == (Inventory(), [])


@pytest.mark.parametrize("part", list(inventory_snapshot.dump(FULL)))
@pytest.mark.parametrize("damage", ["x", 5.5, [1], {"a": 1}, [{"mount": 3}]])
def test_a_damaged_part_costs_only_itself(part: str, damage: Any) -> None:
    back, damaged = _back(inventory_snapshot.dump(FULL) | {part: damage})
    assert len(damaged) == 1
    assert damaged[0].startswith(f"nas.{part}")
    for name in inventory_snapshot.dump(FULL).keys() - {part}:
        assert getattr(back, name) == getattr(FULL, name)


def test_a_damaged_item_leaves_the_others_of_its_kind() -> None:
    data = inventory_snapshot.dump(FULL)
    data["disks"] = [{"mount": "/x", "percent": 900}, *data["disks"]]
    back, damaged = _back(data)
    assert back == FULL
    assert len(damaged) == 1


def test_a_snapshot_from_before_there_were_inventories_loads() -> None:
    data = snapshot.dump(KeyRing(), {"nas": added()}, START, 0)
    del data["inventories"]
    back = snapshot.load(data, START, 0)
    assert back.states["nas"].inventory == Inventory()
    assert not back.damaged


def test_a_damaged_inventory_leaves_the_server() -> None:
    data = snapshot.dump(KeyRing(), {"nas": added()}, START, 0)
    data["inventories"] = {"nas": 5}
    back = snapshot.load(data, START, 0)
    assert back.states["nas"].inventory == Inventory()
    assert len(back.damaged) == 1


@given(
    st.dictionaries(st.sampled_from(list(inventory_snapshot.dump(FULL))), json_values)
)
def test_no_file_whatever_stops_the_start(data: dict[str, Any]) -> None:
    _back(data)
