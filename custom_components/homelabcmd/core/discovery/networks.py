"""Which networks may be looked through, checked before anything is sent."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
import ipaddress
import re

SHORTEST_PREFIX = 22
"""A network with more than 1,022 addresses is not looked through."""
LONGEST_PREFIX = 30
_IPV4 = 4
_INSIDE = re.compile(r"docker\d+|hassio|veth.*|br-[0-9a-f]{12}")
"""Adapters behind which are only containers of Home Assistant's own machine."""
_CARRIER = ipaddress.ip_network("100.64.0.0/10")


class Why(StrEnum):
    """Why a network of Home Assistant's adapters is not looked through."""

    TOO_LARGE = "too_large"
    TOO_SMALL = "too_small"
    """It has nobody else in it."""
    PUBLIC = "public"
    OVERLAY = "overlay"
    """Of Tailscale and the like: it is no home network, though it looks like one."""


class NetworkErrorCode(StrEnum):
    """What is wrong with a network that somebody names."""

    INVALID = "invalid_network"
    IPV6 = "network_ipv6"
    TOO_LARGE = "network_too_large"
    PUBLIC = "network_public"
    NOT_OURS = "network_not_ours"


class NetworkError(ValueError):
    """A network that is not looked through; nothing was sent."""

    def __init__(self, code: NetworkErrorCode, network: str) -> None:
        super().__init__(f"{code}: {network}")
        self.code = code
        self.network = network


@dataclass(frozen=True, kw_only=True)
class Place:
    """An IPv4 network that Home Assistant itself is in."""

    adapter: str
    address: ipaddress.IPv4Address
    """Home Assistant's own."""
    network: ipaddress.IPv4Network

    @property
    def why(self) -> Why | None:
        """Why it is not looked through; None if it may be."""
        if self.network.overlaps(_CARRIER):
            return Why.OVERLAY
        if not self.network.is_private or self.network.is_loopback:
            return Why.PUBLIC
        if self.network.prefixlen < SHORTEST_PREFIX:
            return Why.TOO_LARGE
        return Why.TOO_SMALL if self.network.prefixlen > LONGEST_PREFIX else None

    @property
    def others(self) -> list[ipaddress.IPv4Address]:
        """The addresses of others that there may be in it."""
        return [address for address in self.network.hosts() if address != self.address]


def place(adapter: str, address: str, prefix: int) -> Place | None:
    """Return the network of an adapter; None if it leads to nobody but ourselves."""
    found = ipaddress.ip_interface(f"{address}/{prefix}")
    if not isinstance(found, ipaddress.IPv4Interface):
        return None
    if found.is_loopback or found.is_link_local or _INSIDE.fullmatch(adapter):
        return None
    return Place(adapter=adapter, address=found.ip, network=found.network)


def chosen(network: str, places: Iterable[Place]) -> Place:
    """Return the network that somebody names; raises NetworkError."""
    named = network.strip()
    try:
        found = ipaddress.ip_network(named, strict=False)
    except ValueError:
        raise NetworkError(NetworkErrorCode.INVALID, named) from None
    if found.version != _IPV4:
        raise NetworkError(NetworkErrorCode.IPV6, named)
    if found.prefixlen < SHORTEST_PREFIX:
        raise NetworkError(NetworkErrorCode.TOO_LARGE, named)
    for each in _ours(found, places):
        if each.why is None:
            return each
    if not found.is_private:
        raise NetworkError(NetworkErrorCode.PUBLIC, named)
    raise NetworkError(NetworkErrorCode.NOT_OURS, named)


def _ours(network: object, places: Iterable[Place]) -> Iterator[Place]:
    return (each for each in places if each.network == network)
