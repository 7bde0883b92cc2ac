"""Parsers of a machine's network: what it listens on, and how it is connected."""

from collections.abc import Callable
from dataclasses import replace
import ipaddress
import re

from .facts import MAX_ITEMS, MAX_PORT, Interface, Port
from .text import lines, whole, word

_PROTOCOLS = {"tcp": "tcp", "tcp6": "tcp", "udp": "udp", "udp6": "udp"}
_LISTENING = {"LISTEN", "UNCONN"}
"""What `ss` says of ports that wait for somebody: of TCP, and of UDP."""
_SS_LOCAL, _NETSTAT_LOCAL = 4, 3
_EVERYWHERE = frozenset({"*", "0.0.0.0", "[::]", "::"})  # noqa: S104 - it is read
_LINK = re.compile(r"[0-9]{1,9}: (?P<name>[^\s:]{1,64}): <(?P<flags>[A-Z0-9_,-]*)>.*")
_MAC = re.compile(r"\s+link/\S+ (?P<mac>[0-9a-f:]{11,59})\b.*")
_ADDRESS = re.compile(
    r"\s+inet6? (?P<address>[0-9A-Fa-f.:]{2,45}(?:/[0-9]{1,3})?)(?:\s.*)?"
)
_VIA = re.compile(r"default via (?P<address>[0-9A-Fa-f.:]{2,45})\b.*")
_SERVER = re.compile(r"nameserver\s+(?P<address>[0-9A-Fa-f.:%\w]{2,64})\s*(?:[#;].*)?")


def ss(text: str) -> tuple[Port, ...] | None:
    """Read `ss -tuln`."""
    return _ports(text, _ss_line)


def netstat(text: str) -> tuple[Port, ...] | None:
    """Read `netstat -tuln`."""
    return _ports(text, _netstat_line)


def _ss_line(words: list[str]) -> str | None:
    if len(words) <= _SS_LOCAL or words[1] not in _LISTENING:
        return None
    return words[_SS_LOCAL]


def _netstat_line(words: list[str]) -> str | None:
    # The columns that count sent and received bytes are numbers.
    if len(words) <= _NETSTAT_LOCAL or whole(words[1]) is None:
        return None
    return words[_NETSTAT_LOCAL]


def _ports(
    text: str, local: Callable[[list[str]], str | None]
) -> tuple[Port, ...] | None:
    """Return the ports that lines are about; one for IPv4 and IPv6 is one."""
    found: set[Port] = set()
    understood = False
    for line in lines(text):
        words = line.split()
        if words[0] not in _PROTOCOLS:
            understood = understood or words[0] in {"Netid", "Proto"}
            continue
        address, colon, port = (local(words) or "").rpartition(":")
        listens = whole(port)
        if colon and listens is not None and 0 < listens <= MAX_PORT:
            understood = True
            found.add(
                Port(
                    protocol=_PROTOCOLS[words[0]],
                    port=listens,
                    address=word(
                        "*" if address in _EVERYWHERE else address.strip("[]")
                    ),
                )
            )
    return tuple(sorted(found))[:MAX_ITEMS] if understood else None


def ip_addr(text: str) -> tuple[Interface, ...] | None:
    """Read `ip addr`."""
    found: list[Interface] = []
    for line in lines(text):
        if match := _LINK.fullmatch(line):
            # A virtual one is "eth0@if7" to `ip`: the part behind is not its name.
            name = word(match["name"]).partition("@")[0]
            up = "UP" in match["flags"].split(",")
            found.append(Interface(name=name, up=up))
        elif found and (match := _MAC.fullmatch(line)):
            found[-1] = replace(found[-1], mac=match["mac"])
        elif found and (match := _ADDRESS.fullmatch(line)):
            known = found[-1].addresses[: MAX_ITEMS - 1]
            found[-1] = replace(found[-1], addresses=(*known, match["address"]))
    return tuple(found)[:MAX_ITEMS] or None


def ip_route(text: str) -> tuple[str, ...]:
    """Read the gateways in `ip route`."""
    return _addresses(text, _VIA)


def resolv_conf(text: str) -> tuple[str, ...]:
    """Read the name servers in /etc/resolv.conf."""
    return _addresses(text, _SERVER)


def _addresses(text: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for line in lines(text):
        if match := pattern.fullmatch(line.strip()):
            try:
                found[str(ipaddress.ip_address(match["address"]))] = None
            except ValueError:
                continue
    return tuple(found)[:MAX_ITEMS]
