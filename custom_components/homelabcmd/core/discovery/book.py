"""All devices that were seen: recognised, merged, and forgotten in time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from .device import Device, Sighting, merged, united

RETENTION = timedelta(days=90)
"""How long a device is remembered that is not seen any more."""
MAX_DEVICES = 1000
_NEVER = datetime.min.replace(tzinfo=UTC)


class UnknownDeviceError(ValueError):
    """There is no device of this id."""


class DeviceBook:
    """The devices by their ids."""

    def __init__(self) -> None:
        """Start without any."""
        self.devices: dict[str, Device] = {}

    def get(self, device_id: str) -> Device:
        """Return a device; raises UnknownDeviceError."""
        if (device := self.devices.get(device_id)) is None:
            raise UnknownDeviceError(device_id)
        return device

    def query(self) -> list[Device]:
        """Return all devices, the one seen last first."""
        return sorted(
            self.devices.values(), key=lambda each: each.last_seen, reverse=True
        )

    def observe(self, sightings: Iterable[Sighting], wall: datetime) -> bool:
        """Take in what was seen in one look around; return whether there is news."""
        before = {each.outline for each in self.devices.values()}
        holders = {
            address: device.device_id
            for device in self.devices.values()
            for address in device.addresses
        }
        groups = self._grouped(sightings, holders)
        owners = self._owners(groups, holders, wall)
        for device_id, group in groups.items():
            self._merge(device_id, group, owners, holders, wall)
        self._make_room()
        return before != {each.outline for each in self.devices.values()}

    def _grouped(
        self, sightings: Iterable[Sighting], holders: Mapping[str, str]
    ) -> dict[str, list[Sighting]]:
        """Return what was seen of each device, by their ids.

        An announcement without a MAC address is of who has the address; a machine with
        two cables has one name for both.
        """
        seen = tuple(sightings)
        whose = dict(holders)
        # Last, who was there: a source that only remembers may be out of date.
        for each in sorted(seen, key=lambda each: each.seen is not None):
            if each.mac is not None:
                for address in each.addresses:
                    held = self.devices.get(whose.get(address, ""))
                    if held is not None and held.mac is None:
                        whose |= dict.fromkeys(held.addresses, each.mac)
                    whose[address] = each.mac
        groups: dict[str, list[Sighting]] = defaultdict(list)
        for each in seen:
            for device_id, part in _parts(each, whose):
                groups[device_id].append(part)
        return groups

    def _owners(
        self,
        groups: Mapping[str, list[Sighting]],
        holders: Mapping[str, str],
        wall: datetime,
    ) -> dict[str, str]:
        """Return whose the addresses are that were seen: each has one device.

        It is the one that was seen with it last. Who had it before keeps it if nobody
        was seen with it since.
        """
        claims: dict[str, tuple[datetime, str]] = {}
        for device_id, group in groups.items():
            for each in group:
                claim = (min(each.seen or _NEVER, wall), device_id)
                for address in each.addresses:
                    claims[address] = max(claims.get(address, claim), claim)
        owners: dict[str, str] = {}
        for address, (seen, device_id) in claims.items():
            holder = self.devices.get(holders.get(address, ""))
            lost = holder is None or holder.mac is None or seen >= holder.last_seen
            owners[address] = device_id if lost else holders[address]
        return owners

    def _merge(
        self,
        device_id: str,
        group: list[Sighting],
        owners: Mapping[str, str],
        holders: Mapping[str, str],
        wall: datetime,
    ) -> None:
        told = [address for each in group for address in each.addresses]
        mine = [address for address in told if owners[address] == device_id]
        known = self.devices.pop(device_id, None)
        for address in mine:
            if (other := self.devices.get(holders.get(address, ""))) is None:
                continue
            left = tuple(each for each in other.addresses if each != address)
            if other.mac is None:
                # It was known by its addresses alone until now.
                del self.devices[other.device_id]
                left = tuple(a for a in left if owners.get(a, device_id) == device_id)
                known = united(known, replace(other, addresses=left))
            else:
                self.devices[other.device_id] = replace(other, addresses=left)
        device = merged(known, group, mine, wall)
        self.devices[device.device_id] = device

    def keep(self, device: Device) -> None:
        """Put back a device that was saved."""
        if device.mac is None and not device.addresses:
            raise ValueError("a device without any address")
        self.devices[device.device_id] = device

    # What is forgotten.

    def forget(self, device_id: str) -> Device:
        """Know nothing of a device from now on; raises UnknownDeviceError."""
        device = self.get(device_id)
        del self.devices[device_id]
        return device

    def prune(self, wall: datetime) -> tuple[Device, ...]:
        """Forget what was not seen for 90 days, and return it."""
        gone = tuple(
            device
            for device in self.devices.values()
            if wall - device.last_seen > RETENTION
        )
        for device in gone:
            del self.devices[device.device_id]
        return gone

    def _make_room(self) -> None:
        for device in self.query()[MAX_DEVICES:]:
            del self.devices[device.device_id]


def _parts(seen: Sighting, whose: dict[str, str]) -> Iterator[tuple[str, Sighting]]:
    """Yield the devices that a sighting is of, each with its part of it.

    `whose` says which device has which address, and is told of new ones.
    """
    if seen.mac is not None:
        yield seen.mac, seen
        return
    known = (whose[address] for address in seen.addresses if address in whose)
    default = next(known, seen.addresses[0])
    shares: dict[str, list[str]] = defaultdict(list)
    for address in seen.addresses:
        shares[whose.setdefault(address, default)].append(address)
    for device_id, share in shares.items():
        yield device_id, replace(seen, addresses=tuple(share))
