"""The kernel's table of neighbours: who was there when it spoke with them last."""

from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass
import socket
from typing import Any

_THERE = 0x02 | 0x04 | 0x08 | 0x10
"""NUD_REACHABLE, STALE, DELAY and PROBE of linux/neighbour.h; in other states nobody
has answered, or it was entered by hand and says nothing."""
_TICKS_PER_SECOND = 100
"""In what the kernel tells ages, on whatever machine."""


@dataclass(frozen=True)
class Neighbour:
    """One of them."""

    mac: str
    address: str
    age: float = 0
    """Seconds since it was last known to be there."""


def read(adapters: AbstractSet[str]) -> list[Neighbour]:
    """Return the neighbours over some adapters, IPv4 and IPv6.

    Asks the kernel, so it is for an executor; sends nothing to anybody.
    """
    # Only here: it is needed once in a while, and takes a moment to load.
    from pyroute2 import IPRoute  # noqa: PLC0415

    with IPRoute() as kernel:
        names = {link["index"]: link.get("ifname") for link in kernel.get_links()}
        rows: list[Mapping[str, Any]] = [
            row
            for family in (socket.AF_INET, socket.AF_INET6)
            for row in kernel.get_neighbours(family=family)
        ]
    found = (_neighbour(row) for row in rows if names.get(row["ifindex"]) in adapters)
    return [each for each in found if each is not None]


def _neighbour(row: Mapping[str, Any]) -> Neighbour | None:
    mac, address = row.get("lladdr"), row.get("dst")
    if not row["state"] & _THERE or not mac or not address:
        return None
    # Of a stale one: it may be gone for days, and is kept as long as there is room.
    ticks = (row.get("cacheinfo") or {}).get("ndm_confirmed", 0)
    return Neighbour(mac=str(mac), address=str(address), age=ticks / _TICKS_PER_SECOND)
