"""Which devices are servers that report already."""

from collections.abc import Mapping, Set as AbstractSet

from ...protocol.inventory import Host
from .device import Device, checked_address, checked_mac, checked_name


class Recognition:
    """Knows the servers by what their agents say of them."""

    def __init__(self, hosts: Mapping[str, Host], online: AbstractSet[str]) -> None:
        """Take what each server says of its machine, and which report, by their ids."""
        self._online = online
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
        self._named = frozenset(self._by_mac.values())
        """The servers that say which MAC address is theirs."""

    def server_of(self, device: Device) -> str | None:
        """Return the id of the server that a device is.

        By its MAC address, which is its own. Else by its address: a server may have
        several interfaces, and names one of them. A name is enough only of one that
        was announced by mDNS, where each has its own: new machines of a kind are all
        called alike.
        """
        if (server_id := self._by_mac.get(device.mac or "")) is not None:
            return server_id
        for address in device.addresses:
            server_id = self._by_address.get(address)
            if server_id is not None and self._may_be(server_id, device):
                return server_id
        if device.mac is None and device.name is not None:
            return self._by_name.get(device.name)
        return None

    def _may_be(self, server_id: str, device: Device) -> bool:
        """Return whether the address of a server is enough to be it.

        While it is silent, another machine may have been given its address.
        """
        other = device.mac is not None and server_id in self._named
        return server_id in self._online or not other
