"""However an agent behaves, one key makes people hear of a bounded number of alerts."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ..test_uninstalled import GOODBYE
from .lab import Lab, disk

MOUNTS = 64
ROUNDS = 15
"""Half as many messages as a key may send in a minute."""

type Trick = Callable[[Lab, int], Awaitable[None]]


def _full(prefix: str = "m", percent: float = 95) -> list[dict[str, Any]]:
    return [disk(percent, f"/{prefix}{number}") for number in range(MOUNTS)]


async def _heal(lab: Lab, _turn: int) -> None:
    await lab.report(disks=_full())
    await lab.report(disks=_full(percent=10))


async def _leave(lab: Lab, _turn: int) -> None:
    await lab.report(disks=_full())
    await lab.report(collectors=GOODBYE["collectors"])


async def _reboot(lab: Lab, turn: int) -> None:
    await lab.report(disks=_full(), boot_id=f"boot {turn}")
    await lab.report(disks=_full(percent=10), boot_id=f"boot {turn}")


async def _rename(lab: Lab, turn: int) -> None:
    await lab.report(disks=_full(f"{turn}-"))
    await lab.report(disks=_full(f"{turn}+"))


async def _invent(lab: Lab, turn: int) -> None:
    for part in "ab":
        names = [f"{turn}{part}{number}" for number in range(32)]
        await lab.report(collectors=[{"name": n, "error": "x"} for n in names])


@pytest.mark.parametrize(
    ("trick", "most"),
    [
        # Opens, opens again, flaps: three times for each mount.
        (_heal, 3 * MOUNTS),
        (_leave, 3 * MOUNTS),
        (_reboot, 3 * MOUNTS),
        (_rename, MOUNTS),
        # As many subjects as are followed at all.
        (_invent, 256),
    ],
)
async def test_a_key_opens_a_bounded_number_of_alerts(
    lab: Lab, trick: Trick, most: int
) -> None:
    for turn in range(ROUNDS):
        await trick(lab, turn)
        lab.freezer.tick(4)
    opened = [event for event in lab.events if event.data["kind"] == "opened"]
    assert 0 < len(opened) <= most
    assert len(lab.events) <= 2 * most
