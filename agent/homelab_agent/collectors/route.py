"""Ask the kernel which way a packet would take, without sending one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import socket
import struct

# From linux/netlink.h and linux/rtnetlink.h.
_RTM_NEWROUTE, _RTM_GETROUTE = 24, 26
_NLM_F_REQUEST = 1
_RTA_DST, _RTA_OIF, _RTA_PREFSRC = 1, 4, 7
_MESSAGE = struct.Struct("=IHHII")
"""Length, type, flags, sequence, port."""
_ROUTE = struct.Struct("=BBBBBBBBI")
"""Family, bits of destination and source, five fields that stay 0, flags."""
_ATTRIBUTE = struct.Struct("=HH")
"""Length, type."""
_MAX_ANSWER = 8192
_TIMEOUT = 2.0


@dataclass(frozen=True)
class Route:
    """The way to an address."""

    interface: str
    source: str
    """This machine's own address on that way."""


def route_to(address: str) -> Route | None:
    """Return the way to an IP address, or None if there is none; raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # An address of one link carries that link's name: fe80::1%eth0.
    target = socket.inet_pton(family, address.partition("%")[0])
    attribute = _ATTRIBUTE.pack(_ATTRIBUTE.size + len(target), _RTA_DST) + target
    route = _ROUTE.pack(family, 8 * len(target), 0, 0, 0, 0, 0, 0, 0)
    length = _MESSAGE.size + len(route) + len(attribute)
    header = _MESSAGE.pack(length, _RTM_GETROUTE, _NLM_F_REQUEST, 1, 0)
    with socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE
    ) as netlink:
        netlink.settimeout(_TIMEOUT)
        netlink.sendto(header + route + attribute, (0, 0))
        answer = netlink.recv(_MAX_ANSWER)
    return _read(answer, family)


def _read(answer: bytes, family: int) -> Route | None:
    length, kind, *_ = _MESSAGE.unpack_from(answer)
    if kind != _RTM_NEWROUTE:
        return None
    found = dict(_attributes(answer[_MESSAGE.size + _ROUTE.size : length]))
    try:
        (index,) = struct.unpack("=I", found[_RTA_OIF])
        source = socket.inet_ntop(family, found[_RTA_PREFSRC])
        return Route(socket.if_indextoname(index), source)
    except (KeyError, OSError):
        return None


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(data)
        if length < _ATTRIBUTE.size:
            return
        yield kind, data[_ATTRIBUTE.size : length]
        # Attributes start at multiples of four bytes.
        data = data[(length + 3) & ~3 :]
