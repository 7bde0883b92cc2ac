"""Name, addresses and processor of the machine."""

from __future__ import annotations

import math
import os
import re

from ..protocol.inventory import Host
from ..text import clean
from .cpu_model import cpu_model
from .limits import cpu_limit
from .route import Route, route_to
from .sample import Collect, Sample
from .surroundings import Surroundings

_MAC = re.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_NO_MAC = "00:00:00:00:00:00"
# Addresses for documentation, which nobody has: the way to them is the default route.
_ELSEWHERE = ("192.0.2.1", "2001:db8::1")
_LOOPBACK = "lo"


def cpu_count(around: Surroundings) -> int | None:
    """Return how many processors there are, or how many a container may use."""
    count, limit = os.cpu_count(), cpu_limit(around)
    if count is None or limit is None:
        return count
    return min(count, math.ceil(limit))


def collector(around: Surroundings) -> Collect:
    """Return the collector of host.

    Address and MAC are those that face the hub. Until the hub has answered, and when it
    runs on this very machine, they are those of the default route.
    """
    model = cpu_model(around)

    def find_route() -> Route | None:
        for address in (around.hub_address(), *_ELSEWHERE):
            route = route_to(address) if address else None
            if route is not None and route.interface != _LOOPBACK:
                return route
        return None

    def mac_of(route: Route) -> str | None:
        text = around.read_or_none(f"sys/class/net/{route.interface}/address") or ""
        mac = text.strip().lower()
        return mac if _MAC.fullmatch(mac) and mac != _NO_MAC else None

    def collect() -> Sample:
        route = find_route()
        return Sample(
            host=Host(
                hostname=clean(os.uname().nodename, 253),
                ip_address=route.source if route else None,
                mac_address=mac_of(route) if route else None,
                cpu_model=model,
                cpu_count=cpu_count(around),
            )
        )

    return collect
