"""Which devices are servers that report already."""

from collections.abc import Iterable, Mapping

from ...protocol.inventory import Host
from .device import Device, checked_address, checked_mac, checked_name


class Recognition:
    """Knows the servers by what their agents say of them."""

    def __init__(self, hosts: Mapping[str, Host]) -> None:
        """Take what each server says of its machine, by the ids of the servers."""
        self._by_mac: dict[str, str] = {}
        self._by_address: dict[str, str] = {}
        self._by_name: dict[str, str] = {}
        for server_id, host in hosts.items():
            for known, value in (
                (self._by_mac, checked_mac(host.mac_address or "")),
                (self._by_address, checked_address(host.ip_address or "")),
                (self._by_name, checked_name(host.hostname or "")),
            ):
                if value is not None:
                    known.setdefault(value, server_id)

    def server_of(self, device: Device) -> str | None:
        """Return the id of the server that a device is.

        By its MAC address, which is its own; else by its address; else by its name, for
        a server may have several interfaces and names one of them.
        """
        if device.mac is not None and device.mac in self._by_mac:
            return self._by_mac[device.mac]
        found = _first(self._by_address, device.addresses)
        if found is None and device.name is not None:
            found = self._by_name.get(device.name)
        return found


def _first(known: Mapping[str, str], values: Iterable[str]) -> str | None:
    return next((known[value] for value in values if value in known), None)
