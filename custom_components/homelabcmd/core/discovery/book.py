"""All devices that were seen: recognised, merged, and forgotten in time."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from .device import Device, Sighting, merged

RETENTION = timedelta(days=90)
"""How long a device is remembered that is not seen any more."""
MAX_DEVICES = 1000


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

    def observe(self, sightings: Iterable[Sighting], wall: datetime) -> None:
        """Take in what was seen in one look around."""
        by_address: dict[str, str] = {}
        seen = tuple(sightings)
        for each in seen:
            if each.mac and each.address:
                by_address.setdefault(each.address, each.mac)
        groups: dict[str, list[Sighting]] = defaultdict(list)
        for each in seen:
            mac = each.mac or by_address.get(each.address or "")
            groups[mac or each.address or ""].append(each)
        for device_id, group in groups.items():
            self._merge(device_id, group, wall)
        self._make_room()

    def _merge(self, device_id: str, group: list[Sighting], wall: datetime) -> None:
        known = self.devices.get(device_id)
        if known is None:
            # It was known by its address alone until now, or has another one today.
            known = self._by_address(group)
        if known is not None:
            del self.devices[known.device_id]
        device = merged(known, group, wall)
        self._put(device)

    def _by_address(self, group: list[Sighting]) -> Device | None:
        """Return who is known by an address alone, or had it when it was seen last."""
        mac = next((each.mac for each in group if each.mac), None)
        for each in group:
            if each.address in self.devices:
                return self.devices[each.address]
        if mac is not None:
            return None
        addresses = {each.address for each in group}
        owners = [
            device
            for device in self.devices.values()
            if not addresses.isdisjoint(device.addresses)
        ]
        return max(owners, key=lambda device: device.last_seen, default=None)

    def _put(self, device: Device) -> None:
        # Who has an address now has it alone.
        for other in tuple(self.devices.values()):
            if other.mac is None and other.device_id in device.addresses:
                del self.devices[other.device_id]
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
