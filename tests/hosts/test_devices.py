"""Home Assistant says who is in its network, and what it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
import subprocess
import time

import pytest

from harness.api import Api
from harness.integration import DOMAIN

from .test_discovery import ip

pytestmark = [pytest.mark.hosts, pytest.mark.asyncio(loop_scope="module")]

NETWORK = "10.77.0.0/24"
MACHINES = range(100, 150)
V6 = "fd77::aa"


def mac(number: int) -> str:
    return f"02:00:0a:4d:01:{number:02x}"


@pytest.fixture
def machines() -> Iterator[None]:
    """Put 50 machines into the network of Home Assistant."""
    for number in MACHINES:
        ip(
            f"netns add d{number}",
            f"link add d{number} type veth peer name eth0 address {mac(number)} "
            f"netns d{number}",
            f"link set d{number} master lab0 up",
        )
        subprocess.run(
            ["ip", "-n", f"d{number}", "-batch", "-"],
            input=f"address add 10.77.0.{number}/24 dev eth0\nlink set eth0 up\n",
            text=True,
            check=True,
        )
    ip(f"neighbour replace {V6} lladdr {mac(MACHINES[0])} dev lab0 nud stale")
    yield
    for number in MACHINES:
        ip(f"netns delete d{number}")


async def test_fifty_machines_are_answered_within_five_seconds(
    home: Api, machines: None
) -> None:
    answer = await home.action(DOMAIN, "discover_network")
    assert NETWORK in [each["network"] for each in answer["networks"] if each["probe"]]
    started = time.monotonic()
    answer = await home.action(DOMAIN, "discover_network", network=NETWORK)
    took = time.monotonic() - started
    devices = {device["device"]: device for device in answer["devices"]}
    assert {mac(number) for number in MACHINES} <= devices.keys()
    assert {devices[mac(number)]["ssh"] for number in MACHINES} == {False}
    assert devices[mac(MACHINES[0])]["addresses"] == ["10.77.0.100", V6]
    assert took < 5
    # At the same time once more is refused, and spoils nothing.
    results = await asyncio.gather(
        *(home.action(DOMAIN, "discover_network", network=NETWORK) for _ in range(2)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, dict) for each in results) == 1
