"""Which machines may be scanned: checked before anything is looked up or sent."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
import ipaddress
import re
from typing import Annotated

from ...protocol.fields import integer, text
from .facts import MAX_PORT

SSH_PORT = 22
MAX_HOST = 253
MAX_USERNAME = 32
_IPV6 = 6
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_LOOKS_LIKE_IPV4 = re.compile(
    r"(?:0[xX][0-9a-fA-F]+|[0-9]+)(?:\.(?:0[xX][0-9a-fA-F]+|[0-9]+))*"
)
"""What the system's resolver takes for an address, "10.1" and "0x7f000001" too."""
_USERNAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]*[$]?")
_CARRIER = ipaddress.ip_network("100.64.0.0/10")
"""Shared by providers, and used by overlay networks such as Tailscale."""
_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        ("169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254"),
    )
)
"""Where clouds keep the secrets of their machines."""
_TUNNELS = tuple(map(ipaddress.ip_network, ("2002::/16", "64:ff9b::/96", "2001::/32")))
"""6to4, NAT64 and Teredo: behind them is an IPv4 address, of anybody."""

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address
type Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class TargetErrorCode(StrEnum):
    """What is wrong with a target."""

    INVALID_HOST = "invalid_host"
    LINK_LOCAL = "link_local"
    """It means nothing without a zone, and a zone means nothing elsewhere."""
    PUBLIC_ADDRESS = "public_address"
    INVALID_PORT = "invalid_port"
    INVALID_USERNAME = "invalid_username"


class TargetError(ValueError):
    """A target that is not scanned; `field` is the input that is wrong."""

    def __init__(self, code: TargetErrorCode, field: str, value: str) -> None:
        """Take what is wrong, and with what."""
        super().__init__(f"{code}: {value}")
        self.code = code
        self.field = field
        self.value = value


@dataclass(frozen=True, kw_only=True)
class Target:
    """A machine, and who logs in to it."""

    host: Annotated[str, text(MAX_HOST)]
    """A name, or an address in its usual form."""
    port: Annotated[int, integer(1, MAX_PORT)]
    username: Annotated[str, text(MAX_USERNAME)]

    @property
    def place(self) -> str:
        """Return what its host key is kept by: the same machine for all users."""
        return place_of(self.host, self.port)


def place_of(host: str, port: int) -> str:
    """Return how a host and a port are written in one."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def checked_target(host: str, port: float, username: str) -> Target:
    """Return a target as it is kept; raises TargetError."""
    return Target(
        host=checked_host(host),
        port=checked_port(port),
        username=_checked_username(username),
    )


def checked_host(host: str) -> str:
    """Return a host as it is kept; raises TargetError.

    Whether an address is one of ours is for `reachable` to say.
    """
    host = host.strip()
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    address = as_address(host)
    if "%" in host or (address and address.version == _IPV6 and address.is_link_local):
        raise TargetError(TargetErrorCode.LINK_LOCAL, "host", host)
    if address is not None:
        return str(address)
    name = host.removesuffix(".")
    last = name.rpartition(".")[2]
    if (
        not 0 < len(name) <= MAX_HOST
        or not _NAME.fullmatch(name)
        or _LOOKS_LIKE_IPV4.fullmatch(name)
        or last.isdigit()
    ):
        raise TargetError(TargetErrorCode.INVALID_HOST, "host", host)
    return name.lower()


def as_address(host: str) -> Address | None:
    """Return the address that a host is; None if it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def checked_port(port: float) -> int:
    """Return a port; raises TargetError."""
    if not 1 <= port <= MAX_PORT or port != int(port):
        raise TargetError(TargetErrorCode.INVALID_PORT, "port", f"{port:g}")
    return int(port)


def _checked_username(username: str) -> str:
    if len(username) > MAX_USERNAME or not _USERNAME.fullmatch(username):
        raise TargetError(TargetErrorCode.INVALID_USERNAME, "username", username)
    return username


def reachable(addresses: Collection[Address], ours: Collection[Network]) -> Address:
    """Return the address to connect to; raises TargetError if there is no good one.

    Only home networks are scanned: private addresses, and those of the networks that
    Home Assistant itself is in (`ours`), for IPv6 at home is public.
    """
    for address in addresses:
        plain = getattr(address, "ipv4_mapped", None) or address
        if _at_home(plain, ours):
            return plain
    named = ", ".join(map(str, addresses))
    raise TargetError(TargetErrorCode.PUBLIC_ADDRESS, "host", named)


def _at_home(address: Address, ours: Collection[Network]) -> bool:
    if address.is_multicast or address.is_unspecified or address in _METADATA:
        return False
    if isinstance(address, ipaddress.IPv6Address) and (
        # Without its zone it leads nowhere.
        address.is_link_local or any(address in network for network in _TUNNELS)
    ):
        return False
    if any(address in network for network in ours):
        return True
    if isinstance(address, ipaddress.IPv4Address) and address in _CARRIER:
        return True
    # Python counts addresses for documentation and the like as private, too.
    return address.is_loopback or (address.is_private and not address.is_reserved)
