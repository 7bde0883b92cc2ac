"""A device of the home network, and the sightings that it is known from."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
import ipaddress
import re
from typing import Annotated

from ...protocol.fields import (
    FieldPath,
    boolean,
    invalid,
    list_of,
    matching as matching_text,
    moment,
    text,
)

MAX_ADDRESSES = 16
"""Of one device; one whose IPv6 address changes every day has ever new ones."""
_MAX_NAME = 253
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LOCALLY_ADMINISTERED = 0b10
_GROUP = 0b01
_NOBODY = "00:00:00:00:00:00"
_FRESH = timedelta(minutes=1)
"""Who was there within this time before the end of a probe was there when it came."""

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Source(StrEnum):
    """How a device was noticed."""

    DHCP = "dhcp"
    ZEROCONF = "zeroconf"
    NEIGHBOURS = "neighbours"
    """The kernel of Home Assistant's machine has spoken with it."""
    PROBE = "probe"


_SOURCES = frozenset(Source)


def _source(value: object, path: FieldPath) -> Source:
    if value not in _SOURCES:
        raise invalid(path, f"send one of {', '.join(Source)}")
    return Source(str(value))


def checked_mac(mac: str) -> str | None:
    """Return a MAC address as it is kept: of one device, in lower case, with colons."""
    digits = re.sub(r"[:.-]", "", mac).lower()
    found = ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))
    if not _MAC.fullmatch(found) or found == _NOBODY or int(found[:2], 16) & _GROUP:
        return None
    return found


def is_random(mac: str) -> bool:
    """Return whether a device has made its MAC address up, as phones do.

    No vendor has given it out then, and the device may have another one tomorrow.
    IEEE 802-2014, 8.4.
    """
    return bool(int(mac[:2], 16) & _LOCALLY_ADMINISTERED)


def checked_address(address: str) -> str | None:
    """Return an address as it is kept: of one device, without a zone."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if found.is_multicast or found.is_unspecified or found.is_loopback:
        return None
    return str(found)


def checked_name(name: str) -> str | None:
    """Return a host name as it is kept: without its domain; None if it is none."""
    first = name.strip().removesuffix(".").partition(".")[0].lower()
    return first if _NAME.fullmatch(first) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """What one source says of one device, checked."""

    source: Source
    mac: str | None = None
    addresses: tuple[str, ...] = ()
    name: str | None = None
    ssh: bool | None = None
    """Whether an SSH server has answered; None if none was asked."""
    seen: datetime | None = None
    """When it was there; None if the source only remembers it."""


def sighting(
    source: Source,
    *addresses: str,
    mac: str | None = None,
    name: str | None = None,
    ssh: bool | None = None,
    seen: datetime | None = None,
) -> Sighting | None:
    """Return what a source says, checked; None if that is no device."""
    found = Sighting(
        source=source,
        mac=checked_mac(mac) if mac else None,
        addresses=ordered(filter(None, map(checked_address, addresses))),
        name=checked_name(name) if name else None,
        ssh=ssh,
        seen=seen,
    )
    return found if found.mac or found.addresses else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """A device; stored as it is."""

    mac: Annotated[
        str | None, matching_text(_MAC, "a MAC address like 02:00:0a:4d:00:0b")
    ] = None
    addresses: Annotated[tuple[str, ...], list_of(text(45), MAX_ADDRESSES)] = ()
    """IPv4 first, and of a kind the one seen last first."""
    name: Annotated[str | None, text(_MAX_NAME)] = None
    ssh: Annotated[bool | None, boolean] = None
    sources: Annotated[tuple[Source, ...], list_of(_source, len(Source))] = ()
    """Those of the last time."""
    first_seen: Annotated[datetime, moment]
    last_seen: Annotated[datetime, moment]

    @property
    def device_id(self) -> str:
        """What it is called by: its MAC address, or its address if that is all."""
        return self.mac or self.addresses[0]

    @property
    def label(self) -> str:
        """How it is called for people."""
        return self.name or next(iter(self.addresses), None) or self.device_id

    @property
    def outline(self) -> tuple[object, ...]:
        """What of it is worth telling when it changes."""
        return (self.device_id, self.name, self.ssh, frozenset(self.addresses))


def merged(
    known: Device | None,
    sightings: Iterable[Sighting],
    addresses: Iterable[str],
    wall: datetime,
) -> Device:
    """Return a device as it is known now.

    `sightings` are all of this device, and `addresses` those of them that it has now.
    Who is only remembered was not there: then it was seen when it was seen before.
    """
    told = tuple(sightings)
    # A source with a clock ahead must not date a device into the future.
    seen = [min(each.seen, wall) for each in told if each.seen is not None]
    if known is not None:
        seen += (known.first_seen, known.last_seen)
    first, last = min(seen, default=wall), max(seen, default=wall)
    device = known or Device(first_seen=first, last_seen=last)
    asked = [each.ssh for each in told if each.ssh is not None]
    return replace(
        device,
        mac=_first(each.mac for each in told) or device.mac,
        addresses=ordered((*addresses, *device.addresses)),
        name=_first(each.name for each in told) or device.name,
        ssh=any(asked) if asked else device.ssh,
        sources=tuple(sorted({each.source for each in told})),
        first_seen=first,
        last_seen=last,
    )


def united(known: Device | None, other: Device) -> Device:
    """Return a device with what was known of it by its addresses alone."""
    if known is None:
        return other
    return replace(
        known,
        addresses=ordered((*known.addresses, *other.addresses)),
        name=known.name or other.name,
        ssh=other.ssh if known.ssh is None else known.ssh,
        first_seen=min(known.first_seen, other.first_seen),
        last_seen=max(known.last_seen, other.last_seen),
    )


def silent(
    there: Iterable[Sighting], answered: Iterable[Sighting], wall: datetime
) -> list[Sighting]:
    """Return who is there, and says nothing to a probe that has just ended.

    Somebody behind a firewall: the kernel found it, but no SSH server answers.
    """
    spoke = {address for each in answered for address in each.addresses}
    return [
        replace(each, source=Source.PROBE, ssh=False)
        for each in there
        if each.seen is not None
        and wall - each.seen <= _FRESH
        and spoke.isdisjoint(each.addresses)
    ]


def _first(values: Iterable[str | None]) -> str | None:
    return next(filter(None, values), None)


def ordered(addresses: Iterable[str]) -> tuple[str, ...]:
    """Return addresses each once, IPv4 first, and not too many."""
    each = dict.fromkeys(addresses)
    version = {address: ipaddress.ip_address(address).version for address in each}
    return tuple(sorted(each, key=version.__getitem__)[:MAX_ADDRESSES])
